// LogicalUnnest -> an unnest node that repeats the columns of its input.
#include <utility>

#include "duckdb/planner/expression/bound_unnest_expression.hpp"
#include "duckdb/planner/operator/logical_unnest.hpp"

#include "sql/planner/column_access.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {

using expression::BoundExpression;

QueryPlanner::Result QueryPlanner::PlanUnnest(duckdb::LogicalUnnest& op) {
  Result input = Plan(*op.children[0]);
  if (!input) {
    return std::nullopt;
  }
  for (const auto& expression : op.expressions) {
    if (NeedsWindow(*expression, *input) && !AssignWindow(*input)) {
      return std::nullopt;
    }
  }
  const int64_t sql_offset = OffsetOf(op);
  std::vector<expression::BoundExpression> lists;
  for (const auto& expression : op.expressions) {
    lists.push_back(Resolve(*expression->Cast<duckdb::BoundUnnestExpression>().child, *input));
  }
  plan::UnnestSpec spec;
  std::vector<data::Field> visible;
  NodeProperties properties;
  const auto repeat = [&](const BoundExpression& expression, const std::string& name) {
    ColumnProperty property;
    property.part = FindPart(expression, input->node);
    if (const std::optional<size_t> column = expression.AsColumn()) {
      const auto& before = context_.builder.properties(input->node).columns;
      property.is_event_time = *column >= before.size() || before[*column].is_event_time;
    }
    spec.items.push_back({expression, false});
    visible.push_back({name, expression.type()});
    properties.columns.push_back(property);
    return spec.items.size() - 1;
  };
  Stream output;
  output.window = input->window;
  for (const StreamColumn& column : input->columns) {
    StreamColumn out = column;
    if (column.access.valid()) {
      out.access =
          BoundExpression::Column(repeat(column.access, column.name), column.type, column.name);
    }
    output.columns.push_back(std::move(out));
  }
  if (output.window && output.window->assigned()) {
    output.window->column = repeat(ColumnOf(input->node, *input->window->column), "window");
  } else if (output.window && output.window->time) {
    const std::string name = input->window->time->ToString();
    output.window->time = BoundExpression::Column(repeat(*input->window->time, name),
                                                  data::LogicalType::TIMESTAMP, name);
  }
  for (size_t i = 0; i < lists.size(); ++i) {
    StreamColumn column;
    column.binding = duckdb::ColumnBinding(op.unnest_index, i);
    column.name = op.expressions[i]->HasAlias() ? op.expressions[i]->GetAlias() : "unnest";
    column.type = op.expressions[i]->return_type;
    column.access = BoundExpression::Column(spec.items.size(), column.type, column.name);
    spec.items.push_back({lists[i], true});
    visible.push_back({column.name, column.type});
    properties.columns.emplace_back();
    output.columns.push_back(std::move(column));
  }
  output.node = context_.builder.Add(std::move(spec), std::move(visible), std::move(properties),
                                     {{input->node, {}}}, sql_offset);
  return output;
}

}  // namespace laminar::sql
