#include "engine/operators/window_aggregate/window_assembler.h"

#include <utility>

#include "base/assert.h"
#include "engine/operators/window_aggregate/arrival_order.h"

namespace laminar::engine {
namespace {

// Carrying pays when a window has more slices than the two that come and go, runs when they are
// fewer than the slices.
constexpr int64_t kCarriedSlicesMin = 3;
constexpr int64_t kRunSlicesMin = 4;

}  // namespace

WindowAssembler::WindowAssembler(const AggregatePlan& plan,
                                 std::optional<WindowGeometry> geometry,
                                 SliceTables& tables,
                                 MemoryBudget& memory)
    : plan_(plan),
      geometry_(geometry),
      tables_(tables),
      assembly_(Choose(plan, geometry)),
      collected_(plan, memory) {
  if (assembly_ != Assembly::kOneSlice) {
    groups_ = std::make_unique<WindowGroups>(plan, tables.layout(), memory);
  }
  if (assembly_ == Assembly::kRuns) {
    pyramid_ = std::make_unique<SlicePyramid>(plan, tables.layout(), memory);
  }
}

WindowAssembler::Assembly WindowAssembler::Choose(const AggregatePlan& plan,
                                                  const std::optional<WindowGeometry>& geometry) {
  if (!geometry || geometry->single()) {
    return Assembly::kOneSlice;
  }
  if (geometry->cumulates()) {
    return plan.collected().empty() ? Assembly::kCarried : Assembly::kSlices;
  }
  if (NeedsRowCount(plan, *geometry)) {
    return Assembly::kCarried;
  }
  return plan.plain() && geometry->slices_per_window() >= kRunSlicesMin ? Assembly::kRuns
                                                                        : Assembly::kSlices;
}

bool WindowAssembler::NeedsRowCount(const AggregatePlan& plan, const WindowGeometry& geometry) {
  return !geometry.cumulates() && plan.subtractable() &&
         geometry.slices_per_window() >= kCarriedSlicesMin;
}

WindowAssembler::Slices WindowAssembler::SlicesOf(SliceId window) const {
  Slices slices;
  for (const auto& [id, slice] : tables_.slices()) {
    if (id.end > window.end) {
      break;
    }
    if (id.start >= window.start) {
      slices.push_back(&slice);
    }
  }
  return slices;
}

absl::StatusOr<const KeyedTable*> WindowAssembler::Assemble(SliceId window) {
  switch (assembly_) {
    case Assembly::kOneSlice:
      return UseSlice(tables_.slices().at(window));
    case Assembly::kCarried:
      return AssembleCarried(SlicesOf(window));
    case Assembly::kRuns:
      return AssembleRuns(window, SlicesOf(window));
    case Assembly::kSlices:
      return AssembleSlices(SlicesOf(window));
  }
}

absl::StatusOr<const KeyedTable*> WindowAssembler::AssembleCarried(const Slices& slices) {
  for (const SliceTables::Slice* slice : slices) {
    if (!groups_->Contains(slice->id)) {
      LAMINAR_RETURN_IF_ERROR(groups_->Add(*slice, nullptr));
    }
  }
  return &groups_->groups();
}

absl::StatusOr<const KeyedTable*> WindowAssembler::AssembleRuns(SliceId window,
                                                                const Slices& slices) {
  if (slices.size() == 1) {
    return slices[0]->groups;
  }
  std::vector<SlicePyramid::Leaf> leaves;
  for (const SliceTables::Slice* slice : slices) {
    leaves.push_back({geometry_->OrdinalOf(slice->id), slice->groups});
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<const KeyedTable*> cover,
                           pyramid_->Cover(geometry_->OrdinalOf({window.start, window.start}),
                                           leaves.back().ordinal + 1, leaves));
  if (cover.size() == 1) {
    return cover[0];
  }
  for (const KeyedTable* run : cover) {
    LAMINAR_RETURN_IF_ERROR(groups_->AddGroups(*run));
  }
  return &groups_->groups();
}

absl::StatusOr<const KeyedTable*> WindowAssembler::AssembleSlices(const Slices& slices) {
  if (slices.size() == 1) {
    return UseSlice(*slices[0]);
  }
  std::vector<std::vector<int64_t>> numbers(slices.size());
  for (size_t i = 0; i < slices.size(); ++i) {
    LAMINAR_RETURN_IF_ERROR(groups_->Add(*slices[i], &numbers[i]));
  }
  if (plan_.collected().empty()) {
    return &groups_->groups();
  }
  collected_.Start(groups_->groups().num_rows());
  for (size_t set = 0; set < plan_.sets().size(); ++set) {
    LAMINAR_RETURN_IF_ERROR(collected_.AddSet(set, groups_->set(set)));
  }
  for (size_t rows = 0; rows < plan_.rows().size(); ++rows) {
    std::vector<const std::vector<data::Chunk>*> sources;
    for (const SliceTables::Slice* slice : slices) {
      sources.push_back(&tables_.RowsOf(*slice, rows));
    }
    LAMINAR_RETURN_IF_ERROR(ForEachByArrival(
        sources, SliceTables::kSequenceOfRow, [&](size_t source, const data::Chunk& chunk) {
          return collected_.AddRows(rows, chunk, &numbers[source]);
        }));
  }
  return &groups_->groups();
}

// Of a window that is one slice, its sets and rows are the window's.
absl::StatusOr<const KeyedTable*> WindowAssembler::UseSlice(const SliceTables::Slice& slice) {
  if (plan_.collected().empty()) {
    return slice.groups;
  }
  collected_.Start(slice.groups->num_rows());
  for (size_t set = 0; set < plan_.sets().size(); ++set) {
    LAMINAR_RETURN_IF_ERROR(collected_.AddSet(set, *slice.sets[set]));
  }
  for (size_t rows = 0; rows < plan_.rows().size(); ++rows) {
    for (const data::Chunk& chunk : tables_.RowsOf(slice, rows)) {
      LAMINAR_RETURN_IF_ERROR(collected_.AddRows(rows, chunk, nullptr));
    }
  }
  return slice.groups;
}

void WindowAssembler::Finish() {
  collected_.Clear();
  if (groups_ != nullptr && assembly_ != Assembly::kCarried) {
    groups_->Clear();
  }
}

absl::Status WindowAssembler::Drop(const SliceTables::Slice& slice) {
  if (assembly_ == Assembly::kRuns) {
    pyramid_->DropThrough(geometry_->OrdinalOf(slice.id));
  }
  if (assembly_ != Assembly::kCarried || !groups_->Contains(slice.id)) {
    return absl::OkStatus();
  }
  if (geometry_->cumulates() || groups_->slices().size() == 1) {
    groups_->Clear();
    return absl::OkStatus();
  }
  return groups_->Remove(slice);
}

bool WindowAssembler::Holds(SliceId slice) const {
  return assembly_ == Assembly::kRuns ||
         (assembly_ == Assembly::kCarried && groups_->Contains(slice));
}

absl::Status WindowAssembler::AddLate(SliceId slice,
                                      ChunkInput& input,
                                      const duckdb::sel_t* positions,
                                      data::idx_t count,
                                      const std::vector<SliceTables::NewInSet>& news) {
  if (assembly_ == Assembly::kRuns) {
    return pyramid_->AddLate(geometry_->OrdinalOf(slice), input, positions, count);
  }
  return groups_->AddLate(input, positions, count, news);
}

absl::Status WindowAssembler::MergeLate(SliceId slice,
                                        ChunkInput& input,
                                        const duckdb::sel_t* positions,
                                        data::idx_t count,
                                        uint8_t* const* partial_rows) {
  if (assembly_ == Assembly::kRuns) {
    return pyramid_->MergeLate(geometry_->OrdinalOf(slice), input, positions, count, partial_rows);
  }
  return groups_->MergeLate(input, positions, count, partial_rows);
}

int64_t WindowAssembler::bytes() const {
  return (groups_ == nullptr ? 0 : groups_->bytes()) +
         (pyramid_ == nullptr ? 0 : pyramid_->bytes());
}

}  // namespace laminar::engine
