#include "engine/operators/window_rows/combined_rows.h"

#include <cstring>

namespace laminar::engine {
namespace {

using data::idx_t;
using data::Vector;

// Copies pointers to strings; the target keeps the source's bytes alive.
void CopyStringReferences(Vector& source, idx_t num_rows, Vector& target, idx_t offset) {
  const auto* from = duckdb::FlatVector::GetData<duckdb::string_t>(source);
  auto* to = duckdb::FlatVector::GetData<duckdb::string_t>(target);
  std::memcpy(to + offset, from, num_rows * sizeof(duckdb::string_t));
  const auto& validity = duckdb::FlatVector::Validity(source);
  if (!validity.AllValid()) {
    for (idx_t row = 0; row < num_rows; ++row) {
      if (!validity.RowIsValid(row)) {
        duckdb::FlatVector::SetNull(target, offset + row, true);
      }
    }
  }
  duckdb::StringVector::AddHeapReference(target, source);
}

bool IsFlatString(const Vector& vector) {
  return vector.GetType().InternalType() == duckdb::PhysicalType::VARCHAR &&
         vector.GetVectorType() == duckdb::VectorType::FLAT_VECTOR;
}

}  // namespace

CombinedRows::CombinedRows(const std::vector<data::LogicalType>& types,
                           const std::vector<data::Chunk>& chunks) {
  for (const data::Chunk& chunk : chunks) {
    num_rows_ += chunk.num_rows();
  }
  columns_.reserve(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    if (chunks.size() == 1) {
      columns_.emplace_back(types[i], nullptr);
      columns_.back().Reference(chunks[0].column(i));
      continue;
    }
    Vector& column = columns_.emplace_back(types[i], num_rows_);
    idx_t offset = 0;
    for (const data::Chunk& chunk : chunks) {
      if (IsFlatString(chunk.column(i))) {
        // The source is only read: it is referenced to share its bytes.
        Vector source(types[i], nullptr);
        source.Reference(chunk.column(i));
        CopyStringReferences(source, chunk.num_rows(), column, offset);
      } else {
        duckdb::VectorOperations::Copy(chunk.column(i), column, chunk.num_rows(), 0, offset);
      }
      offset += chunk.num_rows();
    }
  }
}

int64_t CombinedRows::EstimateBytes(const std::vector<data::LogicalType>& types,
                                    const std::vector<data::Chunk>& chunks) {
  if (chunks.size() <= 1) {
    return 0;
  }
  int64_t bytes = 0;
  for (const data::Chunk& chunk : chunks) {
    for (size_t i = 0; i < types.size(); ++i) {
      bytes += static_cast<int64_t>(
          types[i].IsNested() ? chunk.column(i).GetAllocationSize(chunk.num_rows())
                              : duckdb::GetTypeIdSize(types[i].InternalType()) * chunk.num_rows());
    }
  }
  return bytes;
}

}  // namespace laminar::engine
