#include "engine/network/row_audit.h"

#include "base/random.h"

namespace laminar::engine {
namespace {

uint64_t HashOfRows(const data::Vector& column, data::idx_t num_rows) {
  data::UnifiedVectorFormat format;
  // DuckDB's accessors take mutable vectors but only read them.
  const_cast<data::Vector&>(column).ToUnifiedFormat(num_rows, format);
  const auto* values = data::UnifiedVectorFormat::GetData<int64_t>(format);
  const bool in_order = !format.sel->IsSet();
  uint64_t hash = 0;
  for (data::idx_t i = 0; i < num_rows; ++i) {
    const data::idx_t row = in_order ? i : format.sel->get_index(i);
    hash += base::MixBits(format.validity.RowIsValid(row) ? static_cast<uint64_t>(values[row]) : 0);
  }
  return hash;
}

}  // namespace

void RowAudit::Add(const data::Chunk& chunk, int64_t copies) {
  num_rows_ += static_cast<int64_t>(chunk.num_rows()) * copies;
  if (chunk.num_columns() == 0) {
    return;
  }
  const data::Vector& last = chunk.column(chunk.num_columns() - 1);
  if (last.GetType().InternalType() == duckdb::PhysicalType::INT64) {
    hash_ += HashOfRows(last, chunk.num_rows()) * static_cast<uint64_t>(copies);
  }
}

}  // namespace laminar::engine
