#include "engine/state/sliced_table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "data/key_group.h"
#include "engine/state/state_changes.h"

namespace laminar::engine {
namespace {

using data::idx_t;

// After so many chunks without a row for it, a slice may leave memory, in parts.
constexpr int kRoundsIdle = 16;
constexpr idx_t kIdleRowsPerRound = 8 * base::kRowsPerChunkMax;

std::vector<data::Field> ValuesInMemory(const StateSchema& schema, KeyGroupRule rule) {
  std::vector<data::Field> values = schema.values;
  if (rule == KeyGroupRule::kStored) {
    values.push_back({"_key_group", data::LogicalType::INTEGER, false});
  }
  return values;
}

}  // namespace

// --- writing rows of a slice ---

class SlicedTable::Writer final : public RowWriter {
 public:
  Writer(SlicedTable& table, SliceId slice, KeyGroupRange range)
      : table_(table),
        slice_(slice),
        range_(range),
        key_group_of_slice_(table.rule_ == KeyGroupRule::kSlice
                                ? KeyGroupOfSlice(slice, range.num_key_groups)
                                : 0) {}

  const std::vector<data::LogicalType>& types() const override { return table_.change_types_; }

  data::Chunk& scratch() override {
    if (!table_.scratch_) {
      table_.scratch_ = data::Chunk::Allocate(types());
    }
    return *table_.scratch_;
  }

  void Write(RowChange change,
             const uint8_t* const* rows,
             idx_t count,
             data::Chunk& chunk) override {
    SetChange(change, table_.schema_, slice_, chunk);
    WriteKeyGroups(rows, count, chunk.column(kKeyGroupColumn));
    const size_t first = FirstKeyColumn(table_.schema_);
    for (size_t column = first; column < types().size(); ++column) {
      if (change != RowChange::kPut && column - first >= table_.schema_.keys.size()) {
        chunk.column(column).Reference(data::Value(types()[column]));
        continue;
      }
      table_.layout_.Gather(column - first, rows, count, chunk.column(column), 0);
      table_.layout_.OwnText(column - first, chunk.column(column), count);
    }
  }

 private:
  void WriteKeyGroups(const uint8_t* const* rows, idx_t count, data::Vector& column) const {
    auto* key_groups = duckdb::FlatVector::GetData<int32_t>(column);
    uint32_t least = range_.num_key_groups;
    uint32_t greatest = 0;
    for (idx_t i = 0; i < count; ++i) {
      const uint32_t key_group = table_.rule_ == KeyGroupRule::kSlice
                                     ? key_group_of_slice_
                                     : table_.KeyGroupOf(rows[i], range_.num_key_groups);
      key_groups[i] = static_cast<int32_t>(key_group);
      least = std::min(least, key_group);
      greatest = std::max(greatest, key_group);
    }
    LAMINAR_ASSERT(count == 0 || range_.Contains(least), least);
    LAMINAR_ASSERT(count == 0 || range_.Contains(greatest), greatest);
  }

  SlicedTable& table_;
  const SliceId slice_;
  const KeyGroupRange range_;
  const uint32_t key_group_of_slice_;
};

SlicedTable::Entry::Entry(const RowLayout& layout, MemoryBudget& memory) : rows(layout, memory) {}
SlicedTable::Entry::~Entry() = default;

// --- the cut ---

// Hands out dropped slices, then slice by slice. Entries that are dropped meanwhile live here until
// their rows are handed out.
class SlicedTable::RunningCut final : public StateCut {
 public:
  RunningCut(SlicedTable& table, bool complete, KeyGroupRange range)
      : table_(table),
        complete_(complete),
        gone_(complete ? std::vector<SliceId>() : table.dropped_, table.rule_, range) {
    table_.dropped_.clear();
    table_.cut_ = this;
    for (auto& [slice, entry] : table_.entries_) {
      table_.Track(slice, entry, range);
      entry.changes->Begin(complete_ || !entry.changes->is_based());
      parts_.push_back(&entry);
    }
  }
  ~RunningCut() override {
    if (!ended_) {
      Abandon();
    }
    if (!abandoned_) {
      for (Entry* entry : parts_) {
        if (entry != nullptr) {
          entry->changes->Finish();
        }
      }
    }
    table_.cut_ = nullptr;
  }

  bool complete() const override { return complete_; }

  absl::StatusOr<std::optional<data::Chunk>> Next() override {
    if (abandoned_) {
      return std::nullopt;
    }
    if (std::optional<data::Chunk> rows = gone_.Next(table_.schema_, table_.change_types_)) {
      return rows;
    }
    for (; next_ < parts_.size(); ++next_) {
      LAMINAR_ASSIGN_OR_RETURN(std::optional<data::Chunk> rows, parts_[next_]->changes->Next());
      if (rows.has_value()) {
        return rows;
      }
      if (kept_.erase(parts_[next_]) != 0) {
        parts_[next_] = nullptr;
      }
    }
    ended_ = true;
    return std::nullopt;
  }

  void Abandon() override {
    if (abandoned_) {
      return;
    }
    abandoned_ = true;
    for (Entry* entry : parts_) {
      if (entry != nullptr && !kept_.contains(entry)) {
        entry->changes->Abandon();
      }
    }
    kept_.clear();
    if (complete_) {
      table_.is_based_ = false;
      return;
    }
    table_.dropped_.insert(table_.dropped_.end(), gone_.slices().begin(), gone_.slices().end());
  }

  /// A slice is dropped: keeps it where it is still to be handed out.
  void Keep(Entries::node_type node) {
    Entry* entry = &node.mapped();
    const auto part = std::find(parts_.begin(), parts_.end(), entry);
    if (part == parts_.end() || abandoned_) {
      return;
    }
    if (entry->changes->is_pending()) {
      kept_.emplace(entry, std::move(node));
    } else {
      *part = nullptr;
    }
  }

 private:
  SlicedTable& table_;
  const bool complete_;
  GoneSlices gone_;
  std::vector<Entry*> parts_;  // nullptr: dropped since
  std::map<Entry*, Entries::node_type> kept_;
  size_t next_ = 0;
  bool ended_ = false;
  bool abandoned_ = false;
};

absl::StatusOr<std::unique_ptr<StateCut>> SlicedTable::Cut(CutKind kind, KeyGroupRange range) {
  LAMINAR_ASSERT(cut_ == nullptr, range.begin);
  const bool complete = kind == CutKind::kAll || !is_based_;
  is_based_ = true;
  return std::make_unique<RunningCut>(*this, complete, range);
}

void SlicedTable::Track(SliceId slice, Entry& entry, KeyGroupRange range) {
  if (entry.changes == nullptr) {
    entry.writer = std::make_unique<Writer>(*this, slice, range);
    entry.changes = entry.rows.Track(*entry.writer, /*found_rows_change=*/!schema_.values.empty());
  }
}

// --- the table ---

SlicedTable::SlicedTable(StateSchema schema, KeyGroupRule rule, MemoryBudget& memory, Rows rows)
    : schema_(std::move(schema)),
      rule_(rule),
      layout_(schema_.keys, ValuesInMemory(schema_, rule)),
      change_types_(ChangeSchema().Types()),
      memory_(memory),
      rows_(rows) {
  if (rule_ == KeyGroupRule::kStored) {
    stored_key_group_ = layout_.field(layout_.num_columns() - 1);
  }
}

SlicedTable::~SlicedTable() { LAMINAR_ASSERT(cut_ == nullptr, entries_.size()); }

KeyedTable& SlicedTable::Slice(SliceId slice) {
  return entries_.try_emplace(slice, layout_, memory_).first->second.rows;
}

KeyedTable* SlicedTable::FindSlice(SliceId slice) {
  const auto found = entries_.find(slice);
  return found == entries_.end() ? nullptr : &found->second.rows;
}

void SlicedTable::Drop(SliceId slice) {
  const auto found = entries_.find(slice);
  if (found == entries_.end()) {
    return;
  }
  if (is_based_ && found->second.changes != nullptr) {
    dropped_.push_back(slice);
  }
  Entries::node_type node = entries_.extract(found);
  if (cut_ != nullptr) {
    cut_->Keep(std::move(node));
  }
}

std::vector<SliceId> SlicedTable::Slices() const {
  std::vector<SliceId> slices;
  for (const auto& [slice, entry] : entries_) {
    slices.push_back(slice);
  }
  return slices;
}

// Slices that get no rows any more wait for their window, and give way to those that do.
void SlicedTable::MakeRoom() {
  if (rows_ == Rows::kStay) {
    return;
  }
  RowStore* store = memory_.RowStoreFor();
  if (store == nullptr) {
    return;
  }
  bool has_moved = false;
  for (auto& [slice, entry] : entries_) {
    const bool is_idle = entry.rows.num_uses() == entry.num_uses_seen;
    entry.num_uses_seen = entry.rows.num_uses();
    entry.num_rounds_idle = is_idle ? entry.num_rounds_idle + 1 : 0;
    if (entry.num_rounds_idle < kRoundsIdle) {
      entry.rows.MakeRoom(*store);
    } else if (entry.rows.num_rows_in_memory() > 0 && !has_moved) {
      has_moved = true;
      entry.rows.MoveOut(kIdleRowsPerRound, *store);
    }
  }
}

int64_t SlicedTable::num_rows() const {
  int64_t sum = 0;
  for (const auto& [slice, entry] : entries_) {
    sum += entry.rows.num_rows();
  }
  return sum;
}

int64_t SlicedTable::bytes() const {
  int64_t sum = 0;
  for (const auto& [slice, entry] : entries_) {
    sum += entry.rows.bytes() + (entry.changes == nullptr ? 0 : entry.changes->bytes());
  }
  return sum;
}

void SlicedTable::Clear() {
  LAMINAR_ASSERT(cut_ == nullptr, entries_.size());
  entries_.clear();
  dropped_.clear();
  is_based_ = false;
}

uint32_t SlicedTable::KeyGroupOf(const uint8_t* row, uint32_t num_key_groups) const {
  switch (rule_) {
    case KeyGroupRule::kKeys:
      return data::KeyGroupOf(RowLayout::HashOf(row), num_key_groups);
    case KeyGroupRule::kStored:
      return static_cast<uint32_t>(stored_key_group_.Load<int32_t>(row));
    case KeyGroupRule::kSlice:
    case KeyGroupRule::kZero:
      return 0;
  }
}

// --- taking rows back ---

absl::Status SlicedTable::Apply(const data::Chunk& changes, KeyGroupRange range) {
  LAMINAR_ASSERT(cut_ == nullptr, range.begin);
  is_based_ = false;
  LAMINAR_ASSIGN_OR_RETURN(const ChangeRuns runs,
                           ChangeRuns::Find(changes, ChangeSchema(), schema_, range));
  std::vector<size_t> key_columns(schema_.keys.size());
  std::iota(key_columns.begin(), key_columns.end(), FirstKeyColumn(schema_));
  KeyColumns keys(layout_, std::move(key_columns));
  keys.Set(changes);
  for (size_t run = 0; run < runs.runs().size(); ++run) {
    LAMINAR_RETURN_IF_ERROR(ApplyRun(changes, runs, run, keys, range));
  }
  MakeRoom();
  return absl::OkStatus();
}

absl::Status SlicedTable::ApplyRun(const data::Chunk& changes,
                                   const ChangeRuns& runs,
                                   size_t run,
                                   KeyColumns& keys,
                                   KeyGroupRange range) {
  const ChangeRuns::Run& rows = runs.runs()[run];
  if (rows.change == RowChange::kSliceGone) {
    return RemoveKeyGroups(runs, run, range);
  }
  LAMINAR_RETURN_IF_ERROR(CheckKeyGroups(runs, run, keys, range));
  if (rows.change == RowChange::kRemoved) {
    return Remove(runs, run, keys);
  }
  return Put(changes, runs, run, keys);
}

absl::Status SlicedTable::CheckKeyGroups(const ChangeRuns& runs,
                                         size_t run,
                                         const KeyColumns& keys,
                                         KeyGroupRange range) const {
  if (rule_ == KeyGroupRule::kStored) {
    return absl::OkStatus();
  }
  const ChangeRuns::Run& rows = runs.runs()[run];
  uint32_t expected =
      rule_ == KeyGroupRule::kSlice ? KeyGroupOfSlice(rows.slice, range.num_key_groups) : 0;
  for (const duckdb::sel_t position : rows.positions) {
    if (rule_ == KeyGroupRule::kKeys) {
      expected = data::KeyGroupOf(keys.hashes()[position], range.num_key_groups);
    }
    if (expected != runs.key_group(position)) {
      return base::DataLoss("a row of a state file is in the wrong key group: table " +
                            schema_.name);
    }
  }
  return absl::OkStatus();
}

absl::Status SlicedTable::Put(const data::Chunk& changes,
                              const ChangeRuns& runs,
                              size_t run,
                              KeyColumns& keys) {
  const std::vector<duckdb::sel_t>& positions = runs.runs()[run].positions;
  KeyedTable& table = Slice(runs.runs()[run].slice);
  std::vector<uint8_t*> rows(positions.size());
  std::vector<duckdb::sel_t> inserted;
  table.FindOrInsert(keys, positions.data(), positions.size(), rows.data(), &inserted);
  if (inserted.size() < rows.size()) {
    for (uint8_t* row : rows) {
      layout_.EmptyValues(row, table.strings());
    }
  }
  const size_t num_keys = schema_.keys.size();
  for (size_t i = 0; i < schema_.values.size(); ++i) {
    data::Vector holder(data::LogicalType::BLOB);
    data::UnifiedVectorFormat format;
    layout_.Unify(num_keys + i, changes.column(FirstKeyColumn(schema_) + num_keys + i),
                  changes.num_rows(), holder, format);
    layout_.Scatter(num_keys + i, format, positions.data(), positions.size(), rows.data(),
                    table.strings());
  }
  if (rule_ == KeyGroupRule::kStored) {
    for (size_t i = 0; i < rows.size(); ++i) {
      StoreKeyGroup(rows[i], runs.key_group(positions[i]));
    }
  }
  return table.status();
}

absl::Status SlicedTable::Remove(const ChangeRuns& runs, size_t run, const KeyColumns& keys) {
  KeyedTable* table = FindSlice(runs.runs()[run].slice);
  if (table == nullptr) {
    return absl::OkStatus();
  }
  const std::vector<duckdb::sel_t>& positions = runs.runs()[run].positions;
  std::vector<uint8_t*> rows(positions.size());
  table->Find(keys, positions.data(), positions.size(), rows.data());
  for (uint8_t* row : rows) {
    if (row != nullptr && layout_.IsLive(row)) {  // a key may be there twice
      table->Erase(row);
    }
  }
  return table->status();
}

absl::Status SlicedTable::RemoveKeyGroups(const ChangeRuns& runs, size_t run, KeyGroupRange range) {
  const SliceId slice = runs.runs()[run].slice;
  KeyedTable* table = FindSlice(slice);
  if (table == nullptr) {
    return absl::OkStatus();
  }
  std::vector<bool> gone(range.num_key_groups);
  for (const duckdb::sel_t position : runs.runs()[run].positions) {
    gone[runs.key_group(position)] = true;
  }
  // Other subtasks may have had rows of it in other key groups.
  const bool all = rule_ == KeyGroupRule::kSlice || rule_ == KeyGroupRule::kZero ||
                   std::all_of(gone.begin(), gone.end(), [](bool is_gone) { return is_gone; });
  if (!all) {
    table->EraseIf([&](const uint8_t* row) { return gone[KeyGroupOf(row, range.num_key_groups)]; });
    LAMINAR_RETURN_IF_ERROR(table->status());
  }
  if (all || table->num_rows() == 0) {
    entries_.erase(slice);
  }
  return absl::OkStatus();
}

}  // namespace laminar::engine
