// DuckDB's vectors, types and values for the units that may not include DuckDB themselves: a column
// of a Chunk is a duckdb::Vector, and code works on it through UnifiedVectorFormat, FlatVector,
// StringVector and the like. Vectors that were sent downstream are immutable: slice or reference
// them, never write into them.
#ifndef LAMINAR_DATA_VECTOR_H_
#define LAMINAR_DATA_VECTOR_H_

#include "duckdb/common/types.hpp"
#include "duckdb/common/types/data_chunk.hpp"
#include "duckdb/common/types/date.hpp"
#include "duckdb/common/types/decimal.hpp"
#include "duckdb/common/types/hugeint.hpp"
#include "duckdb/common/types/interval.hpp"
#include "duckdb/common/types/string_type.hpp"
#include "duckdb/common/types/time.hpp"
#include "duckdb/common/types/timestamp.hpp"
#include "duckdb/common/types/value.hpp"
#include "duckdb/common/types/vector.hpp"
#include "duckdb/common/vector_operations/vector_operations.hpp"

namespace laminar::data {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::SelectionVector;
using duckdb::UnifiedVectorFormat;
using duckdb::Value;
using duckdb::Vector;

}  // namespace laminar::data

#endif  // LAMINAR_DATA_VECTOR_H_
