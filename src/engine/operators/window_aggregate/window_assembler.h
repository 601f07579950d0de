// WindowAssembler: puts the groups of a window together when it closes. How depends on the window
// and the functions:
//
//   kOneSlice  the window is a slice: its groups are the slice's
//   kCarried   groups go from window to window: the new slice is added, the oldest taken out
//   kRuns      made for each window from merged runs of slices
//   kSlices    made for each window from all its slices, with their sets and kept rows
//
// Owned by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_ASSEMBLER_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_ASSEMBLER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/operators/window_aggregate/collected_calls.h"
#include "engine/operators/window_aggregate/slice_pyramid.h"
#include "engine/operators/window_aggregate/slice_tables.h"
#include "engine/operators/window_aggregate/window_geometry.h"
#include "engine/operators/window_aggregate/window_groups.h"

namespace laminar::engine {

class WindowAssembler {
 public:
  /// `geometry` is not set for input that is windowed already.
  WindowAssembler(const AggregatePlan& plan,
                  std::optional<WindowGeometry> geometry,
                  SliceTables& tables,
                  MemoryBudget& memory);

  /// Whether the plan must count rows for windows of this geometry: a group is taken out with its
  /// last row.
  static bool NeedsRowCount(const AggregatePlan& plan, const WindowGeometry& geometry);

  /// Returns the groups of a window; they and collected() are its own until Finish.
  absl::StatusOr<const KeyedTable*> Assemble(SliceId window);
  /// Computes collected calls of the window's groups.
  CollectedCalls& collected() { return collected_; }
  void Finish();
  /// A slice is about to be dropped: no window needs it any more.
  absl::Status Drop(const SliceTables::Slice& slice);

  /// Whether rows that come for the slice must also be given to AddLate.
  bool Holds(SliceId slice) const;
  absl::Status AddLate(SliceId slice,
                       ChunkInput& input,
                       const duckdb::sel_t* positions,
                       data::idx_t count,
                       const std::vector<SliceTables::NewInSet>& news);
  absl::Status MergeLate(SliceId slice,
                         ChunkInput& input,
                         const duckdb::sel_t* positions,
                         data::idx_t count,
                         uint8_t* const* partial_rows);
  int64_t bytes() const;

 private:
  enum class Assembly { kOneSlice, kCarried, kRuns, kSlices };
  using Slices = std::vector<const SliceTables::Slice*>;

  static Assembly Choose(const AggregatePlan& plan, const std::optional<WindowGeometry>& geometry);
  Slices SlicesOf(SliceId window) const;
  absl::StatusOr<const KeyedTable*> AssembleCarried(const Slices& slices);
  absl::StatusOr<const KeyedTable*> AssembleRuns(SliceId window, const Slices& slices);
  absl::StatusOr<const KeyedTable*> AssembleSlices(const Slices& slices);
  absl::StatusOr<const KeyedTable*> UseSlice(const SliceTables::Slice& slice);

  const AggregatePlan& plan_;
  const std::optional<WindowGeometry> geometry_;
  SliceTables& tables_;
  const Assembly assembly_;
  CollectedCalls collected_;
  std::unique_ptr<WindowGroups> groups_;
  std::unique_ptr<SlicePyramid> pyramid_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_ASSEMBLER_H_
