// LogicalSetOperation: UNION ALL -> a union node over inputs of the same columns; the others are
// refused.
#include <algorithm>
#include <utility>

#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/operator/logical_set_operation.hpp"

#include "sql/planner/query_planner.h"
#include "sql/planner/windowed_aggregation.h"

namespace laminar::sql {
namespace {

bool IsUnionAll(const duckdb::LogicalOperator& op) {
  return op.type == duckdb::LogicalOperatorType::LOGICAL_UNION &&
         op.Cast<duckdb::LogicalSetOperation>().setop_all;
}

// Nested UNION ALLs have one union node.
void CollectInputs(duckdb::LogicalOperator& op, std::vector<duckdb::LogicalOperator*>& inputs) {
  for (const auto& child : op.children) {
    if (IsUnionAll(*child)) {
      CollectInputs(*child, inputs);
    } else {
      inputs.push_back(child.get());
    }
  }
}

bool InSameWindows(const std::vector<Stream>& streams) {
  return std::all_of(streams.begin(), streams.end(), [&](const Stream& stream) {
    return stream.window && stream.window->spec == streams[0].window->spec;
  });
}

}  // namespace

QueryPlanner::Result QueryPlanner::PlanUnion(duckdb::LogicalSetOperation& op) {
  std::vector<duckdb::LogicalOperator*> inputs;
  CollectInputs(op, inputs);
  std::vector<Stream> streams;
  for (duckdb::LogicalOperator* input : inputs) {
    Result stream = Plan(*input);
    if (stream && AssignWindow(*stream)) {
      streams.push_back(*std::move(stream));
    }
  }
  if (streams.size() < inputs.size()) {
    return std::nullopt;
  }
  const bool windowed = streams[0].window && InSameWindows(streams);
  const int64_t sql_offset = OffsetOf(op);
  std::vector<GraphBuilder::Input> nodes;
  std::vector<std::optional<size_t>> window_columns;
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::vector<NamedExpression> columns;
    for (const duckdb::ColumnBinding& binding : inputs[i]->GetColumnBindings()) {
      const StreamColumn& column = *streams[i].Find(binding);
      columns.push_back({column.access, column.name});
    }
    if (windowed) {
      columns.push_back({ColumnOf(streams[i].node, *streams[i].window->column), "window"});
    }
    nodes.push_back({AddProject(streams[i].node, std::move(columns), sql_offset), {}});
  }
  const data::Schema& schema = context_.builder.schema(nodes[0].node);
  std::vector<data::Field> visible(
      schema.fields.begin(),
      schema.fields.begin() + static_cast<ptrdiff_t>(schema.num_visible_columns()));
  NodeProperties properties;
  properties.columns.resize(visible.size());
  for (size_t i = 0; i < visible.size(); ++i) {
    ColumnProperty common = context_.builder.properties(nodes[0].node).columns[i];
    for (const GraphBuilder::Input& input : nodes) {
      const ColumnProperty& other = context_.builder.properties(input.node).columns[i];
      common.is_event_time = common.is_event_time && other.is_event_time;
      common.part = windowed && common.part == other.part ? common.part : WindowPart::kNone;
    }
    properties.columns[i] = common;
  }
  Stream output;
  for (size_t i = 0; i < op.column_count; ++i) {
    StreamColumn column;
    column.binding = duckdb::ColumnBinding(op.table_index, i);
    column.name = visible[i].name;
    column.type = visible[i].type;
    column.access = expression::BoundExpression::Column(i, column.type, column.name);
    output.columns.push_back(std::move(column));
  }
  if (windowed) {
    output.window = streams[0].window;
    output.window->column = visible.size() - 1;
  }
  output.node = context_.builder.Add(plan::UnionSpec{}, std::move(visible), std::move(properties),
                                     std::move(nodes), sql_offset);
  return op.setop_all ? output : Distinct(output, op);
}

QueryPlanner::Result QueryPlanner::Distinct(const Stream& input,
                                            const duckdb::LogicalOperator& op) {
  std::vector<duckdb::unique_ptr<duckdb::Expression>> references;
  std::vector<const duckdb::Expression*> targets;
  WindowedAggregation aggregation;
  aggregation.sql_offset = OffsetOf(op);
  for (const StreamColumn& column : input.columns) {
    references.push_back(duckdb::make_uniq<duckdb::BoundColumnRefExpression>(
        column.name, column.type, column.binding));
    targets.push_back(references.back().get());
    aggregation.groups.push_back({references.back().get(), column.binding});
  }
  if (!NamesWindow(targets, input)) {
    return Refuse("LM1307", SpanOf(op), "UNION of streams without their windows never ends",
                  "write UNION ALL, or select the window on both sides");
  }
  return AddAggregation(input, aggregation);
}

}  // namespace laminar::sql
