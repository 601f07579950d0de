// RowLog: the time-keyed kind of state table. Rows are appended under a slice (or a time:
// SliceId::At) in arrival order, read as chunks when the watermark passes it, and dropped. For
// joins, OVER functions and aggregates that need all their rows. Rows never change: a cut hands out
// those that were appended since the last. Lives in memory, charged to the budget. Owned by its
// operator; the task's thread.
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
  /// By what rows belong to key groups: kKeys with the positions of columns in the rows, as in the
  /// exchange before the operator; kStored: by an INTEGER that every row has as last column, after
  /// those of the schema.
  struct KeyGroups {
    KeyGroupRule rule = KeyGroupRule::kZero;
    std::vector<size_t> columns = {};
  };

  /// REQUIRES: `schema.sliced`, and no schema.keys: a row has the columns of schema.values.
  RowLog(StateSchema schema, KeyGroups key_groups, MemoryBudget& memory);
  ~RowLog() override;

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
  /// Retain or Drop.
  const std::vector<data::Chunk>& Rows(SliceId slice) const;
  /// To be called between accesses to many rows of a slice: see StateSpill::Trim.
  void TrimSpill(SliceId slice) const;
  /// Keeps of a slice only the rows at `positions` through all its chunks, in that order; the
  /// others are dropped. Same errors as Append.
  absl::Status Retain(SliceId slice, const std::vector<uint32_t>& positions);
  void Drop(SliceId slice);

  /// Of rows in memory.
  const std::vector<data::LogicalType>& types() const { return types_; }

  const StateSchema& schema() const override { return schema_; }
  int64_t num_rows() const override;
  int64_t bytes() const override;
  data::Schema SnapshotSchema() const override { return MakeSnapshotSchema(schema_); }
  absl::StatusOr<std::unique_ptr<StateCut>> Cut(CutKind kind, KeyGroupRange range) override;
  absl::Status Apply(const data::Chunk& changes, KeyGroupRange range) override;
  void Clear() override;

 private:
  class RunningCut;
  struct Segment {
    Segment(const std::vector<data::LogicalType>& types, MemoryBudget& memory)
        : rows(types, memory) {}

    RowSegment rows;
    data::idx_t num_cut = 0;  // the first of them that cuts have handed out
  };
  using Segments = std::map<SliceId, Segment>;

  Segment& SegmentOf(SliceId slice);
  void KeyGroupsOf(const data::Chunk& rows,
                   SliceId slice,
                   KeyGroupRange range,
                   int32_t* key_groups) const;
  absl::Status Put(const data::Chunk& rows,
                   SliceId slice,
                   const std::vector<duckdb::sel_t>& positions,
                   KeyGroupRange range);
  absl::Status RemoveKeyGroups(SliceId slice, const std::vector<bool>& gone, KeyGroupRange range);

  const StateSchema schema_;
  const KeyGroups key_groups_;
  const std::vector<data::LogicalType> types_;  // in memory
  MemoryBudget& memory_;
  Segments segments_;

  bool is_based_ = false;         // a cut of all rows was made that later ones build on
  std::vector<SliceId> dropped_;  // since the last cut, of those that cuts have handed out
  RunningCut* cut_ = nullptr;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_ROW_LOG_H_
