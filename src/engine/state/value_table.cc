#include "engine/state/value_table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "engine/state/state_changes.h"

namespace laminar::engine {
namespace {

using data::idx_t;

constexpr size_t kNameColumn = kKeyGroupColumn + 1;
constexpr size_t kValueColumn = kNameColumn + 1;

}  // namespace

class ValueTable::CopiedCut final : public StateCut {
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

ValueTable::ValueTable()
    : schema_{.name = "values",
              .version = 1,
              .keys = {{"name", data::LogicalType::VARCHAR, false}},
              .values = {{"value", data::LogicalType::BIGINT, false}},
              .sliced = false} {}

int64_t ValueTable::Restored(const std::string& name, int64_t absent, Merge merge) const {
  const auto found = restored_.find(name);
  if (found == restored_.end()) {
    return absent;
  }
  std::optional<int64_t> result;
  for (const auto& [key_group, value] : found->second) {
    if (!result) {
      result = value;
    } else if (merge == Merge::kSum) {
      *result += value;
    } else {
      result = merge == Merge::kLeast ? std::min(*result, value) : std::max(*result, value);
    }
  }
  return result.value_or(absent);
}

absl::StatusOr<std::unique_ptr<StateCut>> ValueTable::Cut(CutKind kind, KeyGroupRange range) {
  const std::vector<data::LogicalType> types = ChangeSchema().Types();
  std::vector<data::Chunk> chunks;
  idx_t num_rows = base::kRowsPerChunkMax;
  for (const auto& [name, value] : values_) {
    const uint32_t end = value.merge == Merge::kSum ? range.begin + 1 : range.end;
    for (uint32_t key_group = range.begin; key_group < end; ++key_group, ++num_rows) {
      if (num_rows == base::kRowsPerChunkMax) {
        chunks.push_back(data::Chunk::Allocate(types));
        SetChange(RowChange::kPut, schema_, {}, chunks.back());
        num_rows = 0;
      }
      data::Chunk& chunk = chunks.back();
      duckdb::FlatVector::GetData<int32_t>(chunk.column(kKeyGroupColumn))[num_rows] =
          static_cast<int32_t>(key_group);
      data::Vector& names = chunk.column(kNameColumn);
      duckdb::FlatVector::GetData<duckdb::string_t>(names)[num_rows] =
          duckdb::StringVector::AddString(names, name);
      duckdb::FlatVector::GetData<int64_t>(chunk.column(kValueColumn))[num_rows] = value.value;
      chunk.set_num_rows(num_rows + 1);
    }
  }
  return std::make_unique<CopiedCut>(std::move(chunks));
}

absl::Status ValueTable::Apply(const data::Chunk& changes, KeyGroupRange range) {
  LAMINAR_ASSIGN_OR_RETURN(const ChangeRuns runs,
                           ChangeRuns::Find(changes, ChangeSchema(), schema_, range));
  for (const ChangeRuns::Run& run : runs.runs()) {
    if (run.change != RowChange::kPut) {
      return base::DataLoss("a state file has changes that its table does not make: table " +
                            schema_.name);
    }
    for (const duckdb::sel_t row : run.positions) {
      const std::string name = changes.columns().GetValue(kNameColumn, row).ToString();
      restored_[name][runs.key_group(row)] =
          changes.columns().GetValue(kValueColumn, row).GetValue<int64_t>();
    }
  }
  return absl::OkStatus();
}

void ValueTable::Clear() {
  values_.clear();
  restored_.clear();
}

}  // namespace laminar::engine
