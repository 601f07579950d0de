#include "engine/network/chunk_bytes.h"

#include <algorithm>

namespace laminar::engine {
namespace {

constexpr data::idx_t kSampledRows = 16;

// Bytes of the strings that a column of them holds outside of itself.
int64_t EstimateStringBytes(data::Vector& column, data::idx_t num_rows) {
  data::UnifiedVectorFormat format;
  column.ToUnifiedFormat(num_rows, format);
  const auto* strings = data::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
  const data::idx_t step = std::max<data::idx_t>(1, num_rows / kSampledRows);
  int64_t bytes = 0;
  int64_t sampled = 0;
  for (data::idx_t row = 0; row < num_rows; row += step, ++sampled) {
    const data::idx_t position = format.sel->get_index(row);
    if (format.validity.RowIsValid(position) && !strings[position].IsInlined()) {
      bytes += static_cast<int64_t>(strings[position].GetSize());
    }
  }
  return bytes * static_cast<int64_t>(num_rows) / std::max<int64_t>(1, sampled);
}

}  // namespace

int64_t EstimateChunkBytes(data::Chunk& chunk) {
  int64_t bytes = chunk.EstimateBytes();
  for (data::idx_t i = 0; i < chunk.num_columns(); ++i) {
    data::Vector& column = chunk.column(i);
    if (column.GetType().InternalType() == duckdb::PhysicalType::VARCHAR &&
        column.GetVectorType() != duckdb::VectorType::CONSTANT_VECTOR) {
      bytes += EstimateStringBytes(column, chunk.num_rows());
    }
  }
  return bytes;
}

}  // namespace laminar::engine
