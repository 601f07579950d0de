// LogicalAggregate -> window aggregate; refuses groups without a window.
#include <utility>

#include "duckdb/planner/expression/bound_aggregate_expression.hpp"
#include "duckdb/planner/operator/logical_aggregate.hpp"

#include "sql/planner/column_access.h"
#include "sql/planner/query_planner.h"
#include "sql/planner/windowed_aggregation.h"

namespace laminar::sql {

QueryPlanner::Result QueryPlanner::PlanAggregate(duckdb::LogicalAggregate& op) {
  Result input = Plan(*op.children[0]);
  if (op.grouping_sets.size() > 1 || !op.grouping_functions.empty()) {
    return Refuse("LM1320", SpanOf(op), "grouping sets are not supported on streams yet",
                  "write one query per set and join them with UNION ALL");
  }
  if (!input) {
    return std::nullopt;
  }
  WindowedAggregation aggregation;
  aggregation.sql_offset = OffsetOf(op);
  std::vector<const duckdb::Expression*> groups;
  for (size_t i = 0; i < op.groups.size(); ++i) {
    groups.push_back(op.groups[i].get());
    aggregation.groups.push_back({op.groups[i].get(), duckdb::ColumnBinding(op.group_index, i)});
  }
  std::vector<const duckdb::Expression*> calls;
  for (size_t i = 0; i < op.expressions.size(); ++i) {
    calls.push_back(op.expressions[i].get());
    aggregation.calls.push_back({&op.expressions[i]->Cast<duckdb::BoundAggregateExpression>(),
                                 duckdb::ColumnBinding(op.aggregate_index, i)});
  }
  if (!TakeWindowCalls(groups, CallPlace::kGroupBy, *input)) {
    return std::nullopt;
  }
  if (!NamesWindow(groups, *input)) {
    return RefuseGroups(op, *input);
  }
  if (!TakeWindowCalls(calls, CallPlace::kElsewhere, *input)) {
    return std::nullopt;
  }
  return AddAggregation(*std::move(input), aggregation);
}

std::nullopt_t QueryPlanner::RefuseGroups(const duckdb::LogicalAggregate& op, const Stream& input) {
  const char* what = op.groups.empty() ? "aggregate without GROUP BY" : "GROUP BY without a window";
  if (!input.window) {
    return Refuse(
        "LM1301", SpanOf(op),
        std::string(what) + " never ends on a stream, and updating results are not supported yet",
        "group by a window, for example GROUP BY tumble(INTERVAL '10 seconds')");
  }
  return Refuse(
      "LM1301", SpanOf(op),
      std::string(what) + " over rows that are in windows " + input.window->spec.ToString(),
      "add the window to GROUP BY: its column, or window_start and window_end");
}

}  // namespace laminar::sql
