#include "engine/operators/window_aggregate/partial_rows.h"

#include <algorithm>

#include "base/limits.h"

namespace laminar::engine {

using data::idx_t;

PartialRows::PartialRows(const AggregatePlan& plan,
                         const RowLayout& layout,
                         size_t row_count_column)
    : plan_(plan),
      layout_(layout),
      row_count_column_(row_count_column),
      memory_(static_cast<size_t>(base::kRowsPerChunkMax) * layout.row_bytes()),
      num_rows_(base::kRowsPerChunkMax) {
  for (size_t i = 0; i < base::kRowsPerChunkMax; ++i) {
    rows_.push_back(memory_.data() + i * layout.row_bytes());
  }
}

void PartialRows::Set(const data::Chunk& chunk) {
  const idx_t count = chunk.num_rows();
  strings_.Clear();
  std::fill_n(memory_.begin(), count * layout_.row_bytes(), uint8_t{0});
  data::UnifiedVectorFormat format;
  const_cast<data::Vector&>(chunk.column(row_count_column_)).ToUnifiedFormat(count, format);
  for (idx_t i = 0; i < count; ++i) {
    num_rows_[i] = data::UnifiedVectorFormat::GetData<int64_t>(format)[format.sel->get_index(i)];
    if (plan_.maintains_rows()) {
      plan_.AddRows(rows_[i], num_rows_[i]);
    }
  }
  for (const AggregatePlan::Native& native : plan_.natives()) {
    for (size_t i = 0; i < native.arguments.size(); ++i) {
      Scatter(native.first_column + i, chunk.column(native.arguments[i]), count);
    }
  }
}

void PartialRows::Scatter(size_t layout_column, const data::Vector& values, idx_t count) {
  data::Vector holder(data::LogicalType::BLOB);
  data::UnifiedVectorFormat format;
  layout_.Unify(layout_column, values, count, holder, format);
  layout_.Scatter(layout_column, format, nullptr, count, rows_.data(), strings_);
}

char* PartialRows::Strings::Allocate(uint32_t size) {
  texts_.push_back(std::make_unique_for_overwrite<char[]>(size));
  return texts_.back().get();
}

}  // namespace laminar::engine
