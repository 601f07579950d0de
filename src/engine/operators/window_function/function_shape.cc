#include "engine/operators/window_function/function_shape.h"

#include <set>
#include <utility>

#include "base/assert.h"

namespace laminar::engine {
namespace {

// The rankings' common shape; nullopt when some call is no ranking or they differ. The window, one
// value for all rows that are ranked together, neither partitions nor orders.
std::optional<RankingShape> FindRankingShape(const std::vector<expression::BoundExpression>& calls,
                                             const std::vector<size_t>& partition_by,
                                             const WindowedInput& input,
                                             std::optional<int64_t> limit) {
  std::optional<RankingShape> shape;
  for (const expression::BoundExpression& call : calls) {
    const std::optional<expression::RankingCall> ranking = expression::AsRanking(call);
    if (!ranking) {
      return std::nullopt;
    }
    RankingShape one;
    std::set<size_t> partitions(partition_by.begin(), partition_by.end());
    partitions.insert(ranking->partition_by.begin(), ranking->partition_by.end());
    for (const size_t column : partitions) {
      if (input.visible[column]) {
        one.partition_by.push_back(*input.visible[column]);
      }
    }
    for (expression::SortColumn column : ranking->order_by) {
      if (input.visible[column.column]) {
        column.column = *input.visible[column.column];
        one.order_by.push_back(column);
      }
    }
    if (!shape) {
      shape = std::move(one);
    } else if (shape->partition_by != one.partition_by || shape->order_by != one.order_by) {
      return std::nullopt;
    }
    shape->functions.push_back(ranking->kind);
  }
  shape->limit = limit;
  return shape;
}

}  // namespace

FunctionShape::FunctionShape(const plan::WindowFunctionSpec& spec,
                             const data::Schema& schema,
                             std::vector<data::LogicalType> output)
    : input("rows", schema, spec.window_column),
      partition_by(spec.partition_by),
      output_types(std::move(output)),
      limit(spec.top_n) {
  LAMINAR_ASSERT(!spec.functions.empty(), spec.window_column);
  for (const plan::WindowFunctionSpec::Function& function : spec.functions) {
    calls.push_back(function.call);
  }
  LAMINAR_ASSERT(output_types.size() == input.visible.size() + calls.size() + 1,
                 output_types.size());
  ranking = FindRankingShape(calls, partition_by, input, limit);
}

data::Chunk FunctionShape::MakeOutput(SliceId window, data::idx_t num_rows) const {
  data::Chunk output = data::Chunk::Shell(output_types);
  output.set_num_rows(num_rows);
  output.column(input.window_column)
      .Reference(WindowValue(input.visible_types[input.window_column], window));
  output.column(output_types.size() - 1).Reference(WindowEventTime(window));
  return output;
}

}  // namespace laminar::engine
