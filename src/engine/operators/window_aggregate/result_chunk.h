// The chunks that window aggregates put out: keys, window, aggregates, hidden event time. Functions
// of no state; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_RESULT_CHUNK_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_RESULT_CHUNK_H_

#include <cstdint>
#include <vector>

#include "data/chunk.h"
#include "data/schema.h"
#include "engine/state/row_layout.h"
#include "engine/state/state_schema.h"

namespace laminar::engine {

/// A chunk of `num_rows` rows with flat columns of that capacity.
data::Chunk MakeResultChunk(const data::Schema& schema, data::idx_t num_rows);

/// Writes the keys of rows[0..count) into the first columns, with text of their own.
void GatherKeys(const RowLayout& layout,
                uint8_t* const* rows,
                data::idx_t count,
                data::Chunk& chunk);

/// Sets column `column` to the window and the last column, the event time, to its end minus 1
/// microsecond, for all rows.
void SetWindow(SliceId window, size_t column, data::Chunk& chunk);
/// The same with a window per row.
void SetWindows(const std::vector<SliceId>& windows, size_t column, data::Chunk& chunk);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_RESULT_CHUNK_H_
