#include "engine/operators/window_aggregate/group_numbers.h"

#include "engine/state/state_changes.h"

namespace laminar::engine {

int64_t GroupNumbers::NumberOf(SliceId slice, uint32_t key_group, int64_t number) {
  Slice& known = slices_[slice];
  const auto [at, is_new] = known.by_key_group[key_group].try_emplace(number, known.num_given);
  known.num_given += is_new ? 1 : 0;
  return at->second;
}

void GroupNumbers::Forget(SliceId slice, uint32_t key_group) {
  const auto found = slices_.find(slice);
  if (found == slices_.end()) {
    return;
  }
  found->second.by_key_group.erase(key_group);
  if (found->second.by_key_group.empty()) {
    slices_.erase(found);
  }
}

int64_t GroupNumbers::NumGiven(SliceId slice) const {
  const auto found = slices_.find(slice);
  return found == slices_.end() ? 0 : found->second.num_given;
}

absl::Status NumberedTable::Apply(const data::Chunk& changes, KeyGroupRange range) {
  LAMINAR_ASSIGN_OR_RETURN(const ChangeRuns runs,
                           ChangeRuns::Find(changes, ChangeSchema(), schema(), range));
  data::UnifiedVectorFormat format;
  const_cast<data::Vector&>(changes.column(group_column_))
      .ToUnifiedFormat(changes.num_rows(), format);
  const auto* numbers = duckdb::UnifiedVectorFormat::GetData<int64_t>(format);
  data::Vector renumbered(data::LogicalType::BIGINT, changes.num_rows());
  auto* results = duckdb::FlatVector::GetData<int64_t>(renumbered);
  for (const ChangeRuns::Run& run : runs.runs()) {
    for (const duckdb::sel_t row : run.positions) {
      if (run.change == RowChange::kPut) {
        results[row] =
            numbers_.NumberOf(run.slice, runs.key_group(row), numbers[format.sel->get_index(row)]);
      } else if (run.change == RowChange::kSliceGone) {
        numbers_.Forget(run.slice, runs.key_group(row));
      }
    }
  }
  data::Chunk applied = changes.Share();
  applied.column(group_column_).Reference(renumbered);
  return table_.Apply(applied, range);
}

}  // namespace laminar::engine
