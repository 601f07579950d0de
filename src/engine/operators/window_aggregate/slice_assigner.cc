#include "engine/operators/window_aggregate/slice_assigner.h"

#include <algorithm>

#include "base/assert.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::UnifiedVectorFormat;

bool Contains(SliceId slice, int64_t time) { return time >= slice.start && time < slice.end; }

// An infinite end would never be passed by a watermark but the last.
bool IsFinite(SliceId slice) {
  return duckdb::Timestamp::IsFinite(duckdb::timestamp_t(slice.start)) &&
         duckdb::Timestamp::IsFinite(duckdb::timestamp_t(slice.end));
}

}  // namespace

SliceAssigner SliceAssigner::ByTime(WindowGeometry geometry, size_t column) {
  return {geometry, column};
}

SliceAssigner SliceAssigner::ByWindow(size_t column) { return {std::nullopt, column}; }

const SliceAssigner::Parts& SliceAssigner::Assign(const data::Chunk& chunk) {
  result_.parts.clear();
  result_.num_invalid = 0;
  part_of_.clear();
  last_part_ = 0;
  const data::Vector& column = chunk.column(column_);
  if (geometry_) {
    UnifiedVectorFormat times;
    const_cast<data::Vector&>(column).ToUnifiedFormat(chunk.num_rows(), times);
    AssignTimes(times, chunk.num_rows());
  } else {
    AssignWindows(column, chunk.num_rows());
  }
  MarkIfAll(chunk.num_rows());
  return result_;
}

void SliceAssigner::AssignTimes(const UnifiedVectorFormat& times, idx_t num_rows) {
  if (TryOneSlice(times, num_rows)) {
    return;
  }
  const auto* values = UnifiedVectorFormat::GetData<int64_t>(times);
  SliceId slice;  // of the row before, when it had one: {0, 0} contains no time
  for (idx_t i = 0; i < num_rows; ++i) {
    const idx_t position = times.sel->get_index(i);
    if (!times.validity.RowIsValid(position)) {
      ++result_.num_invalid;
      continue;
    }
    if (!Contains(slice, values[position])) {
      const WindowGeometry::Place place = geometry_->Locate(values[position], slice);
      if (place != WindowGeometry::Place::kSlice) {
        result_.num_invalid += place == WindowGeometry::Place::kOutOfRange ? 1 : 0;
        slice = {};
        continue;
      }
    }
    Append(slice, i);
  }
}

// The common case: flat times that all lie in the slice of the least.
bool SliceAssigner::TryOneSlice(const UnifiedVectorFormat& times, idx_t num_rows) {
  if (!times.validity.AllValid() || times.sel->data() != nullptr || num_rows == 0) {
    return false;
  }
  const auto* values = UnifiedVectorFormat::GetData<int64_t>(times);
  int64_t least = values[0];
  int64_t greatest = values[0];
  for (idx_t i = 1; i < num_rows; ++i) {
    least = std::min(least, values[i]);
    greatest = std::max(greatest, values[i]);
  }
  SliceId slice;
  if (geometry_->Locate(least, slice) != WindowGeometry::Place::kSlice ||
      !Contains(slice, greatest)) {
    return false;
  }
  result_.parts.push_back({.slice = slice, .all = true, .positions = {}});
  return true;
}

void SliceAssigner::AssignWindows(const data::Vector& windows, idx_t num_rows) {
  auto& source = const_cast<data::Vector&>(windows);
  UnifiedVectorFormat whole;
  source.ToUnifiedFormat(num_rows, whole);
  const auto& children = duckdb::StructVector::GetEntries(source);
  LAMINAR_ASSERT(children.size() == 2, children.size());
  UnifiedVectorFormat starts;
  UnifiedVectorFormat ends;
  children[0]->ToUnifiedFormat(num_rows, starts);
  children[1]->ToUnifiedFormat(num_rows, ends);
  for (idx_t i = 0; i < num_rows; ++i) {
    const idx_t position = whole.sel->get_index(i);
    // The fields of a selected struct are selected themselves: they go by row.
    const idx_t start = starts.sel->get_index(i);
    const idx_t end = ends.sel->get_index(i);
    if (!whole.validity.RowIsValid(position) || !starts.validity.RowIsValid(start) ||
        !ends.validity.RowIsValid(end)) {
      ++result_.num_invalid;
      continue;
    }
    const SliceId slice{.end = UnifiedVectorFormat::GetData<int64_t>(ends)[end],
                        .start = UnifiedVectorFormat::GetData<int64_t>(starts)[start]};
    if (!IsFinite(slice) || slice.start >= slice.end) {
      ++result_.num_invalid;
      continue;
    }
    Append(slice, i);
  }
}

void SliceAssigner::Append(SliceId slice, idx_t row) {
  if (result_.parts.empty() || result_.parts[last_part_].slice != slice) {
    const auto [at, is_new] = part_of_.try_emplace(slice, result_.parts.size());
    if (is_new) {
      result_.parts.push_back({.slice = slice, .all = false, .positions = {}});
    }
    last_part_ = at->second;
  }
  result_.parts[last_part_].positions.push_back(static_cast<duckdb::sel_t>(row));
}

void SliceAssigner::MarkIfAll(idx_t num_rows) {
  if (result_.parts.size() == 1 && result_.parts[0].positions.size() == num_rows) {
    result_.parts[0].all = true;
    result_.parts[0].positions.clear();
  }
}

}  // namespace laminar::engine
