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
  std::vector<UnnestedList> lists;
  for (size_t i = 0; i < op.expressions.size(); ++i) {
    const duckdb::Expression& expression = *op.expressions[i];
    lists.push_back({Resolve(*expression.Cast<duckdb::BoundUnnestExpression>().child, *input),
                     duckdb::ColumnBinding(op.unnest_index, i),
                     expression.HasAlias() ? expression.GetAlias() : "unnest"});
  }
  return AddUnnest(*input, lists, OffsetOf(op));
}

Stream QueryPlanner::AddUnnest(const Stream& input,
                               const std::vector<UnnestedList>& lists,
                               int64_t sql_offset) {
  plan::UnnestSpec spec;
  std::vector<data::Field> visible;
  NodeProperties properties;
  const auto repeat = [&](const BoundExpression& expression, const std::string& name) {
    ColumnProperty property;
    property.part = FindPart(expression, input.node);
    if (const std::optional<size_t> column = expression.AsColumn()) {
      const auto& before = context_.builder.properties(input.node).columns;
      property.is_event_time = *column >= before.size() || before[*column].is_event_time;
    }
    spec.items.push_back({expression, false});
    visible.push_back({name, expression.type()});
    properties.columns.push_back(property);
    return BoundExpression::Column(spec.items.size() - 1, expression.type(), name);
  };
  Stream output;
  output.window = input.window;
  for (StreamColumn column : input.columns) {
    if (column.access.valid()) {
      column.access = repeat(column.access, column.name);
    }
    output.columns.push_back(std::move(column));
  }
  if (output.window && output.window->assigned()) {
    output.window->column =
        repeat(ColumnOf(input.node, *input.window->column), "window").AsColumn();
  } else if (output.window && output.window->time) {
    output.window->time = repeat(*input.window->time, input.window->time->ToString());
  }
  if (output.window && output.window->argument) {
    output.window->argument = repeat(*input.window->argument, input.window->argument->ToString());
  }
  for (const UnnestedList& list : lists) {
    StreamColumn column;
    column.binding = list.output;
    column.name = list.name;
    column.type = duckdb::ListType::GetChildType(list.list.type());
    column.access = BoundExpression::Column(spec.items.size(), column.type, column.name);
    spec.items.push_back({list.list, true});
    visible.push_back({column.name, column.type});
    properties.columns.emplace_back();
    output.columns.push_back(std::move(column));
  }
  output.node = context_.builder.Add(std::move(spec), std::move(visible), std::move(properties),
                                     {{input.node, {}}}, sql_offset);
  return output;
}

}  // namespace laminar::sql
