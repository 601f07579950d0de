// SlicePyramid: merged runs of slices, for windows of many slices whose states cannot be taken out
// again (max, sums of doubles). Runs are of 2, 4, 8,
// ... slices, aligned; a window of n slices is put together from 2 log n of them instead of n, and
// a slice is merged about twice in all. (The tree of Arasu and Widom 2004, "Resource sharing in
// continuous sliding-window aggregates", over tables.) Rows that come for a slice in a run go into
// the run, too. Owned by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICE_PYRAMID_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICE_PYRAMID_H_

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "engine/operators/window_aggregate/aggregate_plan.h"
#include "engine/operators/window_aggregate/chunk_input.h"
#include "engine/operators/window_aggregate/row_keys.h"
#include "engine/state/keyed_table.h"

namespace laminar::engine {

class SlicePyramid {
 public:
  /// A slice that has rows: its number without holes (WindowGeometry::OrdinalOf) and its groups.
  struct Leaf {
    int64_t ordinal = 0;
    const KeyedTable* groups = nullptr;
  };

  /// REQUIRES: plan.plain(). `layout` is that of the slices' groups.
  SlicePyramid(const AggregatePlan& plan, const RowLayout& layout, MemoryBudget& memory);

  /// Tables that together hold the groups of slices [first, end): runs, made where missing, and
  /// single slices. `leaves` are the slices with rows in there, in order. The tables stay until the
  /// next call of any method.
  absl::StatusOr<std::vector<const KeyedTable*>> Cover(int64_t first,
                                                       int64_t end,
                                                       const std::vector<Leaf>& leaves);

  /// Adds rows, or partial states, that came for a slice to the runs that hold it.
  absl::Status AddLate(int64_t ordinal,
                       ChunkInput& input,
                       const duckdb::sel_t* positions,
                       data::idx_t count);
  absl::Status MergeLate(int64_t ordinal,
                         ChunkInput& input,
                         const duckdb::sel_t* positions,
                         data::idx_t count,
                         uint8_t* const* partial_rows);

  /// Slices up to `ordinal` are gone: runs that hold one of them go.
  void DropThrough(int64_t ordinal);
  int64_t bytes() const;

 private:
  struct RunId {
    int level = 0;
    int64_t index = 0;  // slices [index << level, (index + 1) << level)
    auto operator<=>(const RunId&) const = default;
  };

  absl::StatusOr<const KeyedTable*> RunOf(RunId id, const Leaf* begin, const Leaf* end);
  absl::Status Merge(const KeyedTable& from, KeyedTable& into);
  std::vector<KeyedTable*> RunsWith(int64_t ordinal);

  const AggregatePlan& plan_;
  const RowLayout& layout_;
  MemoryBudget& memory_;
  std::map<RunId, std::unique_ptr<KeyedTable>> runs_;
  RowKeys row_keys_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICE_PYRAMID_H_
