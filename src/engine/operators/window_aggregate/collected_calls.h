// CollectedCalls: computes a window's collected calls (see AggregatePlan) when it closes, from the
// rows that its slices have kept or that its sets hold. Belongs to one operator; the task's thread.
//
//   Start, AddSet and AddRows in order of time, Finish chunk by chunk, Clear
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_COLLECTED_CALLS_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_COLLECTED_CALLS_H_

#include <cstdint>
#include <vector>

#include "engine/operators/window_aggregate/aggregate_plan.h"
#include "engine/state/keyed_table.h"
#include "engine/state/memory_charge.h"

namespace laminar::engine {

class CollectedCalls {
 public:
  CollectedCalls(const AggregatePlan& plan, MemoryBudget& memory)
      : plan_(plan), charge_("aggregates that need every value", memory) {}

  /// Groups are numbered from 0 to num_groups - 1.
  void Start(int64_t num_groups);
  /// Feeds the calls over set `index` with its entries.
  absl::Status AddSet(size_t index, const KeyedTable& set);
  /// Feeds the calls over kept rows `index`, as SliceTables keeps them. `numbers` renumbers
  /// groups, unless it is nullptr.
  absl::Status AddRows(size_t index, const data::Chunk& rows, const std::vector<int64_t>* numbers);
  /// Feeds one call with its arguments, row i into group groups[i]. ResourceExhausted when the
  /// budget does not allow what it keeps.
  absl::Status Feed(const AggregatePlan::Collected& call,
                    const data::Chunk& arguments,
                    const int64_t* groups);
  /// Writes the results of the groups at rows[0..count) into columns `first` + output of `result`.
  absl::Status Finish(uint8_t* const* rows, data::idx_t count, data::Chunk& result, size_t first);
  void Clear();

 private:
  const AggregatePlan& plan_;
  MemoryCharge charge_;  // the calls' states, taken to hold what they were fed
};

/// The columns `columns` of `chunk`, after `skip`, as a chunk of their own over the same memory.
data::Chunk PickColumns(const data::Chunk& chunk, const std::vector<size_t>& columns, size_t skip);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_COLLECTED_CALLS_H_
