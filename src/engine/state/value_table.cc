#include "engine/state/value_table.h"

#include "base/limits.h"

namespace laminar::engine {
namespace {

constexpr data::idx_t kKeyGroupColumn = 0;
constexpr data::idx_t kNameColumn = 1;
constexpr data::idx_t kValueColumn = 2;

class ValueScan final : public StateScan {
 public:
  ValueScan(const std::map<std::string, int64_t>& values, data::Schema schema)
      : schema_(std::move(schema)), at_(values.begin()), end_(values.end()) {}

  absl::StatusOr<std::optional<data::Chunk>> Next() override {
    if (at_ == end_) {
      return std::nullopt;
    }
    data::Chunk rows = data::Chunk::Allocate(schema_.Types());
    data::idx_t num_rows = 0;
    for (; at_ != end_ && num_rows < base::kRowsPerChunkMax; ++at_, ++num_rows) {
      rows.columns().SetValue(kKeyGroupColumn, num_rows, data::Value::INTEGER(0));
      rows.columns().SetValue(kNameColumn, num_rows, data::Value(at_->first));
      rows.columns().SetValue(kValueColumn, num_rows, data::Value::BIGINT(at_->second));
    }
    rows.set_num_rows(num_rows);
    return rows;
  }

 private:
  const data::Schema schema_;
  std::map<std::string, int64_t>::const_iterator at_;
  const std::map<std::string, int64_t>::const_iterator end_;
};

}  // namespace

ValueTable::ValueTable()
    : schema_{.name = "values",
              .version = 1,
              .keys = {{"name", data::LogicalType::VARCHAR, false}},
              .values = {{"value", data::LogicalType::BIGINT, false}},
              .sliced = false} {}

int64_t ValueTable::Get(const std::string& name, int64_t absent) const {
  const auto found = values_.find(name);
  return found == values_.end() ? absent : found->second;
}

std::unique_ptr<StateScan> ValueTable::Scan(KeyGroupRange range) const {
  static const std::map<std::string, int64_t> none;
  return std::make_unique<ValueScan>(range.Contains(0) ? values_ : none, SnapshotSchema());
}

absl::Status ValueTable::Load(const data::Chunk& rows) {
  for (data::idx_t i = 0; i < rows.num_rows(); ++i) {
    values_[rows.columns().GetValue(kNameColumn, i).ToString()] =
        rows.columns().GetValue(kValueColumn, i).GetValue<int64_t>();
  }
  return absl::OkStatus();
}

}  // namespace laminar::engine
