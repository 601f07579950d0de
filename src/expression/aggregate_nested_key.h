// Nested values (lists, structs, maps, arrays) as bytes, for use as keys: DuckDB's sort keys, equal
// for equal values and decodable. Functions of no state; any thread.
#ifndef LAMINAR_EXPRESSION_AGGREGATE_NESTED_KEY_H_
#define LAMINAR_EXPRESSION_AGGREGATE_NESTED_KEY_H_

#include "data/vector.h"

namespace laminar::expression {

/// Writes the bytes of rows [0, num_rows) of `values` into `keys` (BLOB), NULL where the value is
/// NULL. What `keys` held before is given up.
void EncodeNested(data::Vector& values, data::idx_t num_rows, data::Vector& keys);

/// Writes the value that `key` stands for into row `row` of `result`.
void DecodeNested(duckdb::string_t key, data::Vector& result, data::idx_t row);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_AGGREGATE_NESTED_KEY_H_
