#include "engine/state/row_segment.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::engine {
namespace {

using data::idx_t;

constexpr idx_t kRowsFirst =
    16;  // capacity of a segment's first chunk: most slices of a small stream hold a few rows

bool IsText(const data::LogicalType& type) {
  return type.InternalType() == duckdb::PhysicalType::VARCHAR;
}

// Of rows, where they lie in columns.
int64_t FixedBytes(const std::vector<data::LogicalType>& types, idx_t num_rows) {
  idx_t bytes = 0;
  for (const data::LogicalType& type : types) {
    bytes += duckdb::GetTypeIdSize(type.InternalType()) * num_rows;
  }
  return static_cast<int64_t>(bytes);
}

int64_t OutOfLineBytes(const data::Vector& column,
                       const data::SelectionVector& selection,
                       idx_t num_rows,
                       idx_t num_rows_all) {
  if (IsText(column.GetType())) {
    data::UnifiedVectorFormat format;
    const_cast<data::Vector&>(column).ToUnifiedFormat(num_rows_all, format);
    const auto* strings = data::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
    int64_t bytes = 0;
    for (idx_t i = 0; i < num_rows; ++i) {
      const idx_t position = format.sel->get_index(selection.get_index(i));
      if (format.validity.RowIsValid(position) && !strings[position].IsInlined()) {
        bytes += strings[position].GetSize();
      }
    }
    return bytes;
  }
  if (column.GetType().IsNested()) {
    // An estimate: the rows' share of what the source holds.
    const auto held = static_cast<int64_t>(column.GetAllocationSize(num_rows_all));
    return held * static_cast<int64_t>(num_rows) /
           static_cast<int64_t>(std::max<idx_t>(num_rows_all, 1));
  }
  return 0;
}

}  // namespace

RowSegment::RowSegment(const std::vector<data::LogicalType>& types, MemoryBudget& memory)
    : types_(types), charge_("rows waiting for their window", memory) {}

absl::Status RowSegment::Append(const data::Chunk& chunk) {
  return Append(chunk, *duckdb::FlatVector::IncrementalSelectionVector(), chunk.num_rows());
}

absl::Status RowSegment::Append(const data::Chunk& chunk,
                                const data::SelectionVector& selection,
                                idx_t num_rows) {
  LAMINAR_ASSERT(chunk.num_columns() == types_.size(), chunk.num_columns());
  if (num_rows == 0) {
    return absl::OkStatus();
  }
  idx_t done = 0;
  while (done < num_rows) {
    MakeRoom(num_rows - done);
    const idx_t part =
        std::min<idx_t>(num_rows - done, base::kRowsPerChunkMax - chunks_.back().num_rows());
    if (selection.data() == nullptr) {  // the identity
      data::SelectionVector from(part);
      for (idx_t i = 0; i < part; ++i) {
        from.set_index(i, done + i);
      }
      AppendPart(chunk, from, part);
    } else {
      AppendPart(chunk, data::SelectionVector(const_cast<duckdb::sel_t*>(selection.data()) + done),
                 part);
    }
    done += part;
  }
  num_rows_ += num_rows;
  TrimSpill();
  return charge_.status();
}

std::vector<data::Chunk> RowSegment::Take() {
  charge_.Release(charge_.bytes());
  num_rows_ = 0;
  last_bytes_ = 0;
  last_spill_ = nullptr;
  last_texts_.clear();
  return std::exchange(chunks_, {});
}

void RowSegment::Swap(RowSegment& other) {
  charge_.Swap(other.charge_);
  chunks_.swap(other.chunks_);
  std::swap(last_bytes_, other.last_bytes_);
  std::swap(last_spill_, other.last_spill_);
  last_texts_.swap(other.last_texts_);
  std::swap(num_rows_, other.num_rows_);
}

// Makes the last chunk one that has room for the next of `num_rows` rows.
void RowSegment::MakeRoom(idx_t num_rows) {
  if (chunks_.empty() || chunks_.back().num_rows() == base::kRowsPerChunkMax) {
    const idx_t capacity = chunks_.empty()
                               ? std::clamp<idx_t>(num_rows, kRowsFirst, base::kRowsPerChunkMax)
                               : base::kRowsPerChunkMax;
    last_bytes_ = 0;
    chunks_.push_back(MakeChunk(capacity));
    return;
  }
  // DuckDB makes a chunk grow in memory.
  data::Chunk& last = chunks_.back();
  const idx_t wanted = std::min<idx_t>(last.num_rows() + num_rows, base::kRowsPerChunkMax);
  if (wanted <= last.columns().GetCapacity() ||
      (last_spill_ == nullptr && charge_.budget().SpillFor(FixedBytes(types_, wanted)) == nullptr))
      [[likely]] {
    return;
  }
  const data::Chunk moved = std::move(last);
  const int64_t moved_bytes = std::exchange(last_bytes_, 0);
  charge_.Release(moved_bytes, last_spill_ != nullptr);
  last = MakeChunk(std::bit_ceil(wanted));
  AppendColumns(moved, *duckdb::FlatVector::IncrementalSelectionVector(), moved.num_rows());
  Count(moved_bytes);
}

data::Chunk RowSegment::MakeChunk(idx_t capacity) {
  last_spill_ = charge_.budget().SpillFor(FixedBytes(types_, capacity));
  last_texts_.clear();
  data::Chunk chunk;
  chunk.columns().Initialize(
      last_spill_ == nullptr ? duckdb::Allocator::DefaultAllocator() : last_spill_->allocator(),
      duckdb::vector<data::LogicalType>(types_.begin(), types_.end()), capacity);
  if (last_spill_ != nullptr) [[unlikely]] {
    last_texts_.resize(types_.size());
    for (size_t i = 0; i < types_.size(); ++i) {
      if (IsText(types_[i])) {
        last_texts_[i] = duckdb::make_buffer<SpilledText>(*last_spill_);
        duckdb::StringVector::AddBuffer(chunk.column(i), last_texts_[i]);
      }
    }
  }
  return chunk;
}

void RowSegment::AppendPart(const data::Chunk& chunk,
                            const data::SelectionVector& selection,
                            idx_t num_rows) {
  AccountFor(chunk, selection, num_rows);
  data::SelectionVector rows(const_cast<duckdb::sel_t*>(selection.data()));
  if (last_spill_ == nullptr) [[likely]] {
    chunks_.back().columns().Append(chunk.columns(), /*resize=*/true, &rows, num_rows);
  } else {
    AppendColumns(chunk, rows, num_rows);
  }
}

// The same where text has a place of its own.
void RowSegment::AppendColumns(const data::Chunk& chunk,
                               const data::SelectionVector& selection,
                               idx_t num_rows) {
  data::Chunk& last = chunks_.back();
  const idx_t first = last.num_rows();
  for (size_t i = 0; i < types_.size(); ++i) {
    data::Vector& target = last.column(i);
    if (last_spill_ == nullptr || !IsText(types_[i])) {
      duckdb::VectorOperations::Copy(chunk.column(i), target, selection, num_rows, 0, first);
      continue;
    }
    data::UnifiedVectorFormat format;
    const_cast<data::Vector&>(chunk.column(i)).ToUnifiedFormat(chunk.num_rows(), format);
    const auto* texts = data::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
    auto* copies = duckdb::FlatVector::GetData<duckdb::string_t>(target) + first;
    for (idx_t row = 0; row < num_rows; ++row) {
      const idx_t position = format.sel->get_index(selection.get_index(row));
      if (format.validity.RowIsValid(position)) {
        copies[row] = last_texts_[i]->Copy(texts[position]);
      } else {
        duckdb::FlatVector::SetNull(target, first + row, true);
      }
    }
  }
  last.set_num_rows(first + num_rows);
}

void RowSegment::AccountFor(const data::Chunk& chunk,
                            const data::SelectionVector& selection,
                            idx_t num_rows) {
  int64_t bytes = FixedBytes(types_, num_rows);
  int64_t nested_bytes = 0;
  for (idx_t i = 0; i < chunk.num_columns(); ++i) {
    (IsText(types_[i]) ? bytes : nested_bytes) +=
        OutOfLineBytes(chunk.column(i), selection, num_rows, chunk.num_rows());
  }
  Count(bytes);
  charge_.Take(nested_bytes);
}

void RowSegment::Count(int64_t bytes) {
  last_bytes_ += bytes;
  if (last_spill_ == nullptr) {
    charge_.Take(bytes);
  } else {
    charge_.TakeSpilled(bytes, *last_spill_);
  }
}

}  // namespace laminar::engine
