// WindowGroups: the groups of one window, put together from slices. Windows that follow each other
// share most slices: where every state can be taken out again, the groups are carried from window
// to window, the new slice added and the oldest taken out; else they are made afresh for each
// window. A set entry counts the slices it is in, so that a DISTINCT call sees it once. Owned by
// its operator; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_GROUPS_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_GROUPS_H_

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "engine/operators/window_aggregate/aggregate_plan.h"
#include "engine/operators/window_aggregate/row_keys.h"
#include "engine/operators/window_aggregate/slice_tables.h"

namespace laminar::engine {

class WindowGroups {
 public:
  /// `layout` is that of the slices' groups.
  WindowGroups(const AggregatePlan& plan, const RowLayout& layout, MemoryBudget& memory);

  /// Adds a slice. `groups`, where set, receives the number here of each group of the slice, by its
  /// number there.
  absl::Status Add(const SliceTables::Slice& slice, std::vector<int64_t>* numbers);
  /// Adds a table of groups without sets. REQUIRES: plan.plain().
  absl::Status AddGroups(const KeyedTable& source);
  /// Takes a slice out again. REQUIRES: Add(slice), plan.subtractable() and plan.counts_rows().
  absl::Status Remove(const SliceTables::Slice& slice);
  /// Adds rows that came for a slice after it was added; `news` are what SliceTables::Update found
  /// new in it.
  absl::Status AddLate(ChunkInput& input,
                       const duckdb::sel_t* positions,
                       data::idx_t count,
                       const std::vector<SliceTables::NewInSet>& news);
  /// Adds partial states that came for a slice after it was added.
  absl::Status MergeLate(ChunkInput& input,
                         const duckdb::sel_t* positions,
                         data::idx_t count,
                         uint8_t* const* partial_rows);
  void Clear();

  bool Contains(SliceId slice) const { return slices_.contains(slice); }
  const std::set<SliceId>& slices() const { return slices_; }
  const KeyedTable& groups() const { return *groups_; }
  const KeyedTable& set(size_t index) const { return *sets_[index].table; }
  int64_t bytes() const;

 private:
  struct Set {
    std::unique_ptr<RowLayout> layout;
    std::unique_ptr<DistinctKeys> keys;
    std::unique_ptr<KeyedTable> table;
  };

  void MakeRoom();
  void FindGroups(const KeyColumns& keys,
                  const duckdb::sel_t* positions,
                  data::idx_t count,
                  uint8_t** rows);
  void EraseGroups(std::vector<uint8_t*>& rows);
  absl::Status AddSet(const SliceTables::Slice& slice,
                      size_t index,
                      const std::vector<uint8_t*>& rows_by_number);
  absl::Status RemoveSet(const SliceTables::Slice& slice,
                         size_t index,
                         const std::vector<uint8_t*>& rows_by_number);
  absl::Status EnterIntoSet(size_t index, const data::Chunk& arguments, uint8_t* const* groups);
  absl::Status UpdateNatives(size_t set,
                             const data::Chunk& arguments,
                             const GroupedSelection& rows,
                             expression::StateStrings& strings);
  absl::Status SubtractNatives(size_t set,
                               const data::Chunk& arguments,
                               const GroupedSelection& rows);

  const AggregatePlan& plan_;
  const RowLayout& layout_;
  MemoryBudget& memory_;
  std::unique_ptr<KeyedTable> groups_;
  std::vector<Set> sets_;
  std::set<SliceId> slices_;
  RowKeys row_keys_;
  int64_t next_number_ = 0;
  std::vector<duckdb::sel_t> inserted_;  // scratch
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_GROUPS_H_
