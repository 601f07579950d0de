// WindowedInput: what an operator keeps of rows that wait for the end of their window: every
// visible column but the window, which the slice they are kept under says already. Made once from
// the input's schema, const afterwards.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_WINDOWED_INPUT_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_WINDOWED_INPUT_H_

#include <optional>
#include <string>
#include <vector>

#include "data/chunk.h"
#include "data/schema.h"
#include "engine/operators/window_rows/window_split.h"
#include "engine/state/row_log.h"

namespace laminar::engine {

struct WindowedInput {
  /// `state_name` names the log of kept rows.
  WindowedInput(std::string state_name, const data::Schema& schema, size_t window_column);

  /// The kept columns of a chunk of input.
  data::Chunk Keep(const data::Chunk& chunk) const;
  /// Puts the rows of `chunk` (input columns) under their windows, as `split` has found them.
  absl::Status Append(const data::Chunk& chunk, const WindowSplit& split, RowLog& log) const;
  /// Positions of input columns among the kept ones. REQUIRES: none is the window.
  std::vector<size_t> KeptPositions(const std::vector<size_t>& columns) const;

  size_t window_column = 0;
  std::vector<size_t> kept;              // input columns, ascending
  std::vector<data::LogicalType> types;  // of the kept columns
  StateSchema state;                     // of the log
  /// For each visible input column: its position among the kept ones, or nullopt for the window.
  std::vector<std::optional<size_t>> visible;
  std::vector<data::LogicalType> visible_types;
};

/// The event time of what is computed from a window: its last microsecond.
data::Value WindowEventTime(SliceId window);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_WINDOWED_INPUT_H_
