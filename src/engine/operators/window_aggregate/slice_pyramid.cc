#include "engine/operators/window_aggregate/slice_pyramid.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::engine {
namespace {

using data::idx_t;

// The level of the largest aligned run that begins at `first` and has at most `count` slices.
int LevelAt(int64_t first, int64_t count) {
  const int by_count = std::bit_width(static_cast<uint64_t>(count)) - 1;
  return first == 0 ? by_count : std::min(by_count, std::countr_zero(static_cast<uint64_t>(first)));
}

}  // namespace

SlicePyramid::SlicePyramid(const AggregatePlan& plan, const RowLayout& layout, MemoryBudget& memory)
    : plan_(plan), layout_(layout), memory_(memory), row_keys_(layout) {
  LAMINAR_ASSERT(plan.plain(), plan.sets().size());
}

absl::StatusOr<std::vector<const KeyedTable*>>
SlicePyramid::Cover(int64_t first, int64_t end, const std::vector<Leaf>& leaves) {
  std::vector<const KeyedTable*> cover;
  const Leaf* leaf = leaves.data();
  const Leaf* const last_leaf = leaves.data() + leaves.size();
  while (first < end && leaf != last_leaf) {
    const int level = LevelAt(first, end - first);
    const int64_t run_end = first + (int64_t{1} << level);
    const Leaf* const run_leaves = leaf;
    leaf = std::find_if(leaf, last_leaf, [&](const Leaf& at) { return at.ordinal >= run_end; });
    if (leaf != run_leaves) {
      LAMINAR_ASSIGN_OR_RETURN(const KeyedTable* run,
                               RunOf({level, first >> level}, run_leaves, leaf));
      cover.push_back(run);
    }
    first = run_end;
  }
  return cover;
}

// From the slices up, level by level: two neighbours make a run, one alone stands for it.
absl::StatusOr<const KeyedTable*> SlicePyramid::RunOf(RunId id,
                                                      const Leaf* begin,
                                                      const Leaf* end) {
  if (const auto known = runs_.find(id); known != runs_.end()) {
    return known->second.get();
  }
  std::vector<Leaf> nodes(begin, end);  // ordinal: of the run on its level
  for (int level = 1; level <= id.level && nodes.size() > 1; ++level) {
    std::vector<Leaf> parents;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const int64_t index = nodes[i].ordinal >> 1;
      if (i + 1 == nodes.size() || nodes[i + 1].ordinal >> 1 != index) {
        parents.push_back({index, nodes[i].groups});
        continue;
      }
      std::unique_ptr<KeyedTable>& run = runs_[{level, index}];
      if (run == nullptr) {
        run = std::make_unique<KeyedTable>(layout_, memory_);
        LAMINAR_RETURN_IF_ERROR(Merge(*nodes[i].groups, *run));
        LAMINAR_RETURN_IF_ERROR(Merge(*nodes[i + 1].groups, *run));
      }
      parents.push_back({index, run.get()});
      ++i;
    }
    nodes = std::move(parents);
  }
  LAMINAR_ASSERT(nodes.size() == 1, nodes.size());
  return nodes[0].groups;
}

absl::Status SlicePyramid::Merge(const KeyedTable& from, KeyedTable& into) {
  KeyedTable::Cursor cursor;
  uint8_t* rows[base::kRowsPerChunkMax];
  uint8_t* targets[base::kRowsPerChunkMax];
  for (idx_t count = from.Next(cursor, base::kRowsPerChunkMax, rows); count > 0;
       count = from.Next(cursor, base::kRowsPerChunkMax, rows)) {
    if (RowStore* store = memory_.RowStoreFor()) {
      into.MakeRoom(*store);
    }
    row_keys_.Set(rows, count);
    into.FindOrInsert(row_keys_.keys(), nullptr, count, targets);
    LAMINAR_RETURN_IF_ERROR(plan_.Combine(rows, targets, count, into.strings()));
    LAMINAR_RETURN_IF_ERROR(into.status());
  }
  return from.status();
}

std::vector<KeyedTable*> SlicePyramid::RunsWith(int64_t ordinal) {
  std::vector<KeyedTable*> runs;
  if (runs_.empty()) {
    return runs;
  }
  const int level_max = runs_.rbegin()->first.level;
  for (int level = 1; level <= level_max; ++level) {
    if (const auto found = runs_.find({level, ordinal >> level}); found != runs_.end()) {
      runs.push_back(found->second.get());
    }
  }
  return runs;
}

absl::Status SlicePyramid::AddLate(int64_t ordinal,
                                   ChunkInput& input,
                                   const duckdb::sel_t* positions,
                                   idx_t count) {
  for (KeyedTable* run : RunsWith(ordinal)) {
    uint8_t* groups[base::kRowsPerChunkMax];
    run->FindOrInsert(input.keys(), positions, count, groups);
    const GroupedRows rows{.positions = positions,
                           .groups = groups,
                           .count = count,
                           .one_group = input.keys().size() == 0};
    LAMINAR_RETURN_IF_ERROR(input.UpdateNatives(rows, run->strings()));
    LAMINAR_RETURN_IF_ERROR(run->status());
  }
  return absl::OkStatus();
}

absl::Status SlicePyramid::MergeLate(int64_t ordinal,
                                     ChunkInput& input,
                                     const duckdb::sel_t* positions,
                                     idx_t count,
                                     uint8_t* const* partial_rows) {
  for (KeyedTable* run : RunsWith(ordinal)) {
    uint8_t* groups[base::kRowsPerChunkMax];
    run->FindOrInsert(input.keys(), positions, count, groups);
    LAMINAR_RETURN_IF_ERROR(plan_.Combine(partial_rows, groups, count, run->strings()));
    LAMINAR_RETURN_IF_ERROR(run->status());
  }
  return absl::OkStatus();
}

void SlicePyramid::DropThrough(int64_t ordinal) {
  std::erase_if(runs_,
                [&](const auto& run) { return run.first.index << run.first.level <= ordinal; });
}

int64_t SlicePyramid::bytes() const {
  int64_t sum = 0;
  for (const auto& [id, run] : runs_) {
    sum += run->bytes();
  }
  return sum;
}

}  // namespace laminar::engine
