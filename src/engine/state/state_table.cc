#include "engine/state/state_table.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace laminar::engine {
namespace {

constexpr size_t kChangeColumn = 0;
constexpr size_t kFirstColumn = 1;  // of the snapshot schema

// Every row of a table, copied when the cut was made.
class CopiedCut final : public StateCut {
 public:
  explicit CopiedCut(std::vector<data::Chunk> chunks) : chunks_(std::move(chunks)) {}

  bool complete() const override { return true; }

  absl::StatusOr<std::optional<data::Chunk>> Next() override {
    if (next_ == chunks_.size()) {
      return std::nullopt;
    }
    return std::move(chunks_[next_++]);
  }

  void Abandon() override { next_ = chunks_.size(); }

 private:
  std::vector<data::Chunk> chunks_;
  size_t next_ = 0;
};

data::Chunk WithChange(const data::Chunk& rows, const std::vector<data::LogicalType>& types) {
  data::Chunk result = data::Chunk::Shell(types);
  result.column(kChangeColumn)
      .Reference(data::Value::TINYINT(static_cast<int8_t>(RowChange::kPut)));
  for (size_t i = kFirstColumn; i < types.size(); ++i) {
    result.column(i).Reference(rows.column(i - kFirstColumn));
  }
  result.set_num_rows(rows.num_rows());
  return result;
}

}  // namespace

data::Schema StateTable::ChangeSchema() const {
  data::Schema schema = SnapshotSchema();
  schema.fields.insert(schema.fields.begin(),
                       {"_change", data::LogicalType::TINYINT, /*nullable=*/false});
  return schema;
}

absl::StatusOr<std::unique_ptr<StateCut>> StateTable::Cut(CutKind kind, KeyGroupRange range) {
  const std::vector<data::LogicalType> types = ChangeSchema().Types();
  std::vector<data::Chunk> chunks;
  const std::unique_ptr<StateScan> scan = Scan(range);
  while (true) {
    LAMINAR_ASSIGN_OR_RETURN(std::optional<data::Chunk> rows, scan->Next());
    if (!rows.has_value()) {
      return std::make_unique<CopiedCut>(std::move(chunks));
    }
    chunks.push_back(WithChange(*rows, types));
  }
}

absl::Status StateTable::Apply(const data::Chunk& changes, KeyGroupRange range) {
  const std::vector<data::LogicalType> types = SnapshotSchema().Types();
  data::Chunk rows = data::Chunk::Shell(types);
  for (size_t i = 0; i < types.size(); ++i) {
    rows.column(i).Reference(changes.column(i + kFirstColumn));
  }
  rows.set_num_rows(changes.num_rows());
  data::UnifiedVectorFormat change;
  const_cast<data::Vector&>(changes.column(kChangeColumn))
      .ToUnifiedFormat(changes.num_rows(), change);
  data::UnifiedVectorFormat key_group;
  rows.column(0).ToUnifiedFormat(rows.num_rows(), key_group);
  data::SelectionVector wanted(rows.num_rows());
  data::idx_t num_wanted = 0;
  for (data::idx_t i = 0; i < rows.num_rows(); ++i) {
    if (duckdb::UnifiedVectorFormat::GetData<int8_t>(change)[change.sel->get_index(i)] !=
        static_cast<int8_t>(RowChange::kPut)) {
      return base::DataLoss("a state file has changes that its table does not make: table " +
                            schema().name);
    }
    const int32_t group =
        duckdb::UnifiedVectorFormat::GetData<int32_t>(key_group)[key_group.sel->get_index(i)];
    if (range.Contains(static_cast<uint32_t>(group))) {
      wanted.set_index(num_wanted++, i);
    }
  }
  return num_wanted == 0 ? absl::OkStatus() : Load(rows.Select(wanted, num_wanted));
}

data::Schema MakeSnapshotSchema(const StateSchema& schema) {
  data::Schema result;
  result.fields.push_back({"_key_group", data::LogicalType::INTEGER, false});
  if (schema.sliced) {
    result.fields.push_back({"_start", data::LogicalType::BIGINT, false});
    result.fields.push_back({"_end", data::LogicalType::BIGINT, false});
  }
  for (const data::Field& column : schema.keys) {
    result.fields.push_back(column);
  }
  for (const data::Field& column : schema.values) {
    result.fields.push_back(column);
  }
  return result;
}

}  // namespace laminar::engine
