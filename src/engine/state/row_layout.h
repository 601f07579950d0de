// RowLayout: how a row of a keyed table lies in memory. One block of fixed size: the hash of the
// key, then the columns at fixed places, then the bits that say which are not NULL, then a byte
// of flags: whether the row is in use, and what RowChanges notes. Text is a 16-byte string_t into
// the table's arena. Nested values (lists, structs, maps) are kept as text: their sort key, which
// two values share if and only if they are equal. Gather and Scatter turn rows into vectors and
// back, whatever the columns. Immutable; any thread.
#ifndef LAMINAR_ENGINE_STATE_ROW_LAYOUT_H_
#define LAMINAR_ENGINE_STATE_ROW_LAYOUT_H_

#include <cstdint>
#include <cstring>
#include <vector>

#include "data/schema.h"
#include "data/vector.h"
#include "expression/aggregate_state.h"

namespace laminar::engine {

class RowLayout {
 public:
  /// The columns are keys, then values; see data::Field::nullable for whether a NULL bit is kept.
  RowLayout(const std::vector<data::Field>& keys, const std::vector<data::Field>& values);

  uint32_t row_bytes() const { return row_bytes_; }
  size_t num_keys() const { return num_keys_; }
  size_t num_columns() const { return columns_.size(); }
  const data::LogicalType& type(size_t column) const { return columns_[column].type; }
  const expression::StateField& field(size_t column) const { return columns_[column].field; }
  /// Whether the column lies in the row as text.
  bool is_text(size_t column) const {
    return columns_[column].physical == duckdb::PhysicalType::VARCHAR;
  }
  /// All that is text, keys first.
  const std::vector<expression::StateField>& text_fields() const { return text_fields_; }
  bool IsValid(size_t column, const uint8_t* row) const {
    return !columns_[column].nullable || columns_[column].field.IsValid(row);
  }
  /// Places of the columns [first, first + count).
  std::vector<expression::StateField> Fields(size_t first, size_t count) const;

  static uint64_t HashOf(const uint8_t* row) {
    uint64_t hash;
    std::memcpy(&hash, row, sizeof(hash));
    return hash;
  }
  static void SetHash(uint8_t* row, uint64_t hash) { std::memcpy(row, &hash, sizeof(hash)); }
  /// The flag of rows in use; the others are RowChanges'.
  static constexpr uint8_t kLive = 1;
  uint8_t& FlagsOf(uint8_t* row) const { return row[flags_byte_]; }
  bool IsLive(const uint8_t* row) const { return (row[flags_byte_] & kLive) != 0; }

  /// The unified form of a column's values as Scatter and Matches take them: `values` itself, or
  /// for nested types its sort keys, kept in `holder`.
  void Unify(size_t column,
             const data::Vector& values,
             data::idx_t num_rows,
             data::Vector& holder,
             data::UnifiedVectorFormat& format) const;

  /// Writes value `positions[i]` (`i` when not set) of a unified column into rows[i]. Text is
  /// copied.
  void Scatter(size_t column,
               const data::UnifiedVectorFormat& values,
               const duckdb::sel_t* positions,
               data::idx_t count,
               uint8_t* const* rows,
               expression::StateStrings& strings) const;
  /// Releases the text that a row refers to.
  void ReleaseText(const uint8_t* row, expression::StateStrings& strings) const;
  /// Empties the text of columns that are not keys: they may be scattered again.
  void EmptyValues(uint8_t* row, expression::StateStrings& strings) const;
  /// Writes the column's values of rows[0..count) into `result` (flat) from row `offset` on. Text
  /// refers to the table's memory.
  void Gather(size_t column,
              const uint8_t* const* rows,
              data::idx_t count,
              data::Vector& result,
              data::idx_t offset) const;
  /// Gives gathered text of the column memory of its own.
  void OwnText(size_t column, data::Vector& gathered, data::idx_t count) const;
  /// Appends to `mismatches` every i whose rows[i] differs in this column from value
  /// `positions[i]`. Equality is that of GROUP BY: NULL equals NULL, NaN equals NaN.
  void FindMismatches(size_t column,
                      const data::UnifiedVectorFormat& values,
                      const duckdb::sel_t* positions,
                      data::idx_t count,
                      const uint8_t* const* rows,
                      std::vector<duckdb::sel_t>& mismatches) const;
  /// Whether one row has this value.
  bool Matches(size_t column,
               const data::UnifiedVectorFormat& values,
               data::idx_t position,
               const uint8_t* row) const;

 private:
  struct Column {
    data::LogicalType type;
    duckdb::PhysicalType physical;  // as it lies in the row
    bool nullable = true;
    bool nested = false;
    expression::StateField field;
  };

  size_t num_keys_;
  uint32_t row_bytes_ = 0;
  uint32_t flags_byte_ = 0;
  std::vector<Column> columns_;
  std::vector<expression::StateField> text_fields_;  // those of keys first
  size_t num_key_texts_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_ROW_LAYOUT_H_
