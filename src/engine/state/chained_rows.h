// ChainedRows: rows in arrival order, kept as columns, each of which may point to another: so that
// a group can hold a chain of rows, and chains can be joined without moving a row. Rows are dropped
// one by one; a block of them is given back when the last is gone. Any column type. Owned by its
// operator; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_CHAINED_ROWS_H_
#define LAMINAR_ENGINE_STATE_CHAINED_ROWS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "data/chunk.h"
#include "engine/state/memory_charge.h"
#include "engine/state/row_segment.h"

namespace laminar::engine {

/// Names a row; greater for rows that came later. 0: no row.
struct RowRef {
  int64_t value = 0;
  auto operator<=>(const RowRef&) const = default;
  explicit operator bool() const { return value != 0; }
};

class ChainedRows {
 public:
  ChainedRows(std::vector<data::LogicalType> types, MemoryBudget& memory);

  /// Copies the rows of `chunk` and appends their names to `refs`, in order. ResourceExhausted when
  /// the budget does not allow it.
  absl::Status Append(const data::Chunk& chunk, std::vector<RowRef>& refs);

  RowRef NextOf(RowRef row) const;
  void SetNext(RowRef row, RowRef next);

  /// Rows by block: refs of one block are adjacent in order.
  static int64_t BlockOf(RowRef row);
  static data::idx_t PositionOf(RowRef row);
  const data::Chunk& Block(int64_t block) const;
  /// Drops rows; chunks of their blocks end with it, unless a View holds them.
  void Drop(const std::vector<RowRef>& rows);

  /// Rows [begin, end) of a block; they stay as they are while the view lives. Some may have been
  /// dropped.
  struct View {
    std::shared_ptr<const RowSegment> rows;
    int64_t block = 0;
    data::idx_t begin = 0;
    data::idx_t end = 0;

    const data::Chunk& chunk() const { return rows->chunks().front(); }
    RowRef RefOf(data::idx_t position) const;
  };
  /// The rows from `first` on in blocks that are still there. {}: all.
  std::vector<View> Since(RowRef first) const;
  /// What the next row will be named, or less.
  RowRef end() const;

  int64_t num_rows() const { return num_rows_; }
  int64_t bytes() const;

 private:
  struct Block_ {
    Block_(const std::vector<data::LogicalType>& types, MemoryBudget& memory)
        : rows(std::make_shared<RowSegment>(types, memory)) {}

    std::shared_ptr<RowSegment> rows;  // of one chunk
    std::vector<RowRef> next;
    data::idx_t num_live = 0;
  };

  const std::vector<data::LogicalType> types_;
  MemoryBudget& memory_;
  std::map<int64_t, std::unique_ptr<Block_>> blocks_;
  int64_t last_block_ = 0;  // takes new rows
  int64_t num_rows_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_CHAINED_ROWS_H_
