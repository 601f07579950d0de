#include "engine/operators/window_aggregate/window_groups.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using duckdb::sel_t;

constexpr size_t kGroupColumn = 0;  // of a set's row: `_group`, then arguments, then `slices`

// Walks a table in chunks of rows. Rows that lie on disk may be unreadable.
template <class Body>
absl::Status ForEachChunk(const KeyedTable& table, Body body) {
  KeyedTable::Cursor cursor;
  uint8_t* rows[base::kRowsPerChunkMax];
  for (idx_t count = table.Next(cursor, base::kRowsPerChunkMax, rows); count > 0;
       count = table.Next(cursor, base::kRowsPerChunkMax, rows)) {
    LAMINAR_RETURN_IF_ERROR(body(rows, count));
  }
  return table.status();
}

}  // namespace

WindowGroups::WindowGroups(const AggregatePlan& plan, const RowLayout& layout, MemoryBudget& memory)
    : plan_(plan),
      layout_(layout),
      memory_(memory),
      groups_(std::make_unique<KeyedTable>(layout, memory)),
      row_keys_(layout) {
  for (const AggregatePlan::Set& set : plan.sets()) {
    const StateSchema schema =
        DistinctKeys::Schema("", set.types, {{"slices", data::LogicalType::BIGINT, false}});
    Set& made = sets_.emplace_back();
    made.layout = std::make_unique<RowLayout>(schema.keys, schema.values);
    made.keys = std::make_unique<DistinctKeys>(*made.layout, set.types);
    made.table = std::make_unique<KeyedTable>(*made.layout, memory);
  }
}

void WindowGroups::Clear() {
  groups_ = std::make_unique<KeyedTable>(layout_, memory_);
  for (Set& set : sets_) {
    set.table = std::make_unique<KeyedTable>(*set.layout, memory_);
  }
  slices_.clear();
  next_number_ = 0;
}

// REQUIRES: no rows of groups or sets are held; so groups that are found by number stay.
void WindowGroups::MakeRoom() {
  RowStore* store = memory_.RowStoreFor();
  if (store == nullptr) {
    return;
  }
  if (!plan_.numbers_groups()) {
    groups_->MakeRoom(*store);
  }
  for (Set& set : sets_) {
    set.table->MakeRoom(*store);
  }
}

void WindowGroups::FindGroups(const KeyColumns& keys,
                              const sel_t* positions,
                              idx_t count,
                              uint8_t** rows) {
  inserted_.clear();
  groups_->FindOrInsert(keys, positions, count, rows, &inserted_);
  if (plan_.numbers_groups()) {
    for (const sel_t i : inserted_) {
      plan_.StoreGroup(rows[i], next_number_++);
    }
  }
}

absl::Status WindowGroups::AddGroups(const KeyedTable& source) {
  return ForEachChunk(source, [&](uint8_t** rows, idx_t count) -> absl::Status {
    uint8_t* targets[base::kRowsPerChunkMax];
    MakeRoom();
    row_keys_.Set(rows, count);
    FindGroups(row_keys_.keys(), nullptr, count, targets);
    LAMINAR_RETURN_IF_ERROR(plan_.Combine(rows, targets, count, groups_->strings()));
    return groups_->status();
  });
}

absl::Status WindowGroups::Add(const SliceTables::Slice& slice, std::vector<int64_t>* numbers) {
  LAMINAR_ASSERT(!slices_.contains(slice.id), slice.id.end);
  slices_.insert(slice.id);
  if (!plan_.numbers_groups()) {
    return AddGroups(*slice.groups);
  }
  std::vector<uint8_t*> rows_by_number(static_cast<size_t>(slice.groups->num_rows()));
  LAMINAR_RETURN_IF_ERROR(
      ForEachChunk(*slice.groups, [&](uint8_t** rows, idx_t count) -> absl::Status {
        uint8_t* targets[base::kRowsPerChunkMax];
        row_keys_.Set(rows, count);
        FindGroups(row_keys_.keys(), nullptr, count, targets);
        for (idx_t i = 0; i < count; ++i) {
          rows_by_number[static_cast<size_t>(plan_.LoadGroup(rows[i]))] = targets[i];
        }
        LAMINAR_RETURN_IF_ERROR(plan_.Combine(rows, targets, count, groups_->strings()));
        return groups_->status();
      }));
  if (numbers != nullptr) {
    numbers->clear();
    for (const uint8_t* row : rows_by_number) {
      numbers->push_back(plan_.LoadGroup(row));
    }
  }
  for (size_t i = 0; i < sets_.size(); ++i) {
    LAMINAR_RETURN_IF_ERROR(AddSet(slice, i, rows_by_number));
  }
  return absl::OkStatus();
}

absl::Status WindowGroups::Remove(const SliceTables::Slice& slice) {
  const size_t num_removed = slices_.erase(slice.id);
  LAMINAR_ASSERT(num_removed == 1, slice.id.end);
  std::vector<uint8_t*> rows_by_number(
      plan_.numbers_groups() ? static_cast<size_t>(slice.groups->num_rows()) : 0);
  std::vector<uint8_t*> emptied;
  LAMINAR_RETURN_IF_ERROR(
      ForEachChunk(*slice.groups, [&](uint8_t** rows, idx_t count) -> absl::Status {
        uint8_t* targets[base::kRowsPerChunkMax];
        MakeRoom();
        row_keys_.Set(rows, count);
        FindGroups(row_keys_.keys(), nullptr, count, targets);
        LAMINAR_RETURN_IF_ERROR(groups_->status());
        LAMINAR_ASSERT(inserted_.empty(), inserted_.size());
        LAMINAR_RETURN_IF_ERROR(plan_.Subtract(rows, targets, count));
        for (idx_t i = 0; i < count; ++i) {
          if (plan_.numbers_groups()) {
            rows_by_number[static_cast<size_t>(plan_.LoadGroup(rows[i]))] = targets[i];
          }
          if (plan_.LoadRows(targets[i]) == 0) {
            emptied.push_back(targets[i]);
          }
        }
        if (!plan_.numbers_groups()) {
          EraseGroups(emptied);
        }
        return groups_->status();
      }));
  for (size_t i = 0; i < sets_.size(); ++i) {
    LAMINAR_RETURN_IF_ERROR(RemoveSet(slice, i, rows_by_number));
  }
  EraseGroups(emptied);
  return groups_->status();
}

void WindowGroups::EraseGroups(std::vector<uint8_t*>& rows) {
  for (uint8_t* row : rows) {
    groups_->Erase(row);
  }
  rows.clear();
}

absl::Status WindowGroups::AddLate(ChunkInput& input,
                                   const sel_t* positions,
                                   idx_t count,
                                   const std::vector<SliceTables::NewInSet>& news) {
  MakeRoom();
  uint8_t* groups[base::kRowsPerChunkMax];
  FindGroups(input.keys(), positions, count, groups);
  const GroupedRows rows{
      .positions = positions, .groups = groups, .count = count, .one_group = false};
  LAMINAR_RETURN_IF_ERROR(input.UpdateNatives(rows, groups_->strings()));
  if (news.empty()) {
    return groups_->status();
  }
  std::vector<uint8_t*> group_at(input.chunk().num_rows());
  for (idx_t i = 0; i < count; ++i) {
    group_at[rows.PositionOf(i)] = groups[i];
  }
  for (const SliceTables::NewInSet& fresh : news) {
    std::vector<uint8_t*> fresh_groups;
    for (const idx_t position : fresh.rows) {
      fresh_groups.push_back(group_at[position]);
    }
    LAMINAR_RETURN_IF_ERROR(EnterIntoSet(fresh.set, fresh.arguments, fresh_groups.data()));
  }
  return groups_->status();
}

absl::Status WindowGroups::MergeLate(ChunkInput& input,
                                     const sel_t* positions,
                                     idx_t count,
                                     uint8_t* const* partial_rows) {
  MakeRoom();
  uint8_t* groups[base::kRowsPerChunkMax];
  FindGroups(input.keys(), positions, count, groups);
  LAMINAR_RETURN_IF_ERROR(plan_.Combine(partial_rows, groups, count, groups_->strings()));
  return groups_->status();
}

// --- sets ---

absl::Status WindowGroups::AddSet(const SliceTables::Slice& slice,
                                  size_t index,
                                  const std::vector<uint8_t*>& rows_by_number) {
  const RowLayout& source = slice.sets[index]->layout();
  const size_t num_arguments = plan_.sets()[index].arguments.size();
  return ForEachChunk(*slice.sets[index], [&](uint8_t** entries, idx_t count) {
    MakeRoom();
    const expression::StateField group_field = source.field(kGroupColumn);
    uint8_t* groups[base::kRowsPerChunkMax];
    for (idx_t i = 0; i < count; ++i) {
      groups[i] = rows_by_number[static_cast<size_t>(group_field.Load<int64_t>(entries[i]))];
    }
    return EnterIntoSet(
        index, GatherColumns(source, kGroupColumn + 1, num_arguments, entries, count), groups);
  });
}

absl::Status WindowGroups::EnterIntoSet(size_t index,
                                        const data::Chunk& arguments,
                                        uint8_t* const* groups) {
  Set& set = sets_[index];
  const idx_t count = arguments.num_rows();
  int64_t numbers[base::kRowsPerChunkMax];
  for (idx_t i = 0; i < count; ++i) {
    numbers[i] = plan_.LoadGroup(groups[i]);
  }
  set.keys->Set(numbers, arguments);
  uint8_t* entries[base::kRowsPerChunkMax];
  set.table->FindOrInsert(set.keys->keys(), nullptr, count, entries);
  LAMINAR_RETURN_IF_ERROR(set.table->status());
  const expression::StateField slices = set.layout->field(set.layout->num_keys());
  GroupedSelection fresh;
  for (idx_t i = 0; i < count; ++i) {
    const auto num_slices = slices.Load<int64_t>(entries[i]);
    slices.Store<int64_t>(entries[i], num_slices + 1);
    if (num_slices == 0) {
      fresh.positions.push_back(static_cast<sel_t>(i));
      fresh.groups.push_back(groups[i]);
    }
  }
  return UpdateNatives(index, arguments, fresh, groups_->strings());
}

absl::Status WindowGroups::RemoveSet(const SliceTables::Slice& slice,
                                     size_t index,
                                     const std::vector<uint8_t*>& rows_by_number) {
  Set& set = sets_[index];
  const RowLayout& source = slice.sets[index]->layout();
  const size_t num_arguments = plan_.sets()[index].arguments.size();
  const expression::StateField slices = set.layout->field(set.layout->num_keys());
  return ForEachChunk(*slice.sets[index], [&](uint8_t** from, idx_t count) -> absl::Status {
    MakeRoom();
    const expression::StateField group_field = source.field(kGroupColumn);
    int64_t numbers[base::kRowsPerChunkMax];
    uint8_t* groups[base::kRowsPerChunkMax];
    for (idx_t i = 0; i < count; ++i) {
      groups[i] = rows_by_number[static_cast<size_t>(group_field.Load<int64_t>(from[i]))];
      numbers[i] = plan_.LoadGroup(groups[i]);
    }
    const data::Chunk arguments =
        GatherColumns(source, kGroupColumn + 1, num_arguments, from, count);
    set.keys->Set(numbers, arguments);
    uint8_t* entries[base::kRowsPerChunkMax];
    inserted_.clear();
    set.table->FindOrInsert(set.keys->keys(), nullptr, count, entries, &inserted_);
    LAMINAR_RETURN_IF_ERROR(set.table->status());
    LAMINAR_ASSERT(inserted_.empty(), inserted_.size());
    GroupedSelection gone;
    for (idx_t i = 0; i < count; ++i) {
      const auto num_slices = slices.Load<int64_t>(entries[i]) - 1;
      slices.Store<int64_t>(entries[i], num_slices);
      if (num_slices == 0) {
        gone.positions.push_back(static_cast<sel_t>(i));
        gone.groups.push_back(groups[i]);
        set.table->Erase(entries[i]);
      }
    }
    return SubtractNatives(index, arguments, gone);
  });
}

absl::Status WindowGroups::UpdateNatives(size_t set,
                                         const data::Chunk& arguments,
                                         const GroupedSelection& rows,
                                         expression::StateStrings& strings) {
  if (rows.positions.empty()) {
    return absl::OkStatus();
  }
  for (const AggregatePlan::Native& native : plan_.natives()) {
    if (native.set == set) {
      LAMINAR_RETURN_IF_ERROR(
          UpdateFrom(arguments, native, rows.Rows(/*one_group=*/false), strings));
    }
  }
  return absl::OkStatus();
}

// The states of single rows, made beside, are taken out of the groups'.
absl::Status WindowGroups::SubtractNatives(size_t set,
                                           const data::Chunk& arguments,
                                           const GroupedSelection& rows) {
  if (rows.positions.empty()) {
    return absl::OkStatus();
  }
  const size_t count = rows.positions.size();
  std::vector<uint8_t> memory(count * layout_.row_bytes());
  GroupedSelection single{.positions = rows.positions, .groups = {}};
  for (size_t i = 0; i < count; ++i) {
    single.groups.push_back(memory.data() + i * layout_.row_bytes());
  }
  LAMINAR_RETURN_IF_ERROR(UpdateNatives(set, arguments, single, groups_->strings()));
  for (const AggregatePlan::Native& native : plan_.natives()) {
    if (native.set == set) {
      LAMINAR_RETURN_IF_ERROR(
          native.function->Subtract(single.groups.data(), rows.groups.data(), count));
    }
  }
  return absl::OkStatus();
}

int64_t WindowGroups::bytes() const {
  int64_t sum = groups_->bytes();
  for (const Set& set : sets_) {
    sum += set.table->bytes();
  }
  return sum;
}

}  // namespace laminar::engine
