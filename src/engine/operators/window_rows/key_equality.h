// Compares the keys of candidate pairs: rows of two column sets, by position. The common types in a
// loop of their own, the others by DuckDB's comparison. Pure functions; any thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_KEY_EQUALITY_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_KEY_EQUALITY_H_

#include "data/chunk.h"

namespace laminar::engine {

/// Moves those pairs (left[i], right[i]), begin <= i < end, whose values are equal to the front, in
/// order, and returns their new end. Two NULLs are equal if `null_equals_null`; one NULL equals
/// nothing. REQUIRES: end - begin <= kRowsPerChunkMax.
data::idx_t KeepEqual(const data::Vector& left_values,
                      const data::Vector& right_values,
                      bool null_equals_null,
                      data::SelectionVector& left,
                      data::SelectionVector& right,
                      data::idx_t begin,
                      data::idx_t end);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_KEY_EQUALITY_H_
