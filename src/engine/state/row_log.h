// RowLog: the time-keyed kind of state table. Rows are appended under a slice (or a time:
// SliceId::At) in arrival order, read as chunks when the watermark passes it, and dropped. For
// joins, OVER functions and aggregates that need all their rows. Lives in memory, charged to the
// budget. Owned by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_ROW_LOG_H_
#define LAMINAR_ENGINE_STATE_ROW_LOG_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/state/row_segment.h"
#include "engine/state/state_table.h"

namespace laminar::engine {

class RowLog final : public StateTable {
 public:
  /// REQUIRES: `schema.sliced`, and no schema.keys: a row has the columns of schema.values.
  /// `key_columns` are the positions in it that decide the row's key group, as in the exchange
  /// before the operator; none: group 0.
  RowLog(StateSchema schema, std::vector<size_t> key_columns, MemoryBudget& memory);

  /// Appends rows of `chunk` (columns as in the schema): all, or those that `selection` names.
  /// ResourceExhausted when the budget does not allow it.
  absl::Status Append(SliceId slice, const data::Chunk& chunk);
  absl::Status Append(SliceId slice,
                      const data::Chunk& chunk,
                      const data::SelectionVector& selection,
                      data::idx_t num_rows);

  /// The slices that have rows, in order of their end.
  std::optional<SliceId> First() const;
  std::optional<SliceId> Next(SliceId after) const;
  bool Contains(SliceId slice) const { return segments_.contains(slice); }
  data::idx_t NumRows(SliceId slice) const;  // 0 when absent

  /// Rows of a slice in arrival order; empty when absent. The view ends with the next Append to it,
  /// Take or Drop.
  const std::vector<data::Chunk>& Rows(SliceId slice) const;
  /// Removes and returns them; they are no longer accounted for.
  std::vector<data::Chunk> Take(SliceId slice);
  void Drop(SliceId slice);

  const StateSchema& schema() const override { return schema_; }
  int64_t num_rows() const override;
  int64_t bytes() const override;
  data::Schema SnapshotSchema() const override;
  std::unique_ptr<StateScan> Scan(KeyGroupRange range) const override;
  absl::Status Load(const data::Chunk& rows) override;
  void Clear() override { segments_.clear(); }

 private:
  RowSegment& SegmentOf(SliceId slice);

  const StateSchema schema_;
  const std::vector<size_t> key_columns_;
  const std::vector<data::LogicalType> types_;
  MemoryBudget& memory_;
  std::map<SliceId, RowSegment> segments_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_ROW_LOG_H_
