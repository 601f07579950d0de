#include "engine/state/chained_rows.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::engine {
namespace {

using data::idx_t;

RowRef MakeRef(int64_t block, idx_t position) {
  return {block * base::kRowsPerChunkMax + static_cast<int64_t>(position) + 1};
}

}  // namespace

ChainedRows::ChainedRows(std::vector<data::LogicalType> types, MemoryBudget& memory)
    : types_(std::move(types)), memory_(memory) {}

int64_t ChainedRows::BlockOf(RowRef row) { return (row.value - 1) / base::kRowsPerChunkMax; }

idx_t ChainedRows::PositionOf(RowRef row) {
  return static_cast<idx_t>((row.value - 1) % base::kRowsPerChunkMax);
}

const data::Chunk& ChainedRows::Block(int64_t block) const {
  return blocks_.at(block)->rows->chunks().front();
}

RowRef ChainedRows::NextOf(RowRef row) const {
  return blocks_.at(BlockOf(row))->next[PositionOf(row)];
}

void ChainedRows::SetNext(RowRef row, RowRef next) {
  blocks_.at(BlockOf(row))->next[PositionOf(row)] = next;
}

absl::Status ChainedRows::Append(const data::Chunk& chunk, std::vector<RowRef>& refs) {
  for (idx_t done = 0; done < chunk.num_rows();) {
    std::unique_ptr<Block_>& block = blocks_[last_block_];
    if (block == nullptr) {
      block = std::make_unique<Block_>(types_, memory_);
    }
    const idx_t first = block->rows->num_rows();
    const idx_t count = std::min<idx_t>(chunk.num_rows() - done, base::kRowsPerChunkMax - first);
    data::SelectionVector selection(std::max<idx_t>(count, 1));
    for (idx_t i = 0; i < count; ++i) {
      selection.set_index(i, done + i);
      refs.push_back(MakeRef(last_block_, first + i));
    }
    const absl::Status appended = block->rows->Append(chunk, selection, count);
    block->next.resize(first + count);
    block->num_live += count;
    num_rows_ += static_cast<int64_t>(count);
    done += count;
    if (block->rows->num_rows() == base::kRowsPerChunkMax) {
      ++last_block_;
    }
    LAMINAR_RETURN_IF_ERROR(appended);
  }
  return absl::OkStatus();
}

void ChainedRows::Drop(const std::vector<RowRef>& rows) {
  for (const RowRef row : rows) {
    const auto at = blocks_.find(BlockOf(row));
    LAMINAR_ASSERT(at != blocks_.end() && at->second->num_live > 0, row.value);
    --num_rows_;
    if (--at->second->num_live == 0) {
      // The block that takes new rows goes, too: names are not used again.
      last_block_ = std::max(last_block_, at->first + 1);
      blocks_.erase(at);
    }
  }
}

RowRef ChainedRows::View::RefOf(idx_t position) const { return MakeRef(block, position); }

std::vector<ChainedRows::View> ChainedRows::Since(RowRef first) const {
  const int64_t first_block = first ? BlockOf(first) : 0;
  std::vector<View> views;
  for (auto at = blocks_.lower_bound(first_block); at != blocks_.end(); ++at) {
    const idx_t begin = first && at->first == first_block ? PositionOf(first) : 0;
    const idx_t end = at->second->rows->num_rows();
    if (begin < end) {
      views.push_back({.rows = at->second->rows, .block = at->first, .begin = begin, .end = end});
    }
  }
  return views;
}

RowRef ChainedRows::end() const {
  const auto last = blocks_.find(last_block_);
  return MakeRef(last_block_, last == blocks_.end() ? 0 : last->second->rows->num_rows());
}

int64_t ChainedRows::bytes() const {
  int64_t sum = 0;
  for (const auto& [number, block] : blocks_) {
    sum += block->rows->bytes();
  }
  return sum;
}

}  // namespace laminar::engine
