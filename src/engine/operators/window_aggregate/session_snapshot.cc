// How open sessions are cut and taken back, as rows of a keyed table, with which of them became
// part of which.
#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "data/key_group.h"
#include "engine/operators/window_aggregate/session_table.h"
#include "engine/state/state_changes.h"

namespace laminar::engine {
namespace {

using data::idx_t;

absl::Status NotOf(const StateSchema& schema) {
  return base::DataLoss("a state file does not hold rows of its table: table " + schema.name);
}

}  // namespace

// --- sessions ---

class SessionTable::Writer final : public RowWriter {
 public:
  Writer(const SessionTable& table, KeyGroupRange range)
      : table_(table), range_(range), types_(table.ChangeSchema().Types()) {}

  const std::vector<data::LogicalType>& types() const override { return types_; }
  data::Chunk& scratch() override {
    if (!scratch_) {
      scratch_ = data::Chunk::Allocate(types_);
    }
    return *scratch_;
  }

  void Write(RowChange change,
             const uint8_t* const* rows,
             idx_t count,
             data::Chunk& chunk) override {
    SetChange(change, table_.schema_, {}, chunk);
    uint8_t* keys[base::kRowsPerChunkMax];
    auto* key_groups = duckdb::FlatVector::GetData<int32_t>(chunk.column(kKeyGroupColumn));
    for (idx_t i = 0; i < count; ++i) {
      keys[i] = table_.KeyOf(rows[i]);
      const uint32_t key_group = table_.KeyGroupOfId(table_.IdOf(rows[i]));
      LAMINAR_ASSERT(range_.Contains(key_group), key_group);
      key_groups[i] = static_cast<int32_t>(key_group);
    }
    size_t column = FirstKeyColumn(table_.schema_);
    const size_t num_keys = table_.schema_.keys.size() - 1;
    for (size_t i = 0; i < num_keys; ++i, ++column) {
      table_.key_layout_.Gather(i, keys, count, chunk.column(column), 0);
      table_.key_layout_.OwnText(i, chunk.column(column), count);
    }
    auto* ids = duckdb::FlatVector::GetData<int64_t>(chunk.column(column++));
    for (idx_t i = 0; i < count; ++i) {
      ids[i] = table_.IdOf(rows[i]);
    }
    for (size_t i = 0; i < table_.schema_.values.size(); ++i, ++column) {
      if (change == RowChange::kPut) {
        table_.session_layout_.Gather(i, rows, count, chunk.column(column), 0);
        table_.session_layout_.OwnText(i, chunk.column(column), count);
      } else {
        chunk.column(column).Reference(data::Value(types_[column]));
      }
    }
  }

 private:
  const SessionTable& table_;
  const KeyGroupRange range_;
  const std::vector<data::LogicalType> types_;
  std::optional<data::Chunk> scratch_;
};

class SessionTable::SessionCut final : public StateCut {
 public:
  SessionCut(SessionTable& table, bool complete) : table_(table), complete_(complete) {
    table_.changes_->Begin(complete);
  }
  ~SessionCut() override {
    if (!ended_) {
      Abandon();
    } else if (!abandoned_) {
      table_.changes_->Finish();
    }
  }

  bool complete() const override { return complete_; }
  absl::StatusOr<std::optional<data::Chunk>> Next() override {
    std::optional<data::Chunk> rows;
    if (!abandoned_) {
      LAMINAR_ASSIGN_OR_RETURN(rows, table_.changes_->Next());
      ended_ = !rows.has_value();
    }
    return rows;
  }
  void Abandon() override {
    if (!abandoned_) {
      abandoned_ = true;
      table_.changes_->Abandon();
    }
  }

 private:
  SessionTable& table_;
  const bool complete_;
  bool ended_ = false;
  bool abandoned_ = false;
};

absl::StatusOr<std::unique_ptr<StateCut>> SessionTable::Cut(CutKind kind, KeyGroupRange range) {
  LAMINAR_ASSERT(static_cast<int64_t>(range.num_key_groups) == num_key_groups_,
                 range.num_key_groups);
  if (changes_ == nullptr) {
    writer_ = std::make_unique<Writer>(*this, range);
    changes_ = std::make_unique<RowChanges>(session_layout_, *sessions_, *writer_);
  }
  const bool complete = kind == CutKind::kAll || !changes_->is_based();
  return std::make_unique<SessionCut>(*this, complete);
}

absl::Status SessionTable::Apply(const data::Chunk& changes, KeyGroupRange range) {
  LAMINAR_ASSERT(changes_ == nullptr, range.begin);
  LAMINAR_ASSIGN_OR_RETURN(const ChangeRuns runs,
                           ChangeRuns::Find(changes, ChangeSchema(), schema_, range));
  const size_t first_key = FirstKeyColumn(schema_);
  std::vector<size_t> key_columns(schema_.keys.size() - 1);
  std::iota(key_columns.begin(), key_columns.end(), first_key);
  data::UnifiedVectorFormat format;
  const_cast<data::Vector&>(changes.column(first_key + key_columns.size()))
      .ToUnifiedFormat(changes.num_rows(), format);
  const auto* ids = duckdb::UnifiedVectorFormat::GetData<int64_t>(format);
  KeyColumns keys(key_layout_, std::move(key_columns));
  keys.Set(changes);
  for (size_t run = 0; run < runs.runs().size(); ++run) {
    const ChangeRuns::Run& rows = runs.runs()[run];
    std::vector<int64_t> run_ids;
    for (const duckdb::sel_t position : rows.positions) {
      run_ids.push_back(ids[format.sel->get_index(position)]);
      if (run_ids.back() < num_key_groups_ ||
          KeyGroupOfId(run_ids.back()) != runs.key_group(position) ||
          rows.change == RowChange::kSliceGone) {
        return NotOf(schema_);
      }
    }
    if (rows.change == RowChange::kRemoved) {
      RemoveLoaded(run_ids);
    } else {
      LAMINAR_RETURN_IF_ERROR(Put(changes, rows.positions, run_ids, keys));
    }
  }
  return status();
}

void SessionTable::RemoveLoaded(const std::vector<int64_t>& ids) {
  for (const int64_t id : ids) {
    const auto found = loaded_.find(id);
    if (found != loaded_.end()) {
      sessions_->FreeRow(found->second);
      loaded_.erase(found);
    }
  }
}

absl::Status SessionTable::Put(const data::Chunk& changes,
                               const std::vector<duckdb::sel_t>& positions,
                               const std::vector<int64_t>& ids,
                               const KeyColumns& keys) {
  const size_t count = positions.size();
  std::vector<uint8_t*> key_rows(count);
  keys_->FindOrInsert(keys, positions.data(), count, key_rows.data());
  std::vector<uint8_t*> sessions;
  for (size_t i = 0; i < count; ++i) {
    if (KeyGroupOfKey(key_rows[i]) != KeyGroupOfId(ids[i])) {
      return base::DataLoss("a row of a state file is in the wrong key group: table " +
                            schema_.name);
    }
    uint8_t*& session = loaded_[ids[i]];
    if (session == nullptr) {
      session = sessions_->AllocateRow();
    } else {
      session_layout_.EmptyValues(session, *sessions_);
    }
    id_.Store(session, ids[i]);
    StoreRow(key_, session, key_rows[i]);
    sessions.push_back(session);
  }
  for (size_t i = 0; i < schema_.values.size(); ++i) {
    data::Vector holder(data::LogicalType::BLOB);
    data::UnifiedVectorFormat format;
    session_layout_.Unify(i, changes.column(FirstKeyColumn(schema_) + schema_.keys.size() + i),
                          changes.num_rows(), holder, format);
    session_layout_.Scatter(i, format, positions.data(), count, sessions.data(), *sessions_);
  }
  return absl::OkStatus();
}

absl::Status SessionTable::Restored() {
  RowArena::Cursor cursor;
  uint8_t* rows[base::kRowsPerChunkMax];
  while (const idx_t count = sessions_->Next(cursor, base::kRowsPerChunkMax, rows)) {
    for (idx_t i = 0; i < count; ++i) {
      // Open sessions of a key are apart: only their order is to be found.
      uint8_t* later = nullptr;
      uint8_t* at = LoadRow(latest_, KeyOf(rows[i]));
      while (at != nullptr && start_.Load<int64_t>(at) > start_.Load<int64_t>(rows[i])) {
        later = at;
        at = LoadRow(earlier_, at);
      }
      Link(rows[i], KeyOf(rows[i]), later);
      next_number_ = std::max(next_number_, IdOf(rows[i]) / num_key_groups_ + 1);
      Arm(rows[i]);
    }
  }
  KeyedTable::Cursor key_cursor;
  while (const idx_t count = keys_->Next(key_cursor, base::kRowsPerChunkMax, rows)) {
    for (idx_t i = 0; i < count; ++i) {
      DropIfEmpty(rows[i]);
    }
  }
  RestoreMerges();
  LAMINAR_RETURN_IF_ERROR(RestoreRows());
  loaded_.clear();
  return status();
}

void SessionTable::Clear() {
  timers_.clear();
  loaded_.clear();
  merged_.Clear();
  parts_of_.clear();
  changes_.reset();
  keys_ = std::make_unique<KeyedTable>(key_layout_, memory_);
  sessions_ = std::make_unique<RowArena>(session_layout_, memory_);
  for (size_t i = 0; i < rows_.size(); ++i) {
    rows_[i] = MakeRows(i);
    chain_tables_[i]->Clear();
  }
}

// --- which session became part of which ---

uint8_t* SessionTable::FindMerged(int64_t id, bool insert) {
  data::Chunk chunk = data::Chunk::Shell({data::LogicalType::BIGINT});
  chunk.column(0).Reference(data::Value::BIGINT(id));
  chunk.set_num_rows(1);
  merged_keys_.Set(chunk);
  uint8_t* row = nullptr;
  if (insert) {
    merged_.All().FindOrInsert(merged_keys_, nullptr, 1, &row);
    merged_.StoreKeyGroup(row, KeyGroupOfId(id));
  } else {
    merged_.All().Find(merged_keys_, nullptr, 1, &row);
  }
  return row;
}

// Only sessions that rows name need be remembered.
void SessionTable::NoteMerge(const uint8_t* session, const uint8_t* earlier) {
  if (rows_.empty()) {
    return;
  }
  const int64_t into = IdOf(session);
  const int64_t id = IdOf(earlier);
  into_.Store(FindMerged(id, /*insert=*/true), into);
  std::vector<int64_t> parts = std::move(parts_of_[id]);
  parts_of_.erase(id);
  parts.push_back(id);
  std::vector<int64_t>& all = parts_of_[into];
  all.insert(all.end(), parts.begin(), parts.end());
}

void SessionTable::ForgetMerges(int64_t id) {
  const auto parts = parts_of_.find(id);
  if (parts == parts_of_.end()) {
    return;
  }
  for (const int64_t part : parts->second) {
    uint8_t* row = FindMerged(part, /*insert=*/false);
    LAMINAR_ASSERT(row != nullptr, part);
    merged_.All().Erase(row);
  }
  parts_of_.erase(parts);
}

uint8_t* SessionTable::SessionOf(int64_t id) {
  while (true) {
    const auto found = loaded_.find(id);
    if (found != loaded_.end()) {
      return found->second;
    }
    const uint8_t* row = FindMerged(id, /*insert=*/false);
    if (row == nullptr || into_.Load<int64_t>(row) == id) {
      return nullptr;
    }
    id = into_.Load<int64_t>(row);
  }
}

void SessionTable::RestoreMerges() {
  const expression::StateField id = merged_.layout().field(0);
  std::vector<uint8_t*> gone;
  KeyedTable::Cursor cursor;
  uint8_t* rows[base::kRowsPerChunkMax];
  while (const idx_t count = merged_.All().Next(cursor, base::kRowsPerChunkMax, rows)) {
    for (idx_t i = 0; i < count; ++i) {
      // Numbers of sessions that are part of others must not be given again.
      next_number_ = std::max(next_number_, id.Load<int64_t>(rows[i]) / num_key_groups_ + 1);
      const uint8_t* session = SessionOf(id.Load<int64_t>(rows[i]));
      if (session == nullptr) {
        gone.push_back(rows[i]);
      } else {
        parts_of_[IdOf(session)].push_back(id.Load<int64_t>(rows[i]));
      }
    }
  }
  for (uint8_t* row : gone) {
    merged_.All().Erase(row);
  }
}

}  // namespace laminar::engine
