// Groups with a window -> projection of what is needed, exchange by the keys, window aggregate; in
// two phases when that pays.
#include <algorithm>
#include <memory>
#include <utility>

#include "duckdb/planner/bound_result_modifier.hpp"
#include "duckdb/planner/expression/bound_aggregate_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"

#include "sql/planner/column_access.h"
#include "sql/planner/projected_columns.h"
#include "sql/planner/query_planner.h"
#include "sql/planner/windowed_aggregation.h"

namespace laminar::sql {
namespace {

using expression::BoundAggregate;
using expression::BoundExpression;
using plan::NodeId;

duckdb::unique_ptr<duckdb::Expression> Reference(size_t position, const data::LogicalType& type) {
  return duckdb::make_uniq<duckdb::BoundReferenceExpression>(
      type, static_cast<duckdb::storage_t>(position));
}

// The call over its own arguments: they are columns 0, 1, ... followed by the order keys; the
// filter is the operator's business.
std::shared_ptr<const duckdb::BoundAggregateExpression> Detach(
    const duckdb::BoundAggregateExpression& expression) {
  auto copy = duckdb::unique_ptr_cast<duckdb::Expression, duckdb::BoundAggregateExpression>(
      expression.Copy());
  size_t position = 0;
  for (auto& child : copy->children) {
    child = Reference(position++, child->return_type);
  }
  if (copy->order_bys != nullptr) {
    for (auto& order : copy->order_bys->orders) {
      order.expression = Reference(position++, order.expression->return_type);
    }
  }
  copy->filter.reset();
  return std::shared_ptr<const duckdb::BoundAggregateExpression>(std::move(copy));
}

}  // namespace

bool DetermineWindow(const plan::WindowSpec& spec, const std::vector<WindowPart>& parts) {
  const auto has = [&](WindowPart part) {
    return std::find(parts.begin(), parts.end(), part) != parts.end();
  };
  if (has(WindowPart::kStruct) || (has(WindowPart::kStart) && has(WindowPart::kEnd))) {
    return true;
  }
  switch (spec.kind) {
    case plan::WindowSpec::Kind::kTumble:
    case plan::WindowSpec::Kind::kHop:
      return has(WindowPart::kStart) || has(WindowPart::kEnd);
    case plan::WindowSpec::Kind::kCumulate:
      return has(WindowPart::kEnd);  // windows of one start differ in their ends
    case plan::WindowSpec::Kind::kSession:
      return false;
  }
  return false;
}

bool QueryPlanner::NamesWindow(const std::vector<const duckdb::Expression*>& expressions,
                               const Stream& stream) const {
  std::vector<WindowPart> parts;
  for (const duckdb::Expression* expression : expressions) {
    parts.push_back(FindPart(*expression, stream));
  }
  return stream.window && DetermineWindow(stream.window->spec, parts);
}

QueryPlanner::Result QueryPlanner::AddAggregation(Stream input,
                                                  const WindowedAggregation& aggregation) {
  // Calls that look at the window's bounds need rows that know theirs.
  for (const WindowedAggregation::Call& call : aggregation.calls) {
    if (NeedsWindow(*call.expression, input) && !AssignWindow(input)) {
      return std::nullopt;
    }
  }
  for (const WindowedAggregation::Group& group : aggregation.groups) {
    if (NeedsWindow(*group.expression, input) && !IsOfWindow(*group.expression, input) &&
        !AssignWindow(input)) {
      return std::nullopt;
    }
  }
  const StreamWindow& window = *input.window;
  ProjectedColumns columns;
  plan::WindowAggregateSpec spec;
  std::vector<data::Field> visible;
  std::vector<size_t> key_of_group(aggregation.groups.size());
  for (size_t i = 0; i < aggregation.groups.size(); ++i) {
    const WindowedAggregation::Group& group = aggregation.groups[i];
    if (IsOfWindow(*group.expression, input)) {
      continue;  // says no more than the window
    }
    const std::string name = NameOf(*group.expression, input);
    const size_t column = columns.Add(Resolve(*group.expression, input), name);
    const auto known = std::find(spec.keys.begin(), spec.keys.end(), column);
    key_of_group[i] = static_cast<size_t>(known - spec.keys.begin());
    if (known == spec.keys.end()) {
      spec.keys.push_back(column);
      visible.push_back({name, group.expression->return_type});
    }
  }
  visible.push_back({"window", WindowType()});
  for (const WindowedAggregation::Call& call : aggregation.calls) {
    spec.aggregates.push_back(BindAggregate(*call.expression, input, columns));
    visible.push_back({NameOf(*call.expression, input), call.expression->return_type});
  }
  std::optional<size_t> time_column;
  if (window.assigned()) {
    spec.window_column = columns.Add(ColumnOf(input.node, *window.column), "window");
  } else {
    spec.window = window.spec;
    if (window.time) {
      time_column = columns.Add(*window.time, window.time->ToString());
    }
  }
  const NodeId projected = AddProject(input.node, columns.Take(), aggregation.sql_offset);
  if (spec.window) {
    spec.window_column =
        time_column.value_or(context_.builder.schema(projected).event_time_index());
  }

  const size_t window_position = spec.keys.size();
  Stream output;
  output.window =
      StreamWindow{window.spec, window_position, std::nullopt, std::nullopt, window.span};
  output.node =
      AddWindowAggregate(projected, std::move(spec), std::move(visible), aggregation.sql_offset);
  for (size_t i = 0; i < aggregation.groups.size(); ++i) {
    const WindowedAggregation::Group& group = aggregation.groups[i];
    StreamColumn column;
    column.binding = group.output;
    column.name = NameOf(*group.expression, input);
    column.access =
        IsOfWindow(*group.expression, input)
            ? ResolveOfWindow(*group.expression, input, ColumnOf(output.node, window_position))
            : ColumnOf(output.node, key_of_group[i]);
    column.type = column.access.type();
    output.columns.push_back(std::move(column));
  }
  for (size_t i = 0; i < aggregation.calls.size(); ++i) {
    StreamColumn column;
    column.binding = aggregation.calls[i].output;
    column.access = ColumnOf(output.node, window_position + 1 + i);
    column.name = NameOf(*aggregation.calls[i].expression, input);
    column.type = column.access.type();
    output.columns.push_back(std::move(column));
  }
  return output;
}

BoundAggregate QueryPlanner::BindAggregate(const duckdb::BoundAggregateExpression& expression,
                                           const Stream& input,
                                           ProjectedColumns& columns) const {
  const auto add = [&](const duckdb::Expression& part) {
    const BoundExpression resolved = Resolve(part, input);
    return columns.Add(resolved, resolved.ToString());
  };
  BoundAggregate aggregate;
  aggregate.call = Detach(expression);
  aggregate.name = duckdb::StringUtil::Lower(expression.function.name);
  aggregate.type = expression.return_type;
  aggregate.distinct = expression.IsDistinct();
  for (const auto& child : expression.children) {
    aggregate.arguments.push_back(add(*child));
    aggregate.argument_types.push_back(child->return_type);
  }
  if (expression.filter != nullptr) {
    aggregate.filter = add(*expression.filter);
  }
  if (expression.order_bys != nullptr) {
    for (const auto& order : expression.order_bys->orders) {
      aggregate.order_by.push_back(add(*order.expression));
    }
  }
  return aggregate;
}

NodeId QueryPlanner::AddWindowAggregate(NodeId input,
                                        plan::WindowAggregateSpec spec,
                                        std::vector<data::Field> visible,
                                        int64_t sql_offset) {
  NodeProperties properties;
  properties.columns.resize(visible.size());
  properties.columns[spec.keys.size()].part = WindowPart::kStruct;
  for (size_t i = 0; i <= spec.keys.size(); ++i) {
    properties.unique.push_back(i);
  }
  // Without keys the rows of one window are in one place; windows that rows are put into here
  // overlap in slices, so all are.
  const Distribution distribution =
      !spec.keys.empty() ? Distribution{Distribution::Kind::kHashed, spec.keys}
      : spec.window      ? Distribution{Distribution::Kind::kSingle, {}}
                         : Distribution{Distribution::Kind::kHashed, {spec.window_column}};
  return context_.builder.Add(std::move(spec), std::move(visible), std::move(properties),
                              {{input, distribution}}, sql_offset);
}

}  // namespace laminar::sql
