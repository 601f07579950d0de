// Puts rows that several slices have kept back into the order in which they arrived, for functions
// that depend on it. Function of no state; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_ARRIVAL_ORDER_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_ARRIVAL_ORDER_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"

namespace laminar::engine {

/// Calls `body(source, rows)` with runs of rows of `sources` such that the BIGINT in
/// `sequence_column`, which increases within each source, increases overall; of equal ones the
/// earlier source's comes first. Runs of whole chunks are passed as they are. Stops at the first
/// error.
absl::Status ForEachByArrival(
    const std::vector<const std::vector<data::Chunk>*>& sources,
    size_t sequence_column,
    const std::function<absl::Status(size_t source, const data::Chunk& rows)>& body);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_ARRIVAL_ORDER_H_
