// LogicalProjection -> no node when every column is cheap to get at, else a project node.
#include <algorithm>
#include <utility>

#include "duckdb/planner/operator/logical_projection.hpp"

#include "sql/planner/column_access.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {

using expression::BoundExpression;

QueryPlanner::Result QueryPlanner::PlanProjection(duckdb::LogicalProjection& op) {
  Result input = Plan(*op.children[0]);
  std::vector<const duckdb::Expression*> expressions;
  for (const auto& expression : op.expressions) {
    expressions.push_back(expression.get());
  }
  if (!input || !TakeWindowCalls(expressions, CallPlace::kElsewhere, *input)) {
    return std::nullopt;
  }
  // A window that is only passed on waits for the operator that needs it.
  const bool looks_inside =
      std::any_of(expressions.begin(), expressions.end(), [&](const duckdb::Expression* e) {
        return NeedsWindow(*e, *input) && !IsOfWindow(*e, *input);
      });
  if (looks_inside && !AssignWindow(*input)) {
    return std::nullopt;
  }
  Stream output;
  output.node = input->node;
  output.window = input->window;
  const size_t event_time = context_.builder.schema(input->node).event_time_index();
  bool all_cheap = true;
  for (size_t i = 0; i < expressions.size(); ++i) {
    StreamColumn column;
    column.binding = duckdb::ColumnBinding(op.table_index, i);
    column.name = NameOf(*expressions[i], *input);
    column.type = expressions[i]->return_type;
    if (NeedsWindow(*expressions[i], *input)) {
      column.of_window = ResolveOfWindow(*expressions[i], *input,
                                         BoundExpression::Column(0, WindowType(), "window"));
    } else {
      column.access = Resolve(*expressions[i], *input);
      // The event time is the last column, which moves when others are added: not kept as an
      // access.
      all_cheap =
          all_cheap && IsCheap(column.access.get()) && column.access.AsColumn() != event_time;
    }
    output.columns.push_back(std::move(column));
  }
  if (all_cheap) {
    return output;
  }
  std::vector<duckdb::ColumnBinding> bindings;
  for (const StreamColumn& column : output.columns) {
    bindings.push_back(column.binding);
  }
  return Narrow(output, bindings, OffsetOf(op));
}

}  // namespace laminar::sql
