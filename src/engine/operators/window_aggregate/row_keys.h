// RowKeys: the keys of rows of one table as keys for another of the same layout: for merging
// slices. Hashes are those of the rows. Reused by its owner; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_ROW_KEYS_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_ROW_KEYS_H_

#include <cstdint>
#include <vector>

#include "data/chunk.h"
#include "engine/state/key_columns.h"
#include "engine/state/row_layout.h"

namespace laminar::engine {

class RowKeys {
 public:
  explicit RowKeys(const RowLayout& layout);

  /// Takes the keys of rows[0..count), count at most kRowsPerChunkMax. The rows must outlive the
  /// use of keys().
  void Set(const uint8_t* const* rows, data::idx_t count);
  const KeyColumns& keys() const { return keys_; }

 private:
  const RowLayout& layout_;
  std::vector<data::LogicalType> types_;
  data::Chunk chunk_;
  std::vector<uint64_t> hashes_;
  KeyColumns keys_;
};

/// Gathers columns [first, first + count) of rows into a new chunk; text refers to the rows' table.
data::Chunk GatherColumns(const RowLayout& layout,
                          size_t first,
                          size_t num_columns,
                          const uint8_t* const* rows,
                          data::idx_t num_rows);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_ROW_KEYS_H_
