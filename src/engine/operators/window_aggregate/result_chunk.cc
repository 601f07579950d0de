#include "engine/operators/window_aggregate/result_chunk.h"

#include "base/assert.h"
#include "engine/operators/window_aggregate/aggregate_plan.h"

namespace laminar::engine {

using data::idx_t;

data::Chunk MakeResultChunk(const data::Schema& schema, idx_t num_rows) {
  data::Chunk chunk = data::Chunk::Shell(schema.Types());
  for (idx_t i = 0; i < chunk.num_columns(); ++i) {
    chunk.column(i).Initialize(/*initialize_to_zero=*/false, num_rows);
  }
  chunk.set_num_rows(num_rows);
  return chunk;
}

void GatherKeys(const RowLayout& layout, uint8_t* const* rows, idx_t count, data::Chunk& chunk) {
  for (size_t i = 0; i < layout.num_keys(); ++i) {
    layout.Gather(i, rows, count, chunk.column(i), 0);
    OwnText(chunk.column(i), count);
  }
}

void SetWindow(SliceId window, size_t column, data::Chunk& chunk) {
  const auto time = [](int64_t micros) {
    return data::Value::TIMESTAMP(duckdb::timestamp_t(micros));
  };
  chunk.column(column).Reference(
      data::Value::STRUCT(chunk.column(column).GetType(), {time(window.start), time(window.end)}));
  chunk.column(chunk.num_columns() - 1).Reference(time(window.end - 1));
}

void SetWindows(const std::vector<SliceId>& windows, size_t column, data::Chunk& chunk) {
  auto& bounds = duckdb::StructVector::GetEntries(chunk.column(column));
  LAMINAR_ASSERT(bounds.size() == 2, bounds.size());
  auto* starts = duckdb::FlatVector::GetData<int64_t>(*bounds[0]);
  auto* ends = duckdb::FlatVector::GetData<int64_t>(*bounds[1]);
  auto* times = duckdb::FlatVector::GetData<int64_t>(chunk.column(chunk.num_columns() - 1));
  for (size_t i = 0; i < windows.size(); ++i) {
    starts[i] = windows[i].start;
    ends[i] = windows[i].end;
    times[i] = windows[i].end - 1;
  }
}

}  // namespace laminar::engine
