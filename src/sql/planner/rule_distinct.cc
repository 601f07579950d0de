// LogicalDistinct over windowed rows -> window aggregate without aggregates.
#include <utility>

#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/operator/logical_distinct.hpp"

#include "sql/planner/column_access.h"
#include "sql/planner/query_planner.h"
#include "sql/planner/windowed_aggregation.h"

namespace laminar::sql {

QueryPlanner::Result QueryPlanner::PlanDistinct(duckdb::LogicalDistinct& op) {
  Result input = Plan(*op.children[0]);
  if (op.distinct_type == duckdb::DistinctType::DISTINCT_ON) {
    return Refuse(
        "LM1303", SpanOf(op), "DISTINCT ON is not supported on streams yet",
        "use ROW_NUMBER() OVER (PARTITION BY window, ...) = 1 on rows that are in windows");
  }
  if (!input) {
    return std::nullopt;
  }
  WindowedAggregation aggregation;
  aggregation.sql_offset = OffsetOf(op);
  std::vector<const duckdb::Expression*> targets;
  for (const auto& target : op.distinct_targets) {
    // Targets are columns of the input, which keep their bindings.
    targets.push_back(target.get());
    aggregation.groups.push_back(
        {target.get(), target->Cast<duckdb::BoundColumnRefExpression>().binding});
  }
  if (!NamesWindow(targets, *input)) {
    return Refuse("LM1303", SpanOf(op),
                  input->window ? "DISTINCT leaves out the window of its rows"
                                : "DISTINCT on a stream without windows never ends, and updating "
                                  "results are not supported yet",
                  "select the window too: DISTINCT then holds within each window");
  }
  return AddAggregation(*std::move(input), aggregation);
}

}  // namespace laminar::sql
