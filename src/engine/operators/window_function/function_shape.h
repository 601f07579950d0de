// FunctionShape: what a window function operator keeps and gives out. Made once from the plan's
// node, const afterwards.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_FUNCTION_SHAPE_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_FUNCTION_SHAPE_H_

#include <optional>
#include <vector>

#include "data/schema.h"
#include "engine/operators/window_function/ranking.h"
#include "engine/operators/window_rows/windowed_input.h"
#include "plan/job_graph.h"

namespace laminar::engine {

struct FunctionShape {
  FunctionShape(const plan::WindowFunctionSpec& spec,
                const data::Schema& schema,
                std::vector<data::LogicalType> output);

  /// An output chunk of `num_rows` rows of `window`: its window and event time are set, kept
  /// columns and functions are not.
  data::Chunk MakeOutput(SliceId window, data::idx_t num_rows) const;
  /// Where in the output a kept column, or a function, is.
  size_t OutputOfKept(size_t kept_column) const { return input.kept[kept_column]; }
  size_t OutputOfFunction(size_t function) const { return input.visible.size() + function; }

  WindowedInput input;
  std::vector<size_t> partition_by;  // input columns, besides the window
  std::vector<expression::BoundExpression> calls;
  std::vector<data::LogicalType> output_types;  // visible input columns, functions, event time
  std::optional<int64_t> limit;                 // of the first function's value
  /// Set where all functions are rankings with one partitioning and order; columns are positions
  /// among the kept ones.
  std::optional<RankingShape> ranking;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_FUNCTION_SHAPE_H_
