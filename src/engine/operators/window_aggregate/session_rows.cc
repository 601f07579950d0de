// The collected rows of sessions: how they are kept, cut and taken back. They never change, and
// name the session that they came to, so that a cut hands out those that came since the last.
#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "engine/operators/window_aggregate/session_table.h"
#include "engine/operators/window_rows/combined_rows.h"
#include "engine/state/state_changes.h"

namespace laminar::engine {
namespace {

using data::idx_t;

// Of a row in a cut.
constexpr size_t kSessionColumn = kKeyGroupColumn + 1;
constexpr size_t kRowColumn = kSessionColumn + 1;
constexpr size_t kFirstColumn = kRowColumn + 1;

// In memory: a call's columns, then the id of the session.
std::vector<data::LogicalType> KeptTypes(const AggregatePlan& plan, size_t index) {
  std::vector<data::LogicalType> types = plan.rows()[index].types;
  types.push_back(data::LogicalType::BIGINT);
  return types;
}

}  // namespace

absl::Status SessionTable::Append(size_t index, const data::Chunk& rows, uint8_t* const* sessions) {
  const idx_t count = rows.num_rows();
  std::vector<int64_t> ids(count);
  for (idx_t i = 0; i < count; ++i) {
    ids[i] = IdOf(sessions[i]);
  }
  data::Chunk kept = data::Chunk::Shell(KeptTypes(plan_, index));
  for (idx_t i = 0; i < rows.num_columns(); ++i) {
    kept.column(i).Reference(const_cast<data::Vector&>(rows.column(i)));
  }
  data::Vector id_column(data::LogicalType::BIGINT,
                         reinterpret_cast<duckdb::data_ptr_t>(ids.data()));
  kept.column(rows.num_columns()).Reference(id_column);
  kept.set_num_rows(count);
  std::vector<RowRef> refs;
  LAMINAR_RETURN_IF_ERROR(rows_[index]->Append(kept, refs));
  Chain(index, refs, sessions);
  return absl::OkStatus();
}

// `_session` (the one that the row came to), `_row` (greater for rows that came later), columns.
class SessionTable::ChainTable final : public StateTable {
 public:
  ChainTable(SessionTable& sessions, size_t index)
      : sessions_(sessions),
        index_(index),
        schema_(MakeSchema(sessions.plan_, index)),
        applied_types_(MakeAppliedTypes(schema_)),
        applied_(applied_types_, sessions.memory_) {}

  const StateSchema& schema() const override { return schema_; }
  int64_t num_rows() const override { return sessions_.rows_[index_]->num_rows(); }
  int64_t bytes() const override { return 0; }  // counted with the sessions
  data::Schema SnapshotSchema() const override { return MakeSnapshotSchema(schema_); }
  absl::StatusOr<std::unique_ptr<StateCut>> Cut(CutKind kind, KeyGroupRange range) override;
  absl::Status Apply(const data::Chunk& changes, KeyGroupRange range) override;
  void Clear() override {  // the rest with the sessions
    applied_.Take();
    is_based_ = false;
  }

  /// Hangs the applied rows on their sessions, in order of their arrival.
  absl::Status Restored();

 private:
  class ChainCut;

  static StateSchema MakeSchema(const AggregatePlan& plan, size_t index) {
    StateSchema schema{.name = "rows_" + std::to_string(index),
                       .version = 1,
                       .keys = {},
                       .values = {{"_session", data::LogicalType::BIGINT, false},
                                  {"_row", data::LogicalType::BIGINT, false}},
                       .sliced = false};
    const std::vector<data::LogicalType>& types = plan.rows()[index].types;
    for (size_t i = 0; i < types.size(); ++i) {
      schema.values.push_back({"column_" + std::to_string(i), types[i]});
    }
    return schema;
  }
  static std::vector<data::LogicalType> MakeAppliedTypes(const StateSchema& schema) {
    std::vector<data::LogicalType> types;
    for (const data::Field& column : schema.values) {
      types.push_back(column.type);
    }
    return types;
  }

  SessionTable& sessions_;
  const size_t index_;
  const StateSchema schema_;
  const std::vector<data::LogicalType> applied_types_;
  RowSegment applied_;  // until Restored
  bool is_based_ = false;
  RowRef num_cut_;  // the first row that cuts have not handed out
};

// Rows of sessions that have ended are not named by any session that is there.
class SessionTable::ChainTable::ChainCut final : public StateCut {
 public:
  ChainCut(ChainTable& table, bool complete, KeyGroupRange range)
      : table_(table),
        complete_(complete),
        range_(range),
        types_(table.ChangeSchema().Types()),
        begin_(complete ? RowRef{} : table.num_cut_) {
    const ChainedRows& rows = *table.sessions_.rows_[table.index_];
    views_ = rows.Since(begin_);
    table.num_cut_ = rows.end();
  }
  ~ChainCut() override {
    if (!ended_) {
      Abandon();
    }
  }

  bool complete() const override { return complete_; }
  absl::StatusOr<std::optional<data::Chunk>> Next() override {
    if (abandoned_ || next_ == views_.size()) {
      ended_ = true;
      return std::nullopt;
    }
    data::Chunk chunk = Write(views_[next_]);
    views_[next_++].rows.reset();
    return chunk;
  }
  void Abandon() override {
    if (!abandoned_) {
      abandoned_ = true;
      views_.clear();
      table_.num_cut_ = begin_;
      table_.is_based_ = table_.is_based_ && !complete_;
    }
  }

 private:
  data::Chunk Write(const ChainedRows::View& view) const {
    const idx_t count = view.end - view.begin;
    data::SelectionVector selection(count);
    for (idx_t i = 0; i < count; ++i) {
      selection.set_index(i, view.begin + i);
    }
    const data::Chunk& source = view.chunk();
    const idx_t num_columns = source.num_columns() - 1;
    data::Chunk chunk = data::Chunk::Allocate(types_);
    SetChange(RowChange::kPut, table_.schema_, {}, chunk);
    auto* key_groups = duckdb::FlatVector::GetData<int32_t>(chunk.column(kKeyGroupColumn));
    auto* sessions = duckdb::FlatVector::GetData<int64_t>(chunk.column(kSessionColumn));
    auto* rows = duckdb::FlatVector::GetData<int64_t>(chunk.column(kRowColumn));
    const auto* ids =
        duckdb::FlatVector::GetData<int64_t>(const_cast<data::Vector&>(source.column(num_columns)));
    for (idx_t i = 0; i < count; ++i) {
      sessions[i] = ids[view.begin + i];
      rows[i] = view.RefOf(view.begin + i).value;
      const uint32_t key_group = table_.sessions_.KeyGroupOfId(sessions[i]);
      LAMINAR_ASSERT(range_.Contains(key_group), key_group);
      key_groups[i] = static_cast<int32_t>(key_group);
    }
    for (idx_t i = 0; i < num_columns; ++i) {
      duckdb::VectorOperations::Copy(source.column(i), chunk.column(kFirstColumn + i), selection,
                                     count, 0, 0);
    }
    chunk.set_num_rows(count);
    return chunk;
  }

  ChainTable& table_;
  const bool complete_;
  const KeyGroupRange range_;
  const std::vector<data::LogicalType> types_;
  const RowRef begin_;
  std::vector<ChainedRows::View> views_;
  size_t next_ = 0;
  bool ended_ = false;
  bool abandoned_ = false;
};

absl::StatusOr<std::unique_ptr<StateCut>> SessionTable::ChainTable::Cut(CutKind kind,
                                                                        KeyGroupRange range) {
  const bool complete = kind == CutKind::kAll || !is_based_;
  is_based_ = true;
  return std::make_unique<ChainCut>(*this, complete, range);
}

absl::Status SessionTable::ChainTable::Apply(const data::Chunk& changes, KeyGroupRange range) {
  LAMINAR_ASSIGN_OR_RETURN(const ChangeRuns runs,
                           ChangeRuns::Find(changes, ChangeSchema(), schema_, range));
  data::Chunk rows = data::Chunk::Shell(applied_types_);
  for (size_t i = 0; i < applied_types_.size(); ++i) {
    rows.column(i).Reference(const_cast<data::Vector&>(changes.column(kSessionColumn + i)));
  }
  rows.set_num_rows(changes.num_rows());
  for (const ChangeRuns::Run& run : runs.runs()) {
    if (run.change != RowChange::kPut) {
      return base::DataLoss("a state file has changes that its table does not make: table " +
                            schema_.name);
    }
    LAMINAR_RETURN_IF_ERROR(applied_.Append(
        rows, data::SelectionVector(const_cast<duckdb::sel_t*>(run.positions.data())),
        run.positions.size()));
  }
  return absl::OkStatus();
}

absl::Status SessionTable::ChainTable::Restored() {
  struct Row {
    int64_t row = 0;
    duckdb::sel_t position = 0;
    uint8_t* session = nullptr;
  };
  const CombinedRows applied(applied_types_, applied_.chunks());
  std::vector<Row> rows;
  duckdb::sel_t position = 0;
  for (const data::Chunk& chunk : applied_.chunks()) {
    const auto* ids =
        duckdb::FlatVector::GetData<int64_t>(const_cast<data::Vector&>(chunk.column(0)));
    const auto* numbers =
        duckdb::FlatVector::GetData<int64_t>(const_cast<data::Vector&>(chunk.column(1)));
    for (idx_t i = 0; i < chunk.num_rows(); ++i, ++position) {
      if (uint8_t* session = sessions_.SessionOf(ids[i])) {
        rows.push_back({.row = numbers[i], .position = position, .session = session});
      }
    }
  }
  std::ranges::sort(rows, {}, [](const Row& at) { return std::pair(at.row, at.position); });
  const std::vector<data::LogicalType>& types = sessions_.plan_.rows()[index_].types;
  for (size_t first = 0; first < rows.size(); first += base::kRowsPerChunkMax) {
    const idx_t count = std::min<idx_t>(rows.size() - first, base::kRowsPerChunkMax);
    data::SelectionVector selection(count);
    std::vector<uint8_t*> sessions;
    for (idx_t i = 0; i < count; ++i) {
      selection.set_index(i, rows[first + i].position);
      sessions.push_back(rows[first + i].session);
    }
    data::Chunk chunk = data::Chunk::Shell(types);
    for (size_t i = 0; i < types.size(); ++i) {
      chunk.column(i).Slice(applied.column(i + 2), selection, count);
    }
    chunk.set_num_rows(count);
    LAMINAR_RETURN_IF_ERROR(sessions_.Append(index_, chunk, sessions.data()));
  }
  applied_.Take();
  return absl::OkStatus();
}

std::unique_ptr<ChainedRows> SessionTable::MakeRows(size_t index) {
  return std::make_unique<ChainedRows>(KeptTypes(plan_, index), memory_);
}

void SessionTable::MakeChainTables() {
  for (size_t i = 0; i < plan_.rows().size(); ++i) {
    rows_.push_back(MakeRows(i));
    chain_tables_.push_back(std::make_unique<ChainTable>(*this, i));
  }
}

absl::Status SessionTable::RestoreRows() {
  for (const std::unique_ptr<StateTable>& table : chain_tables_) {
    LAMINAR_RETURN_IF_ERROR(static_cast<ChainTable&>(*table).Restored());
  }
  return absl::OkStatus();
}

std::vector<StateTable*> SessionTable::PartTables() {
  std::vector<StateTable*> tables;
  if (!rows_.empty()) {
    tables.push_back(&merged_);
  }
  for (const std::unique_ptr<StateTable>& table : chain_tables_) {
    tables.push_back(table.get());
  }
  return tables;
}

}  // namespace laminar::engine
