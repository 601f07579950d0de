// GroupNumbers: how groups are numbered anew when state is restored. Sets and kept rows name a
// group by its number within its slice, which every subtask counts for itself; rows of several
// subtasks may come together. While tables are applied, (slice, key group, number there) becomes a
// number here, whatever table names it first. Belongs to one operator; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_GROUP_NUMBERS_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_GROUP_NUMBERS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/state/state_table.h"

namespace laminar::engine {

class GroupNumbers {
 public:
  int64_t NumberOf(SliceId slice, uint32_t key_group, int64_t number);
  /// A key group has no groups any more in a slice.
  void Forget(SliceId slice, uint32_t key_group);
  /// How many numbers were given in a slice since the last Clear.
  int64_t NumGiven(SliceId slice) const;
  void Clear() { slices_.clear(); }

 private:
  struct Slice {
    std::map<uint32_t, std::unordered_map<int64_t, int64_t>> by_key_group;
    int64_t num_given = 0;
  };
  std::map<SliceId, Slice> slices_;
};

/// A table of an aggregate whose column `group_column` of cuts holds numbers of groups. Both
/// outlive it.
class NumberedTable final : public StateTable {
 public:
  NumberedTable(StateTable& table, size_t group_column, GroupNumbers& numbers)
      : table_(table), group_column_(group_column), numbers_(numbers) {}

  const StateSchema& schema() const override { return table_.schema(); }
  int64_t num_rows() const override { return table_.num_rows(); }
  int64_t bytes() const override { return table_.bytes(); }
  data::Schema SnapshotSchema() const override { return table_.SnapshotSchema(); }
  absl::StatusOr<std::unique_ptr<StateCut>> Cut(CutKind kind, KeyGroupRange range) override {
    return table_.Cut(kind, range);
  }
  absl::Status Apply(const data::Chunk& changes, KeyGroupRange range) override;
  void Clear() override { table_.Clear(); }

 private:
  StateTable& table_;
  const size_t group_column_;
  GroupNumbers& numbers_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_GROUP_NUMBERS_H_
