// How open sessions are written to snapshots and taken back: their rows, and their collected rows
// by the session's number.
#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "data/key_group.h"
#include "engine/operators/window_aggregate/session_table.h"
#include "engine/state/keyed_scan.h"

namespace laminar::engine {
namespace {

using data::idx_t;

constexpr size_t kKeyGroupColumn = 0;

data::Chunk Owned(const data::Chunk& chunk, const std::vector<data::LogicalType>& types) {
  data::Chunk owned = data::Chunk::Allocate(types);
  owned.columns().Append(chunk.columns());
  return owned;
}

}  // namespace

class SessionTable::SessionScan final : public StateScan {
 public:
  SessionScan(const SessionTable& table, KeyGroupRange range) : table_(table), range_(range) {}

  absl::StatusOr<std::optional<data::Chunk>> Next() override {
    uint8_t* sessions[base::kRowsPerChunkMax];
    idx_t count = 0;
    while (count == 0) {
      const idx_t num_seen = table_.sessions_->Next(cursor_, base::kRowsPerChunkMax, sessions);
      if (num_seen == 0) {
        return std::nullopt;
      }
      for (idx_t i = 0; i < num_seen; ++i) {
        if (range_.Contains(KeyGroupOf(sessions[i]))) {
          sessions[count++] = sessions[i];
        }
      }
    }
    const std::vector<data::LogicalType> types = table_.SnapshotSchema().Types();
    data::Chunk chunk = data::Chunk::Allocate(types);
    uint8_t* keys[base::kRowsPerChunkMax];
    for (idx_t i = 0; i < count; ++i) {
      keys[i] = table_.KeyOf(sessions[i]);
      duckdb::FlatVector::GetData<int32_t>(chunk.column(kKeyGroupColumn))[i] =
          static_cast<int32_t>(KeyGroupOf(sessions[i]));
    }
    size_t column = kKeyGroupColumn + 1;
    for (size_t i = 0; i < table_.schema_.keys.size(); ++i) {
      table_.key_layout_.Gather(i, keys, count, chunk.column(column++), 0);
    }
    for (size_t i = 0; i < table_.schema_.values.size(); ++i) {
      table_.session_layout_.Gather(i, sessions, count, chunk.column(column++), 0);
    }
    chunk.set_num_rows(count);
    return Owned(chunk, types);
  }

 private:
  uint32_t KeyGroupOf(const uint8_t* session) const {
    return data::KeyGroupOf(RowLayout::HashOf(table_.KeyOf(session)), range_.num_key_groups);
  }

  const SessionTable& table_;
  const KeyGroupRange range_;
  RowArena::Cursor cursor_;
};

// Collected rows: `_session`, then their columns.
class SessionTable::ChainTable final : public StateTable {
 public:
  ChainTable(SessionTable& sessions, size_t index)
      : sessions_(sessions), index_(index), schema_(MakeSchema(sessions.plan_, index)) {}

  const StateSchema& schema() const override { return schema_; }
  int64_t num_rows() const override { return sessions_.rows_[index_]->num_rows(); }
  int64_t bytes() const override { return 0; }  // counted with the sessions
  data::Schema SnapshotSchema() const override { return MakeSnapshotSchema(schema_); }
  std::unique_ptr<StateScan> Scan(KeyGroupRange range) const override;
  absl::Status Load(const data::Chunk& rows) override;
  void Clear() override {}  // with the sessions

  const SessionTable& sessions() const { return sessions_; }
  size_t index() const { return index_; }

 private:
  static StateSchema MakeSchema(const AggregatePlan& plan, size_t index) {
    StateSchema schema{.name = "rows_" + std::to_string(index),
                       .version = 1,
                       .keys = {},
                       .values = {{"_session", data::LogicalType::BIGINT, false}},
                       .sliced = false};
    const std::vector<data::LogicalType>& types = plan.rows()[index].types;
    for (size_t i = 0; i < types.size(); ++i) {
      schema.values.push_back({"column_" + std::to_string(i), types[i]});
    }
    return schema;
  }

  SessionTable& sessions_;
  const size_t index_;
  const StateSchema schema_;
};

// In order of arrival, whatever session a row belongs to: sessions that merge after a restore must
// still find their rows in this order.
class SessionTable::ChainScan final : public StateScan {
 public:
  ChainScan(const ChainTable& table, KeyGroupRange range)
      : kept_(*table.sessions().rows_[table.index()]), types_(table.SnapshotSchema().Types()) {
    const SessionTable& sessions = table.sessions();
    RowArena::Cursor cursor;
    uint8_t* session = nullptr;
    while (sessions.sessions_->Next(cursor, 1, &session) > 0) {
      const uint32_t key_group =
          data::KeyGroupOf(RowLayout::HashOf(sessions.KeyOf(session)), range.num_key_groups);
      if (!range.Contains(key_group)) {
        continue;
      }
      const int64_t id = sessions.IdOf(session);
      for (RowRef ref = sessions.FirstRow(table.index(), session); ref; ref = kept_.NextOf(ref)) {
        rows_.push_back({.ref = ref, .session = id, .key_group = key_group});
      }
    }
    std::ranges::sort(rows_, {}, &Row::ref);
  }

  absl::StatusOr<std::optional<data::Chunk>> Next() override {
    if (next_ == rows_.size()) {
      return std::nullopt;
    }
    data::Chunk chunk = data::Chunk::Allocate(types_);
    idx_t count = 0;
    for (; next_ < rows_.size() && count < base::kRowsPerChunkMax; ++next_) {
      Copy(rows_[next_], chunk, count++);
    }
    chunk.set_num_rows(count);
    return chunk;
  }

 private:
  struct Row {
    RowRef ref;
    int64_t session = 0;
    uint32_t key_group = 0;
  };

  void Copy(const Row& row, data::Chunk& chunk, idx_t at) const {
    const data::Chunk& block = kept_.Block(ChainedRows::BlockOf(row.ref));
    const idx_t position = ChainedRows::PositionOf(row.ref);
    duckdb::FlatVector::GetData<int32_t>(chunk.column(kKeyGroupColumn))[at] =
        static_cast<int32_t>(row.key_group);
    duckdb::FlatVector::GetData<int64_t>(chunk.column(kKeyGroupColumn + 1))[at] = row.session;
    for (idx_t i = 0; i < block.num_columns(); ++i) {
      duckdb::VectorOperations::Copy(block.column(i), chunk.column(kKeyGroupColumn + 2 + i),
                                     position + 1, position, at);
    }
  }

  const ChainedRows& kept_;
  const std::vector<data::LogicalType> types_;
  std::vector<Row> rows_;
  size_t next_ = 0;
};

std::unique_ptr<StateScan> SessionTable::ChainTable::Scan(KeyGroupRange range) const {
  return std::make_unique<ChainScan>(*this, range);
}

absl::Status SessionTable::ChainTable::Load(const data::Chunk& rows) {
  std::vector<uint8_t*> sessions;
  for (idx_t i = 0; i < rows.num_rows(); ++i) {
    const auto id = rows.columns().GetValue(kKeyGroupColumn + 1, i).GetValue<int64_t>();
    const auto key_group = rows.columns().GetValue(kKeyGroupColumn, i).GetValue<int32_t>();
    const auto found = sessions_.loaded_.find({key_group, id});
    if (found == sessions_.loaded_.end()) {
      return base::DataLoss("snapshot holds a row of an unknown session: " + std::to_string(id));
    }
    sessions.push_back(found->second);
  }
  data::Chunk values = data::Chunk::Shell(sessions_.plan_.rows()[index_].types);
  for (idx_t i = 0; i < values.num_columns(); ++i) {
    values.column(i).Reference(const_cast<data::Vector&>(rows.column(kKeyGroupColumn + 2 + i)));
  }
  values.set_num_rows(rows.num_rows());
  std::vector<RowRef> refs;
  LAMINAR_RETURN_IF_ERROR(sessions_.rows_[index_]->Append(values, refs));
  sessions_.Chain(index_, refs, sessions.data());
  return absl::OkStatus();
}

void SessionTable::MakeChainTables() {
  for (size_t i = 0; i < rows_.size(); ++i) {
    chain_tables_.push_back(std::make_unique<ChainTable>(*this, i));
  }
}

std::vector<StateTable*> SessionTable::RowTables() {
  std::vector<StateTable*> tables;
  for (const std::unique_ptr<StateTable>& table : chain_tables_) {
    tables.push_back(table.get());
  }
  return tables;
}

std::unique_ptr<StateScan> SessionTable::Scan(KeyGroupRange range) const {
  return std::make_unique<SessionScan>(*this, range);
}

absl::Status SessionTable::Load(const data::Chunk& rows) {
  std::vector<size_t> key_columns(schema_.keys.size());
  std::iota(key_columns.begin(), key_columns.end(), FirstKeyColumn(schema_));
  KeyColumns keys(key_layout_, std::move(key_columns));
  keys.Set(rows);
  std::vector<uint8_t*> key_rows(rows.num_rows());
  keys_->FindOrInsert(keys, nullptr, rows.num_rows(), key_rows.data());
  std::vector<uint8_t*> sessions;
  for (idx_t i = 0; i < rows.num_rows(); ++i) {
    sessions.push_back(sessions_->AllocateRow());
  }
  for (size_t i = 0; i < schema_.values.size(); ++i) {
    data::Vector holder(data::LogicalType::BLOB);
    data::UnifiedVectorFormat format;
    session_layout_.Unify(i, rows.column(FirstKeyColumn(schema_) + schema_.keys.size() + i),
                          rows.num_rows(), holder, format);
    session_layout_.Scatter(i, format, nullptr, rows.num_rows(), sessions.data(), *sessions_);
  }
  for (idx_t i = 0; i < rows.num_rows(); ++i) {
    // Open sessions of a key are apart: only their order is to be found.
    uint8_t* later = nullptr;
    uint8_t* at = LoadRow(latest_, key_rows[i]);
    while (at != nullptr && start_.Load<int64_t>(at) > start_.Load<int64_t>(sessions[i])) {
      later = at;
      at = LoadRow(earlier_, at);
    }
    Link(sessions[i], key_rows[i], later);
    const auto key_group = rows.columns().GetValue(kKeyGroupColumn, i).GetValue<int32_t>();
    loaded_[{key_group, IdOf(sessions[i])}] = sessions[i];
    next_id_ = std::max(next_id_, IdOf(sessions[i]) + 1);
    Arm(sessions[i]);
  }
  return status();
}

}  // namespace laminar::engine
