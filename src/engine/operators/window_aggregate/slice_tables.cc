#include "engine/operators/window_aggregate/slice_tables.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "data/key_group.h"
#include "engine/operators/window_rows/combined_rows.h"
#include "engine/state/state_changes.h"

namespace laminar::engine {
namespace {

using data::idx_t;

StateSchema GroupSchema(const AggregatePlan& plan) {
  return {
      .name = "groups", .version = 1, .keys = plan.keys(), .values = plan.values(), .sliced = true};
}

StateSchema RowSchema(const AggregatePlan& plan, size_t index) {
  StateSchema schema{.name = "rows_" + std::to_string(index),
                     .version = 1,
                     .keys = {},
                     .values = {{"_group", data::LogicalType::BIGINT, false},
                                {"_sequence", data::LogicalType::BIGINT, false}},
                     .sliced = true};
  const std::vector<data::LogicalType>& types = plan.rows()[index].types;
  for (size_t i = 0; i < types.size(); ++i) {
    schema.values.push_back({"column_" + std::to_string(i), types[i]});
  }
  return schema;
}

}  // namespace

SliceTables::SliceTables(AggregatePlan& plan, KeyGroups key_groups, MemoryBudget& memory)
    : plan_(plan),
      key_groups_(key_groups),
      groups_(GroupSchema(plan),
              key_groups.rule,
              memory,
              plan.numbers_groups() ? SlicedTable::Rows::kStay : SlicedTable::Rows::kMayMove) {
  plan.Place(groups_.layout());
  for (size_t i = 0; i < plan.sets().size(); ++i) {
    const std::vector<data::LogicalType>& types = plan.sets()[i].types;
    sets_.push_back(
        std::make_unique<SlicedTable>(DistinctKeys::Schema("set_" + std::to_string(i), types, {}),
                                      KeyGroupRule::kStored, memory, SlicedTable::Rows::kMayMove));
    set_keys_.emplace_back(sets_.back()->layout(), types);
  }
  for (size_t i = 0; i < plan.rows().size(); ++i) {
    logs_.push_back(std::make_unique<RowLog>(
        RowSchema(plan, i), RowLog::KeyGroups{.rule = KeyGroupRule::kStored}, memory));
  }
  if (plan.numbers_groups()) {
    const auto number = [this](StateTable& table, size_t column) {
      numbered_.push_back(std::make_unique<NumberedTable>(table, column, numbers_));
    };
    const size_t first = FirstKeyColumn(groups_.schema());
    number(groups_, first + plan.group_column());
    for (const std::unique_ptr<SlicedTable>& set : sets_) {
      number(*set, first);
    }
    for (const std::unique_ptr<RowLog>& log : logs_) {
      number(*log, first + kGroupOfRow);
    }
  }
}

void SliceTables::MakeRoom() {
  groups_.MakeRoom();
  for (const std::unique_ptr<SlicedTable>& set : sets_) {
    set->MakeRoom();
  }
}

SliceTables::Slice& SliceTables::Open(SliceId id) {
  const auto [at, is_new] = slices_.try_emplace(id);
  Slice& slice = at->second;
  if (is_new) {
    slice.id = id;
    if (key_groups_.rule == KeyGroupRule::kSlice) {
      slice.key_group = KeyGroupOfSlice(id, key_groups_.num_key_groups);
    }
    slice.groups = &groups_.Slice(id);
    for (const std::unique_ptr<SlicedTable>& set : sets_) {
      slice.sets.push_back(&set->Slice(id));
    }
  }
  return slice;
}

void SliceTables::Drop(SliceId id) {
  groups_.Drop(id);
  for (const std::unique_ptr<SlicedTable>& set : sets_) {
    set->Drop(id);
  }
  for (const std::unique_ptr<RowLog>& log : logs_) {
    log->Drop(id);
  }
  slices_.erase(id);
}

absl::Status SliceTables::Update(Slice& slice,
                                 ChunkInput& input,
                                 const duckdb::sel_t* positions,
                                 idx_t count,
                                 std::vector<NewInSet>* news) {
  uint8_t* groups[base::kRowsPerChunkMax];
  const int64_t num_before = slice.groups->num_rows();
  inserted_.clear();
  slice.groups->FindOrInsert(input.keys(), positions, count, groups, &inserted_);
  NumberNewGroups(groups, num_before);
  const GroupedRows rows{.positions = positions,
                         .groups = groups,
                         .count = count,
                         .one_group = input.keys().size() == 0};
  LAMINAR_RETURN_IF_ERROR(input.UpdateNatives(rows, slice.groups->strings()));
  for (size_t i = 0; i < sets_.size(); ++i) {
    LAMINAR_RETURN_IF_ERROR(
        UpdateSet(slice, i, input, input.Filter(plan_.sets()[i].filter, rows), news));
  }
  for (size_t i = 0; i < logs_.size(); ++i) {
    LAMINAR_RETURN_IF_ERROR(
        AppendRows(slice, i, input, input.Filter(plan_.rows()[i].filter, rows)));
  }
  return slice.groups->status();
}

absl::Status SliceTables::Merge(Slice& slice,
                                ChunkInput& input,
                                const duckdb::sel_t* positions,
                                idx_t count,
                                uint8_t* const* partial_rows) {
  uint8_t* groups[base::kRowsPerChunkMax];
  slice.groups->FindOrInsert(input.keys(), positions, count, groups);
  LAMINAR_RETURN_IF_ERROR(plan_.Combine(partial_rows, groups, count, slice.groups->strings()));
  return slice.groups->status();
}

absl::Status SliceTables::UpdateSet(Slice& slice,
                                    size_t index,
                                    ChunkInput& input,
                                    const GroupedRows& rows,
                                    std::vector<NewInSet>* news) {
  if (rows.count == 0) {
    return absl::OkStatus();
  }
  const AggregatePlan::Set& set = plan_.sets()[index];
  int64_t group_numbers[base::kRowsPerChunkMax];
  for (idx_t i = 0; i < rows.count; ++i) {
    group_numbers[i] = plan_.LoadGroup(rows.groups[i]);
  }
  const data::Chunk arguments = input.Arguments(set.arguments, set.types, rows);
  set_keys_[index].Set(group_numbers, arguments);
  uint8_t* entries[base::kRowsPerChunkMax];
  inserted_.clear();
  KeyedTable& table = *slice.sets[index];
  table.FindOrInsert(set_keys_[index].keys(), nullptr, rows.count, entries, &inserted_);
  LAMINAR_RETURN_IF_ERROR(table.status());
  if (inserted_.empty()) {
    return absl::OkStatus();
  }
  GroupedSelection fresh;
  for (const duckdb::sel_t i : inserted_) {
    sets_[index]->StoreKeyGroup(entries[i], KeyGroupOf(slice, rows.groups[i]));
    fresh.positions.push_back(static_cast<duckdb::sel_t>(rows.PositionOf(i)));
    fresh.groups.push_back(rows.groups[i]);
  }
  for (size_t i = 0; i < plan_.natives().size(); ++i) {
    if (plan_.natives()[i].set == index) {
      LAMINAR_RETURN_IF_ERROR(
          input.UpdateNative(i, fresh.Rows(rows.one_group), slice.groups->strings()));
    }
  }
  if (news != nullptr) {
    news->push_back(
        {.set = index,
         .rows = {fresh.positions.begin(), fresh.positions.end()},
         .arguments = input.Arguments(set.arguments, set.types, fresh.Rows(rows.one_group))});
  }
  return absl::OkStatus();
}

absl::Status SliceTables::AppendRows(Slice& slice,
                                     size_t index,
                                     ChunkInput& input,
                                     const GroupedRows& rows) {
  if (rows.count == 0) {
    return absl::OkStatus();
  }
  const AggregatePlan::Rows& kept = plan_.rows()[index];
  const data::Chunk arguments = input.Arguments(kept.columns, kept.types, rows);
  std::vector<data::LogicalType> types{data::LogicalType::BIGINT, data::LogicalType::BIGINT};
  types.insert(types.end(), kept.types.begin(), kept.types.end());
  types.push_back(data::LogicalType::INTEGER);
  data::Chunk appended = data::Chunk::Shell(types);
  int64_t groups[base::kRowsPerChunkMax];
  int64_t sequences[base::kRowsPerChunkMax];
  int32_t key_groups[base::kRowsPerChunkMax];
  for (idx_t i = 0; i < rows.count; ++i) {
    groups[i] = plan_.LoadGroup(rows.groups[i]);
    sequences[i] = input.SequenceOf(rows.PositionOf(i));
    key_groups[i] = static_cast<int32_t>(KeyGroupOf(slice, rows.groups[i]));
  }
  data::Vector group_column(data::LogicalType::BIGINT,
                            reinterpret_cast<duckdb::data_ptr_t>(groups));
  data::Vector sequence_column(data::LogicalType::BIGINT,
                               reinterpret_cast<duckdb::data_ptr_t>(sequences));
  data::Vector key_group_column(data::LogicalType::INTEGER,
                                reinterpret_cast<duckdb::data_ptr_t>(key_groups));
  appended.column(types.size() - 1).Reference(key_group_column);
  appended.column(kGroupOfRow).Reference(group_column);
  appended.column(kSequenceOfRow).Reference(sequence_column);
  for (size_t i = 0; i < kept.columns.size(); ++i) {
    appended.column(kFirstOfRow + i).Reference(const_cast<data::Vector&>(arguments.column(i)));
  }
  appended.set_num_rows(rows.count);
  return logs_[index]->Append(slice.id, appended);
}

void SliceTables::NumberNewGroups(uint8_t* const* rows, int64_t num_before) {
  if (plan_.numbers_groups()) {
    for (const duckdb::sel_t i : inserted_) {
      plan_.StoreGroup(rows[i], num_before++);
    }
  }
}

uint32_t SliceTables::KeyGroupOf(const Slice& slice, const uint8_t* group) const {
  return key_groups_.rule == KeyGroupRule::kKeys
             ? data::KeyGroupOf(RowLayout::HashOf(group), key_groups_.num_key_groups)
             : slice.key_group;
}

std::vector<StateTable*> SliceTables::tables() {
  std::vector<StateTable*> tables;
  for (const std::unique_ptr<NumberedTable>& table : numbered_) {
    tables.push_back(table.get());
  }
  if (tables.empty()) {
    tables.push_back(&groups_);
  }
  return tables;
}

absl::Status SliceTables::Restored() {
  for (const SliceId id : groups_.Slices()) {
    const Slice& slice = Open(id);
    if (plan_.numbers_groups() && numbers_.NumGiven(id) != slice.groups->num_rows()) {
      return base::DataLoss("state files of an aggregate do not go together: " +
                            std::to_string(numbers_.NumGiven(id)) + " groups are named, " +
                            std::to_string(slice.groups->num_rows()) + " are there");
    }
    for (const std::unique_ptr<RowLog>& log : logs_) {
      LAMINAR_RETURN_IF_ERROR(SortByArrival(*log, id));
    }
  }
  numbers_.Clear();
  return absl::OkStatus();
}

// Rows of several subtasks come one subtask after the other; those of one key stay in their order.
absl::Status SliceTables::SortByArrival(RowLog& log, SliceId slice) {
  struct Row {
    int64_t sequence = 0;
    duckdb::sel_t position = 0;
    auto operator<=>(const Row&) const = default;
  };
  std::vector<Row> rows;
  for (const data::Chunk& chunk : log.Rows(slice)) {
    const auto* sequences = duckdb::FlatVector::GetData<int64_t>(
        const_cast<data::Vector&>(chunk.column(kSequenceOfRow)));
    for (idx_t i = 0; i < chunk.num_rows(); ++i) {
      rows.push_back({sequences[i], static_cast<duckdb::sel_t>(rows.size())});
    }
  }
  if (std::ranges::is_sorted(rows, {}, &Row::sequence)) {
    return absl::OkStatus();
  }
  std::ranges::sort(rows);
  const CombinedRows combined(log.types(), log.Rows(slice));
  log.Drop(slice);
  for (size_t first = 0; first < rows.size(); first += base::kRowsPerChunkMax) {
    const idx_t count = std::min<idx_t>(rows.size() - first, base::kRowsPerChunkMax);
    data::SelectionVector selection(count);
    for (idx_t i = 0; i < count; ++i) {
      selection.set_index(i, rows[first + i].position);
    }
    data::Chunk sorted = data::Chunk::Shell(log.types());
    for (size_t i = 0; i < log.types().size(); ++i) {
      sorted.column(i).Slice(combined.column(i), selection, count);
    }
    sorted.set_num_rows(count);
    LAMINAR_RETURN_IF_ERROR(log.Append(slice, sorted));
  }
  return absl::OkStatus();
}

int64_t SliceTables::bytes() const {
  int64_t sum = groups_.bytes();
  for (const std::unique_ptr<SlicedTable>& set : sets_) {
    sum += set->bytes();
  }
  for (const std::unique_ptr<RowLog>& log : logs_) {
    sum += log->bytes();
  }
  return sum;
}

}  // namespace laminar::engine
