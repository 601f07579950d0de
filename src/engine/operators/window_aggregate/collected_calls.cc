#include "engine/operators/window_aggregate/collected_calls.h"

#include "base/limits.h"
#include "engine/operators/window_aggregate/row_keys.h"
#include "engine/operators/window_aggregate/slice_tables.h"

namespace laminar::engine {

using data::idx_t;

data::Chunk PickColumns(const data::Chunk& chunk, const std::vector<size_t>& columns, size_t skip) {
  std::vector<data::LogicalType> types;
  for (const size_t column : columns) {
    types.push_back(chunk.column(skip + column).GetType());
  }
  data::Chunk picked = data::Chunk::Shell(types);
  for (size_t i = 0; i < columns.size(); ++i) {
    picked.column(i).Reference(const_cast<data::Vector&>(chunk.column(skip + columns[i])));
  }
  picked.set_num_rows(chunk.num_rows());
  return picked;
}

void CollectedCalls::Start(int64_t num_groups) {
  for (const AggregatePlan::Collected& call : plan_.collected()) {
    call.function->Start(static_cast<idx_t>(num_groups));
  }
}

absl::Status CollectedCalls::AddSet(size_t index, const KeyedTable& set) {
  const size_t num_arguments = plan_.sets()[index].arguments.size();
  const expression::StateField group_field = set.layout().field(0);
  KeyedTable::Cursor cursor;
  uint8_t* entries[base::kRowsPerChunkMax];
  for (idx_t count = set.Next(cursor, base::kRowsPerChunkMax, entries); count > 0;
       count = set.Next(cursor, base::kRowsPerChunkMax, entries)) {
    int64_t groups[base::kRowsPerChunkMax];
    for (idx_t i = 0; i < count; ++i) {
      groups[i] = group_field.Load<int64_t>(entries[i]);
    }
    const data::Chunk arguments = GatherColumns(set.layout(), 1, num_arguments, entries, count);
    for (const AggregatePlan::Collected& call : plan_.collected()) {
      if (call.set == index) {
        LAMINAR_RETURN_IF_ERROR(Feed(call, PickColumns(arguments, call.columns, 0), groups));
      }
    }
  }
  return set.status();
}

absl::Status CollectedCalls::AddRows(size_t index,
                                     const data::Chunk& rows,
                                     const std::vector<int64_t>* numbers) {
  int64_t groups[base::kRowsPerChunkMax];
  data::UnifiedVectorFormat format;
  const_cast<data::Vector&>(rows.column(SliceTables::kGroupOfRow))
      .ToUnifiedFormat(rows.num_rows(), format);
  for (idx_t i = 0; i < rows.num_rows(); ++i) {
    const auto group =
        data::UnifiedVectorFormat::GetData<int64_t>(format)[format.sel->get_index(i)];
    groups[i] = numbers == nullptr ? group : (*numbers)[static_cast<size_t>(group)];
  }
  for (const AggregatePlan::Collected& call : plan_.collected()) {
    if (call.rows == index) {
      LAMINAR_RETURN_IF_ERROR(
          Feed(call, PickColumns(rows, call.columns, SliceTables::kFirstOfRow), groups));
    }
  }
  return absl::OkStatus();
}

absl::Status CollectedCalls::Feed(const AggregatePlan::Collected& call,
                                  const data::Chunk& arguments,
                                  const int64_t* groups) {
  charge_.Take(arguments.EstimateBytes());
  LAMINAR_RETURN_IF_ERROR(charge_.status());
  return call.function->Add(arguments, groups);
}

absl::Status CollectedCalls::Finish(uint8_t* const* rows,
                                    idx_t count,
                                    data::Chunk& result,
                                    size_t first) {
  if (plan_.collected().empty()) {
    return absl::OkStatus();
  }
  int64_t groups[base::kRowsPerChunkMax];
  for (idx_t i = 0; i < count; ++i) {
    groups[i] = plan_.LoadGroup(rows[i]);
  }
  for (const AggregatePlan::Collected& call : plan_.collected()) {
    LAMINAR_RETURN_IF_ERROR(
        call.function->Finish(groups, count, result.column(first + call.output)));
  }
  return absl::OkStatus();
}

void CollectedCalls::Clear() {
  for (const AggregatePlan::Collected& call : plan_.collected()) {
    call.function->Clear();
  }
  charge_.Release(charge_.bytes());
}

}  // namespace laminar::engine
