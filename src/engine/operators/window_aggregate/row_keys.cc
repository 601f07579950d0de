#include "engine/operators/window_aggregate/row_keys.h"

#include <numeric>
#include <utility>

#include "base/limits.h"

namespace laminar::engine {
namespace {

std::vector<size_t> KeyPositions(const RowLayout& layout) {
  std::vector<size_t> positions(layout.num_keys());
  std::iota(positions.begin(), positions.end(), size_t{0});
  return positions;
}

}  // namespace

RowKeys::RowKeys(const RowLayout& layout)
    : layout_(layout), hashes_(base::kRowsPerChunkMax), keys_(layout, KeyPositions(layout)) {
  for (size_t i = 0; i < layout.num_keys(); ++i) {
    types_.push_back(layout.type(i));
  }
  chunk_ = data::Chunk::Allocate(types_);
}

void RowKeys::Set(const uint8_t* const* rows, data::idx_t count) {
  chunk_.columns().Reset();
  for (size_t i = 0; i < types_.size(); ++i) {
    layout_.Gather(i, rows, count, chunk_.column(i), 0);
  }
  chunk_.set_num_rows(count);
  for (data::idx_t i = 0; i < count; ++i) {
    hashes_[i] = RowLayout::HashOf(rows[i]);
  }
  keys_.Set(chunk_, hashes_.data());
}

data::Chunk GatherColumns(const RowLayout& layout,
                          size_t first,
                          size_t num_columns,
                          const uint8_t* const* rows,
                          data::idx_t num_rows) {
  std::vector<data::LogicalType> types;
  for (size_t i = first; i < first + num_columns; ++i) {
    types.push_back(layout.type(i));
  }
  data::Chunk chunk = data::Chunk::Allocate(types);
  for (size_t i = 0; i < num_columns; ++i) {
    layout.Gather(first + i, rows, num_rows, chunk.column(i), 0);
  }
  chunk.set_num_rows(num_rows);
  return chunk;
}

}  // namespace laminar::engine
