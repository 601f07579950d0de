#include "engine/operators/window_rows/windowed_input.h"

#include <utility>

#include "base/assert.h"

namespace laminar::engine {

WindowedInput::WindowedInput(std::string state_name,
                             const data::Schema& schema,
                             size_t input_window_column)
    : window_column(input_window_column) {
  LAMINAR_ASSERT(window_column < schema.num_visible_columns(), window_column);
  state.name = std::move(state_name);
  state.sliced = true;
  for (size_t i = 0; i < schema.num_visible_columns(); ++i) {
    const data::Field& field = schema.fields[i];
    visible_types.push_back(field.type);
    if (i == window_column) {
      visible.emplace_back(std::nullopt);
      continue;
    }
    visible.emplace_back(kept.size());
    kept.push_back(i);
    types.push_back(field.type);
    state.values.push_back({field.name, field.type});
  }
}

data::Chunk WindowedInput::Keep(const data::Chunk& chunk) const {
  data::Chunk rows = data::Chunk::Shell(types);
  rows.set_num_rows(chunk.num_rows());
  for (size_t i = 0; i < kept.size(); ++i) {
    rows.column(i).Reference(chunk.column(kept[i]));
  }
  return rows;
}

absl::Status WindowedInput::Append(const data::Chunk& chunk,
                                   const WindowSplit& split,
                                   RowLog& log) const {
  const data::Chunk rows = Keep(chunk);
  for (const WindowSplit::Part& part : split.parts()) {
    const data::SelectionVector selection(const_cast<duckdb::sel_t*>(part.rows.data()));
    LAMINAR_RETURN_IF_ERROR(log.Append(part.window, rows, selection, part.rows.size()));
  }
  return absl::OkStatus();
}

std::vector<size_t> WindowedInput::KeptPositions(const std::vector<size_t>& columns) const {
  std::vector<size_t> positions;
  for (const size_t column : columns) {
    LAMINAR_ASSERT(column < visible.size() && visible[column].has_value(), column);
    positions.push_back(*visible[column]);
  }
  return positions;
}

data::Value WindowEventTime(SliceId window) {
  return data::Value::TIMESTAMP(duckdb::timestamp_t(window.end - 1));
}

}  // namespace laminar::engine
