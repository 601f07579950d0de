#include "data/chunk.h"

#include "duckdb/common/allocator.hpp"
#include "duckdb/common/types/sel_cache.hpp"

namespace laminar::data {

const char* RowKindName(RowKind kind) {
  switch (kind) {
    case RowKind::kInsert:
      return "+I";
    case RowKind::kUpdateBefore:
      return "-U";
    case RowKind::kUpdateAfter:
      return "+U";
    case RowKind::kDelete:
      return "-D";
  }
  return "??";
}

Chunk::Chunk() : data_(std::make_unique<duckdb::DataChunk>()) {}
Chunk::Chunk(Chunk&&) noexcept = default;
Chunk& Chunk::operator=(Chunk&&) noexcept = default;
Chunk::~Chunk() = default;

Chunk Chunk::Allocate(const std::vector<LogicalType>& types) {
  Chunk chunk;
  if (!types.empty()) {
    chunk.data_->Initialize(duckdb::Allocator::DefaultAllocator(),
                            duckdb::vector<LogicalType>(types.begin(), types.end()));
  }
  return chunk;
}

Chunk Chunk::Shell(const std::vector<LogicalType>& types) {
  Chunk chunk;
  if (!types.empty()) {
    chunk.data_->InitializeEmpty(duckdb::vector<LogicalType>(types.begin(), types.end()));
  }
  return chunk;
}

Chunk Chunk::Share() const {
  Chunk chunk;
  if (num_columns() > 0) {
    chunk.data_->InitializeEmpty(data_->GetTypes());
    chunk.data_->Reference(*data_);
  } else {
    chunk.data_->SetCardinality(num_rows());
  }
  chunk.row_kinds_ = row_kinds_;
  chunk.arrival_ = arrival_;
  return chunk;
}

Chunk Chunk::Select(const SelectionVector& selection, idx_t num_rows) const {
  Chunk chunk;
  if (num_columns() > 0) {
    chunk.data_->InitializeEmpty(data_->GetTypes());
    duckdb::SelCache merged_selections;
    for (idx_t i = 0; i < num_columns(); ++i) {
      chunk.data_->data[i].Reference(data_->data[i]);
      chunk.data_->data[i].Slice(selection, num_rows, merged_selections);
    }
  }
  chunk.data_->SetCardinality(num_rows);
  if (!row_kinds_.empty()) {
    chunk.row_kinds_.reserve(num_rows);
    for (idx_t i = 0; i < num_rows; ++i) {
      chunk.row_kinds_.push_back(row_kinds_[selection.get_index(i)]);
    }
  }
  chunk.arrival_ = arrival_;
  return chunk;
}

int64_t Chunk::EstimateBytes() const { return static_cast<int64_t>(data_->GetAllocationSize()); }

std::string Chunk::ToString() const { return data_->ToString(); }

}  // namespace laminar::data
