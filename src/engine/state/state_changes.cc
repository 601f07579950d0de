#include "engine/state/state_changes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/kill_point.h"
#include "base/limits.h"

namespace laminar::engine {
namespace {

using data::idx_t;

template <class T>
std::vector<T> ValuesOf(const data::Chunk& chunk, size_t column) {
  data::UnifiedVectorFormat format;
  const_cast<data::Vector&>(chunk.column(column)).ToUnifiedFormat(chunk.num_rows(), format);
  const auto* values = duckdb::UnifiedVectorFormat::GetData<T>(format);
  std::vector<T> result(chunk.num_rows());
  for (idx_t i = 0; i < chunk.num_rows(); ++i) {
    result[i] = values[format.sel->get_index(i)];
  }
  return result;
}

bool IsChange(int8_t value) {
  return value >= static_cast<int8_t>(RowChange::kPut) &&
         value <= static_cast<int8_t>(RowChange::kSliceGone);
}

absl::Status NotOf(const StateSchema& schema) {
  return base::DataLoss("a state file does not hold rows of its table: table " + schema.name);
}

}  // namespace

data::Chunk OwnedCopy(const data::Chunk& chunk, const std::vector<data::LogicalType>& types) {
  data::Chunk owned = data::Chunk::Allocate(types);
  owned.columns().Append(chunk.columns());
  return owned;
}

void SetChange(RowChange change, const StateSchema& schema, SliceId slice, data::Chunk& chunk) {
  chunk.column(kChangeColumn).Reference(data::Value::TINYINT(static_cast<int8_t>(change)));
  if (schema.sliced) {
    chunk.column(kStartColumn).Reference(data::Value::BIGINT(slice.start));
    chunk.column(kEndColumn).Reference(data::Value::BIGINT(slice.end));
  }
}

GoneSlices::GoneSlices(std::vector<SliceId> slices, KeyGroupRule rule, KeyGroupRange range)
    : slices_(std::move(slices)), rule_(rule), range_(range) {}

std::optional<data::Chunk> GoneSlices::Next(const StateSchema& schema,
                                            const std::vector<data::LogicalType>& types) {
  if (next_slice_ == slices_.size()) {
    return std::nullopt;
  }
  data::Chunk chunk = data::Chunk::Allocate(types);
  chunk.column(kChangeColumn)
      .Reference(data::Value::TINYINT(static_cast<int8_t>(RowChange::kSliceGone)));
  auto* key_groups = duckdb::FlatVector::GetData<int32_t>(chunk.column(kKeyGroupColumn));
  auto* starts = duckdb::FlatVector::GetData<int64_t>(chunk.column(kStartColumn));
  auto* ends = duckdb::FlatVector::GetData<int64_t>(chunk.column(kEndColumn));
  idx_t count = 0;
  for (; next_slice_ < slices_.size() && count < base::kRowsPerChunkMax; ++count) {
    const SliceId slice = slices_[next_slice_];
    starts[count] = slice.start;
    ends[count] = slice.end;
    if (rule_ == KeyGroupRule::kSlice || rule_ == KeyGroupRule::kZero) {
      key_groups[count] = rule_ == KeyGroupRule::kZero
                              ? 0
                              : static_cast<int32_t>(KeyGroupOfSlice(slice, range_.num_key_groups));
      ++next_slice_;
      continue;
    }
    key_groups[count] = static_cast<int32_t>(range_.begin + next_group_);
    if (++next_group_ == range_.size()) {
      next_group_ = 0;
      ++next_slice_;
    }
  }
  for (size_t column = FirstKeyColumn(schema); column < types.size(); ++column) {
    chunk.column(column).Reference(data::Value(types[column]));
  }
  chunk.set_num_rows(count);
  return chunk;
}

absl::StatusOr<ChangeRuns> ChangeRuns::Find(const data::Chunk& changes,
                                            const data::Schema& change_schema,
                                            const StateSchema& schema,
                                            KeyGroupRange range) {
  if (changes.num_columns() != change_schema.num_columns()) {
    return NotOf(schema);
  }
  for (idx_t i = 0; i < changes.num_columns(); ++i) {
    if (changes.column(i).GetType() != change_schema.fields[i].type) {
      return NotOf(schema);
    }
  }
  ChangeRuns result;
  const auto kinds = ValuesOf<int8_t>(changes, kChangeColumn);
  result.key_groups_ = ValuesOf<int32_t>(changes, kKeyGroupColumn);
  std::vector<int64_t> starts(changes.num_rows());
  std::vector<int64_t> ends(changes.num_rows());
  if (schema.sliced) {
    starts = ValuesOf<int64_t>(changes, kStartColumn);
    ends = ValuesOf<int64_t>(changes, kEndColumn);
  }
  for (idx_t i = 0; i < changes.num_rows(); ++i) {
    const int32_t key_group = result.key_groups_[i];
    if (!IsChange(kinds[i]) || key_group < 0 ||
        key_group >= static_cast<int32_t>(range.num_key_groups)) {
      return NotOf(schema);
    }
    if (!range.Contains(static_cast<uint32_t>(key_group))) {
      continue;
    }
    const auto change = static_cast<RowChange>(kinds[i]);
    if (LAMINAR_SEEDED_BUG("drop_tombstones") && change != RowChange::kPut) {
      continue;
    }
    const SliceId slice{.end = ends[i], .start = starts[i]};
    if (result.runs_.empty() || result.runs_.back().change != change ||
        result.runs_.back().slice != slice) {
      result.runs_.push_back({.change = change, .slice = slice, .positions = {}});
    }
    result.runs_.back().positions.push_back(static_cast<duckdb::sel_t>(i));
  }
  return result;
}

}  // namespace laminar::engine
