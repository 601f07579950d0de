// A Chunk is what flows: up to 2048 rows in columns, and for changelogs a row kind per row. It has
// one holder at a time and is moved, never shared; its vectors may reference buffers of other
// chunks, which are immutable once sent.
#ifndef LAMINAR_DATA_CHUNK_H_
#define LAMINAR_DATA_CHUNK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "data/schema.h"
#include "data/vector.h"

namespace laminar::data {

/// What a row of a changelog does to the relation. An append-only chunk has no kinds: every row is
/// an insert.
enum class RowKind : uint8_t { kInsert, kUpdateBefore, kUpdateAfter, kDelete };

/// `+I`, `-U`, `+U`, `-D`.
const char* RowKindName(RowKind kind);

class Chunk {
 public:
  /// An empty chunk without columns.
  Chunk();
  Chunk(Chunk&&) noexcept;
  Chunk& operator=(Chunk&&) noexcept;
  ~Chunk();

  /// Allocates flat columns for kRowsPerChunkMax rows of these types.
  static Chunk Allocate(const std::vector<LogicalType>& types);
  /// Makes columns without buffers, to be set by Vector::Reference or Slice.
  static Chunk Shell(const std::vector<LogicalType>& types);
  /// A chunk over the same buffers: columns referenced, row kinds copied.
  Chunk Share() const;
  /// The rows named by `selection`, in its order; columns become dictionary vectors over the same
  /// buffers.
  Chunk Select(const SelectionVector& selection, idx_t num_rows) const;

  idx_t num_rows() const { return data_->size(); }
  idx_t num_columns() const { return data_->ColumnCount(); }
  void set_num_rows(idx_t num_rows) { data_->SetCardinality(num_rows); }
  Vector& column(idx_t index) { return data_->data[index]; }
  const Vector& column(idx_t index) const { return data_->data[index]; }
  duckdb::DataChunk& columns() { return *data_; }
  const duckdb::DataChunk& columns() const { return *data_; }

  /// Empty for append-only chunks; else one kind per row.
  const std::vector<RowKind>& row_kinds() const { return row_kinds_; }
  std::vector<RowKind>& row_kinds() { return row_kinds_; }
  RowKind row_kind(idx_t row) const {
    return row_kinds_.empty() ? RowKind::kInsert : row_kinds_[row];
  }

  /// When the oldest row in here (or the watermark that caused it) entered the process; for
  /// latency.
  base::MonotonicTime arrival() const { return arrival_; }
  void set_arrival(base::MonotonicTime arrival) { arrival_ = arrival; }

  /// Bytes of memory held by the columns, estimated without touching string payloads of
  /// dictionaries twice.
  int64_t EstimateBytes() const;
  /// Rows as text, for tests and failure messages.
  std::string ToString() const;

 private:
  std::unique_ptr<duckdb::DataChunk> data_;
  std::vector<RowKind> row_kinds_;
  base::MonotonicTime arrival_;
};

}  // namespace laminar::data

#endif  // LAMINAR_DATA_CHUNK_H_
