#include "engine/state/sliced_table.h"

#include <numeric>
#include <utility>
#include <vector>

#include "engine/state/keyed_scan.h"

namespace laminar::engine {
namespace {

using data::idx_t;

class SlicedTableScan final : public StateScan {
 public:
  SlicedTableScan(const SlicedTable& table, KeyGroupRange range)
      : schema_(table.schema()),
        range_(range),
        at_(table.slices().begin()),
        end_(table.slices().end()) {}

  absl::StatusOr<std::optional<data::Chunk>> Next() override {
    for (; at_ != end_; ++at_, scan_.reset()) {
      if (!scan_) {
        scan_.emplace(at_->second, schema_, at_->first, range_);
      }
      if (std::optional<data::Chunk> rows = scan_->Next()) {
        return rows;
      }
    }
    return std::nullopt;
  }

 private:
  const StateSchema& schema_;
  const KeyGroupRange range_;
  std::map<SliceId, KeyedTable>::const_iterator at_;
  const std::map<SliceId, KeyedTable>::const_iterator end_;
  std::optional<KeyedRowsScan> scan_;
};

}  // namespace

SlicedTable::SlicedTable(StateSchema schema, MemoryBudget& memory)
    : schema_(std::move(schema)), layout_(schema_.keys, schema_.values), memory_(memory) {}

KeyedTable& SlicedTable::Slice(SliceId slice) {
  return slices_.try_emplace(slice, layout_, memory_).first->second;
}

KeyedTable* SlicedTable::FindSlice(SliceId slice) {
  const auto found = slices_.find(slice);
  return found == slices_.end() ? nullptr : &found->second;
}

int64_t SlicedTable::num_rows() const {
  int64_t sum = 0;
  for (const auto& [slice, table] : slices_) {
    sum += table.num_rows();
  }
  return sum;
}

int64_t SlicedTable::bytes() const {
  int64_t sum = 0;
  for (const auto& [slice, table] : slices_) {
    sum += table.bytes();
  }
  return sum;
}

std::unique_ptr<StateScan> SlicedTable::Scan(KeyGroupRange range) const {
  return std::make_unique<SlicedTableScan>(*this, range);
}

absl::Status SlicedTable::Load(const data::Chunk& rows) {
  std::vector<size_t> key_columns(schema_.keys.size());
  std::iota(key_columns.begin(), key_columns.end(), FirstKeyColumn(schema_));
  KeyColumns keys(layout_, std::move(key_columns));
  keys.Set(rows);
  std::map<SliceId, std::vector<duckdb::sel_t>> positions;
  const std::vector<SliceId> slices = SlicesOf(rows, schema_);
  for (idx_t i = 0; i < rows.num_rows(); ++i) {
    positions[slices[i]].push_back(static_cast<duckdb::sel_t>(i));
  }
  for (const auto& [slice, selected] : positions) {
    KeyedTable& table = Slice(slice);
    std::vector<uint8_t*> places(selected.size());
    table.FindOrInsert(keys, selected.data(), selected.size(), places.data());
    ScatterValues(rows, schema_, selected, places.data(), table);
    LAMINAR_RETURN_IF_ERROR(table.status());
  }
  return absl::OkStatus();
}

}  // namespace laminar::engine
