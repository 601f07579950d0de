#include "data/key_group.h"

#include "base/assert.h"

namespace laminar::data {

void HashKeys(const Chunk& chunk, const std::vector<size_t>& columns, Vector& hashes) {
  LAMINAR_ASSERT(!columns.empty(), chunk.num_columns());
  // DuckDB's kernels take mutable vectors but only read them.
  auto& data = const_cast<duckdb::DataChunk&>(chunk.columns());
  const idx_t num_rows = chunk.num_rows();
  duckdb::VectorOperations::Hash(data.data[columns[0]], hashes, num_rows);
  for (size_t i = 1; i < columns.size(); ++i) {
    duckdb::VectorOperations::CombineHash(hashes, data.data[columns[i]], num_rows);
  }
  hashes.Flatten(num_rows);
}

}  // namespace laminar::data
