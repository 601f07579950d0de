#include "engine/state/row_segment.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::engine {
namespace {

using data::idx_t;

constexpr idx_t kRowsFirst =
    16;  // capacity of a segment's first chunk: most slices of a small stream hold a few rows

data::Chunk MakeChunk(const std::vector<data::LogicalType>& types, idx_t capacity) {
  data::Chunk chunk;
  chunk.columns().Initialize(duckdb::Allocator::DefaultAllocator(),
                             duckdb::vector<data::LogicalType>(types.begin(), types.end()),
                             capacity);
  return chunk;
}

int64_t OutOfLineBytes(const data::Vector& column,
                       const data::SelectionVector& selection,
                       idx_t num_rows,
                       idx_t num_rows_all) {
  if (column.GetType().InternalType() == duckdb::PhysicalType::VARCHAR) {
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
  AccountFor(chunk, selection, num_rows);
  idx_t done = 0;
  while (done < num_rows) {
    if (chunks_.empty() || chunks_.back().num_rows() == base::kRowsPerChunkMax) {
      chunks_.push_back(MakeChunk(
          types_, chunks_.empty() ? std::clamp<idx_t>(num_rows, kRowsFirst, base::kRowsPerChunkMax)
                                  : base::kRowsPerChunkMax));
    }
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
  return charge_.status();
}

std::vector<data::Chunk> RowSegment::Take() {
  charge_.Release(charge_.bytes());
  num_rows_ = 0;
  return std::exchange(chunks_, {});
}

void RowSegment::Swap(RowSegment& other) {
  charge_.Swap(other.charge_);
  chunks_.swap(other.chunks_);
  std::swap(num_rows_, other.num_rows_);
}

void RowSegment::AppendPart(const data::Chunk& chunk,
                            const data::SelectionVector& selection,
                            idx_t num_rows) {
  data::SelectionVector rows(const_cast<duckdb::sel_t*>(selection.data()));
  chunks_.back().columns().Append(chunk.columns(), /*resize=*/true, &rows, num_rows);
}

void RowSegment::AccountFor(const data::Chunk& chunk,
                            const data::SelectionVector& selection,
                            idx_t num_rows) {
  int64_t bytes = 0;
  for (idx_t i = 0; i < chunk.num_columns(); ++i) {
    bytes += static_cast<int64_t>(duckdb::GetTypeIdSize(types_[i].InternalType()) * num_rows);
    bytes += OutOfLineBytes(chunk.column(i), selection, num_rows, chunk.num_rows());
  }
  charge_.Take(bytes);
}

}  // namespace laminar::engine
