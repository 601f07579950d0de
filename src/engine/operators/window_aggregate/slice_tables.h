// SliceTables: the state of one aggregate by slice: per slice a table of groups, a set per DISTINCT
// argument list, and the rows of collected calls. A row goes into one slice, whatever the number of
// windows over it; a slice is dropped as a whole. Owned by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICE_TABLES_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICE_TABLES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "engine/operators/window_aggregate/aggregate_plan.h"
#include "engine/operators/window_aggregate/chunk_input.h"
#include "engine/operators/window_aggregate/distinct_keys.h"
#include "engine/operators/window_aggregate/group_numbers.h"
#include "engine/state/row_log.h"
#include "engine/state/sliced_table.h"

namespace laminar::engine {

class SliceTables {
 public:
  /// Columns of kept rows.
  static constexpr size_t kGroupOfRow = 0;
  static constexpr size_t kSequenceOfRow = 1;
  static constexpr size_t kFirstOfRow = 2;

  /// By what groups belong to key groups; `rule` is kKeys, kSlice or kZero.
  struct KeyGroups {
    KeyGroupRule rule = KeyGroupRule::kZero;
    uint32_t num_key_groups = 256;
  };

  struct Slice {
    SliceId id;
    uint32_t key_group = 0;  // of all groups, unless by their keys
    KeyedTable* groups = nullptr;
    std::vector<KeyedTable*> sets;  // as AggregatePlan::sets
  };
  /// Rows that brought a set something new.
  struct NewInSet {
    size_t set = 0;
    std::vector<data::idx_t> rows;  // i of the update's rows
    data::Chunk arguments;          // theirs
  };

  /// Places the plan's columns.
  SliceTables(AggregatePlan& plan, KeyGroups key_groups, MemoryBudget& memory);

  /// To be called before each chunk: groups and sets that the budget has no room for may leave
  /// memory.
  void MakeRoom();
  Slice& Open(SliceId id);
  std::map<SliceId, Slice>& slices() { return slices_; }
  const std::map<SliceId, Slice>& slices() const { return slices_; }
  void Drop(SliceId id);

  /// Adds rows `positions` (all rows when not set) of the chunk to a slice. Where `news` is set,
  /// appends what was new in the slice's sets. Returns the budget's refusal, or the error of an
  /// aggregate.
  absl::Status Update(Slice& slice,
                      ChunkInput& input,
                      const duckdb::sel_t* positions,
                      data::idx_t count,
                      std::vector<NewInSet>* news);
  /// Adds partial states: row i of the chunk of PartialSchema. Same errors.
  absl::Status Merge(Slice& slice,
                     ChunkInput& input,
                     const duckdb::sel_t* positions,
                     data::idx_t count,
                     uint8_t* const* partial_rows);

  /// The kept rows of a slice in order of arrival, as AggregatePlan::rows()[index]: `_group`,
  /// `_sequence` (the row's arrival number), then its columns, then its key group.
  const std::vector<data::Chunk>& RowsOf(const Slice& slice, size_t index) const {
    return logs_[index]->Rows(slice.id);
  }

  const RowLayout& layout() const { return groups_.layout(); }
  std::vector<StateTable*> tables();
  /// The tables have been applied. DataLoss when they do not go together; the budget's refusal.
  absl::Status Restored();
  int64_t bytes() const;
  int64_t num_groups() const { return groups_.num_rows(); }

 private:
  absl::Status UpdateSet(Slice& slice,
                         size_t index,
                         ChunkInput& input,
                         const GroupedRows& rows,
                         std::vector<NewInSet>* news);
  absl::Status AppendRows(Slice& slice, size_t index, ChunkInput& input, const GroupedRows& rows);
  void NumberNewGroups(uint8_t* const* rows, int64_t num_before);
  uint32_t KeyGroupOf(const Slice& slice, const uint8_t* group) const;
  absl::Status SortByArrival(RowLog& log, SliceId slice);

  AggregatePlan& plan_;
  const KeyGroups key_groups_;
  SlicedTable groups_;
  std::vector<std::unique_ptr<SlicedTable>> sets_;
  std::vector<DistinctKeys> set_keys_;
  std::vector<std::unique_ptr<RowLog>> logs_;
  std::map<SliceId, Slice> slices_;
  GroupNumbers numbers_;
  std::vector<std::unique_ptr<NumberedTable>> numbered_;
  std::vector<duckdb::sel_t> inserted_;  // scratch
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICE_TABLES_H_
