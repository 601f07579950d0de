// RowSegment: rows in arrival order, kept as columns. The part of a row log that belongs to one
// slice. Any column type; nested values are in memory even where the rest lies on disk. Owned by
// its log; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_ROW_SEGMENT_H_
#define LAMINAR_ENGINE_STATE_ROW_SEGMENT_H_

#include <cstdint>
#include <vector>

#include "data/chunk.h"
#include "engine/state/memory_charge.h"
#include "engine/state/spilled_text.h"

namespace laminar::engine {

class RowSegment {
 public:
  RowSegment(const std::vector<data::LogicalType>& types, MemoryBudget& memory);

  /// Copies rows of `chunk`, whose columns have the segment's types: all of them, or the `num_rows`
  /// that `selection` names, in its order. ResourceExhausted when the budget does not allow it; the
  /// rows are kept all the same.
  absl::Status Append(const data::Chunk& chunk);
  absl::Status Append(const data::Chunk& chunk,
                      const data::SelectionVector& selection,
                      data::idx_t num_rows);

  data::idx_t num_rows() const { return num_rows_; }
  /// All rows in arrival order; every chunk but the last is full. The view ends with the next
  /// Append.
  const std::vector<data::Chunk>& chunks() const { return chunks_; }
  /// Gives the rows away; the segment is empty then and no longer accounts for them.
  std::vector<data::Chunk> Take();
  /// REQUIRES: of the same types and budget.
  void Swap(RowSegment& other);
  int64_t bytes() const { return charge_.bytes(); }
  /// See StateSpill::Trim.
  void TrimSpill() const {
    if (charge_.spill() != nullptr) [[unlikely]] {
      charge_.spill()->Trim();
    }
  }

 private:
  void MakeRoom(data::idx_t num_rows);
  data::Chunk MakeChunk(data::idx_t capacity);
  void AppendPart(const data::Chunk& chunk,
                  const data::SelectionVector& selection,
                  data::idx_t num_rows);
  void AppendColumns(const data::Chunk& chunk,
                     const data::SelectionVector& selection,
                     data::idx_t num_rows);
  void AccountFor(const data::Chunk& chunk,
                  const data::SelectionVector& selection,
                  data::idx_t num_rows);
  void Count(int64_t bytes);

  const std::vector<data::LogicalType>& types_;
  MemoryCharge charge_;
  std::vector<data::Chunk> chunks_;
  // Of the last chunk:
  int64_t last_bytes_ = 0;                                   // but for nested values
  StateSpill* last_spill_ = nullptr;                         // if it lies on disk
  std::vector<duckdb::buffer_ptr<SpilledText>> last_texts_;  // by column, there if it does

  data::idx_t num_rows_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_ROW_SEGMENT_H_
