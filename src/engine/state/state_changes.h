// How rows of a cut lie in chunks (StateTable::ChangeSchema), for the tables that write and read
// them. Functions of no state; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_STATE_CHANGES_H_
#define LAMINAR_ENGINE_STATE_STATE_CHANGES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "engine/state/state_table.h"

namespace laminar::engine {

/// Positions of columns; `_start` and `_end` where the schema is sliced.
inline constexpr size_t kChangeColumn = 0;
inline constexpr size_t kKeyGroupColumn = 1;
inline constexpr size_t kStartColumn = 2;
inline constexpr size_t kEndColumn = 3;
/// Of the first key column.
inline size_t FirstKeyColumn(const StateSchema& schema) {
  return schema.sliced ? kEndColumn + 1 : kKeyGroupColumn + 1;
}

/// A copy of `chunk`, which has columns of these types, with memory of its own.
data::Chunk OwnedCopy(const data::Chunk& chunk, const std::vector<data::LogicalType>& types);

/// Sets `_change`, and `_start` and `_end` of sliced schemas, for all rows of a chunk.
void SetChange(RowChange change, const StateSchema& schema, SliceId slice, data::Chunk& chunk);

/// kSliceGone of each slice and key group. Between cuts of several subtasks such a row must not say
/// anything of rows that are another's: hence one per key group.
class GoneSlices {
 public:
  /// Rows of slices under kSlice and kZero are in one key group.
  GoneSlices(std::vector<SliceId> slices, KeyGroupRule rule, KeyGroupRange range);
  std::optional<data::Chunk> Next(const StateSchema& schema,
                                  const std::vector<data::LogicalType>& types);
  const std::vector<SliceId>& slices() const { return slices_; }

 private:
  const std::vector<SliceId> slices_;
  const KeyGroupRule rule_;
  const KeyGroupRange range_;
  size_t next_slice_ = 0;
  uint32_t next_group_ = 0;  // within the range
};

/// The rows of a chunk of changes whose key group is in a range, as runs of one kind and slice.
class ChangeRuns {
 public:
  struct Run {
    RowChange change = RowChange::kPut;
    SliceId slice;
    std::vector<duckdb::sel_t> positions;
  };

  /// DataLoss when the chunk cannot be of a table with this schema.
  static absl::StatusOr<ChangeRuns> Find(const data::Chunk& changes,
                                         const data::Schema& change_schema,
                                         const StateSchema& schema,
                                         KeyGroupRange range);

  /// In the order of the rows; adjacent ones differ.
  const std::vector<Run>& runs() const { return runs_; }
  uint32_t key_group(data::idx_t row) const { return static_cast<uint32_t>(key_groups_[row]); }

 private:
  std::vector<Run> runs_;
  std::vector<int32_t> key_groups_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_STATE_CHANGES_H_
