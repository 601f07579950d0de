#include "sql/planner/query_planner.h"

#include <algorithm>

#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression/bound_operator_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/list.hpp"

#include "base/assert.h"
#include "expression/duckdb_instance.h"
#include "sql/binder/program.h"
#include "sql/catalog/window_functions.h"
#include "sql/planner/column_access.h"

namespace laminar::sql {

using expression::BoundExpression;
using plan::NodeId;

namespace {

const duckdb::BoundColumnRefExpression* AsColumnReference(const duckdb::Expression& expression) {
  return expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF
             ? &expression.Cast<duckdb::BoundColumnRefExpression>()
             : nullptr;
}

// The part that an expression over the window's struct is.
WindowPart PartOf(const BoundExpression& of_window) {
  if (of_window.AsColumn()) {
    return WindowPart::kStruct;
  }
  const std::optional<size_t> field = FindExtractedField(of_window.get());
  return field ? PartOfField(*field) : WindowPart::kNone;
}

duckdb::unique_ptr<duckdb::Expression> CopyOf(const BoundExpression& expression) {
  return expression.get().Copy();
}

// Casts of constants that have come in the place of columns.
void FoldCast(duckdb::unique_ptr<duckdb::Expression>& expression) {
  if (expression->GetExpressionClass() != duckdb::ExpressionClass::BOUND_CAST ||
      FindConstant(*expression->Cast<duckdb::BoundCastExpression>().child) == nullptr) {
    return;
  }
  data::Value value;
  if (duckdb::ExpressionExecutor::TryEvaluateScalar(expression::EvaluationContext(), *expression,
                                                    value)) {
    expression = duckdb::make_uniq<duckdb::BoundConstantExpression>(std::move(value));
  }
}

}  // namespace

QueryPlanner::Result QueryPlanner::Plan(duckdb::LogicalOperator& op) {
  switch (op.type) {
    case duckdb::LogicalOperatorType::LOGICAL_GET:
      return PlanScan(op.Cast<duckdb::LogicalGet>());
    case duckdb::LogicalOperatorType::LOGICAL_PROJECTION:
      return PlanProjection(op.Cast<duckdb::LogicalProjection>());
    case duckdb::LogicalOperatorType::LOGICAL_FILTER:
      return PlanFilter(op.Cast<duckdb::LogicalFilter>());
    case duckdb::LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY:
      return PlanAggregate(op.Cast<duckdb::LogicalAggregate>());
    case duckdb::LogicalOperatorType::LOGICAL_DISTINCT:
      return PlanDistinct(op.Cast<duckdb::LogicalDistinct>());
    case duckdb::LogicalOperatorType::LOGICAL_COMPARISON_JOIN:
    case duckdb::LogicalOperatorType::LOGICAL_ANY_JOIN:
    case duckdb::LogicalOperatorType::LOGICAL_CROSS_PRODUCT:
      return PlanJoin(op);
    case duckdb::LogicalOperatorType::LOGICAL_WINDOW:
      return PlanOver(op.Cast<duckdb::LogicalWindow>(), nullptr);
    case duckdb::LogicalOperatorType::LOGICAL_EMPTY_RESULT:
      return PlanEmpty(op);
    case duckdb::LogicalOperatorType::LOGICAL_UNNEST:
      return PlanUnnest(op.Cast<duckdb::LogicalUnnest>());
    case duckdb::LogicalOperatorType::LOGICAL_UNION:
      return PlanUnion(op.Cast<duckdb::LogicalSetOperation>());
    case duckdb::LogicalOperatorType::LOGICAL_MATERIALIZED_CTE:
      return PlanCte(op.Cast<duckdb::LogicalMaterializedCTE>());
    case duckdb::LogicalOperatorType::LOGICAL_CTE_REF:
      return PlanCteReference(op.Cast<duckdb::LogicalCTERef>());
    default:
      return RefuseOperator(op);
  }
}

std::optional<NodeId> QueryPlanner::PlanOutput(duckdb::LogicalOperator& op) {
  op.ResolveOperatorTypes();
  Result stream = Plan(op);
  if (!stream || !AssignWindow(*stream)) {
    return std::nullopt;
  }
  std::vector<NamedExpression> columns;
  for (const duckdb::ColumnBinding& binding : op.GetColumnBindings()) {
    const StreamColumn* column = stream->Find(binding);
    LAMINAR_ASSERT(column != nullptr, binding.table_index);
    columns.push_back({column->access, column->name});
  }
  return AddProject(stream->node, std::move(columns), OffsetOf(op));
}

std::nullopt_t QueryPlanner::Refuse(std::string code,
                                    base::SourceSpan span,
                                    std::string message,
                                    std::string hint) {
  context_.diagnostics.push_back(
      {std::move(code), base::Severity::kError, span, std::move(message), std::move(hint)});
  return std::nullopt;
}

void QueryPlanner::Warn(std::string code,
                        base::SourceSpan span,
                        std::string message,
                        std::string hint) {
  context_.diagnostics.push_back(
      {std::move(code), base::Severity::kWarning, span, std::move(message), std::move(hint)});
}

base::SourceSpan QueryPlanner::SpanOf(const duckdb::Expression& expression) const {
  return FindSpan(context_.text, expression);
}

base::SourceSpan QueryPlanner::SpanOf(const std::vector<const duckdb::Expression*>& expressions,
                                      const duckdb::LogicalOperator& op) const {
  for (const duckdb::Expression* expression : expressions) {
    if (const base::SourceSpan span = SpanOf(*expression); span.offset >= 0) {
      return span;
    }
  }
  return SpanOf(op);
}

base::SourceSpan QueryPlanner::SpanOf(const duckdb::LogicalOperator& op) const {
  return FindSpan(context_.text, op);
}

BoundExpression QueryPlanner::ColumnOf(NodeId node, size_t column) const {
  const data::Field& field = context_.builder.schema(node).fields[column];
  return BoundExpression::Column(column, field.type, field.name);
}

BoundExpression QueryPlanner::EventTimeOf(NodeId node) const {
  return ColumnOf(node, context_.builder.schema(node).event_time_index());
}

BoundExpression QueryPlanner::Resolve(const duckdb::Expression& expression,
                                      const Stream& stream) const {
  const std::function<void(duckdb::unique_ptr<duckdb::Expression>&)> replace =
      [&](duckdb::unique_ptr<duckdb::Expression>& part) {
        if (const auto* reference = AsColumnReference(*part)) {
          const StreamColumn* column = stream.Find(reference->binding);
          LAMINAR_ASSERT(column != nullptr, reference->binding.table_index);
          LAMINAR_ASSERT(column->access.valid(), reference->binding.column_index);
          part = CopyOf(column->access);
        } else if (FindWindowCall(*part) != nullptr) {
          LAMINAR_ASSERT(stream.window && stream.window->assigned(), stream.node.value);
          part = CopyOf(ColumnOf(stream.node, *stream.window->column));
        } else if (IsRowTime(*part)) {
          part = CopyOf(EventTimeOf(stream.node));
        } else {
          KeepArgumentNames(*part,
                            [&] { duckdb::ExpressionIterator::EnumerateChildren(*part, replace); });
          FoldCast(part);
        }
      };
  auto copy = expression.Copy();
  replace(copy);
  return BoundExpression(std::shared_ptr<const duckdb::Expression>(std::move(copy)));
}

std::string QueryPlanner::NameOf(const duckdb::Expression& expression, const Stream& stream) const {
  const std::string& alias = expression.GetAlias();
  // Groups by position have that position for an alias.
  const bool is_number =
      std::all_of(alias.begin(), alias.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) {
    return alias;
  }
  if (const auto* reference = AsColumnReference(expression)) {
    const StreamColumn* column = stream.Find(reference->binding);
    return column == nullptr ? reference->GetName() : column->name;
  }
  if (NeedsWindow(expression, stream) || expression.IsAggregate() || expression.IsWindow()) {
    return expression.GetName();
  }
  return Resolve(expression, stream).ToString();
}

bool QueryPlanner::NeedsWindow(const duckdb::Expression& expression, const Stream& stream) const {
  if (!stream.window || stream.window->assigned()) {
    return false;
  }
  if (FindWindowCall(expression) != nullptr) {
    return true;
  }
  if (const auto* reference = AsColumnReference(expression)) {
    const StreamColumn* column = stream.Find(reference->binding);
    return column != nullptr && column->of_window.valid();
  }
  bool needs = false;
  duckdb::ExpressionIterator::EnumerateChildren(expression, [&](const duckdb::Expression& child) {
    needs = needs || NeedsWindow(child, stream);
  });
  return needs;
}

WindowPart QueryPlanner::FindPart(const BoundExpression& access, NodeId node) const {
  if (const std::optional<size_t> column = access.AsColumn()) {
    const std::vector<ColumnProperty>& properties = context_.builder.properties(node).columns;
    return *column < properties.size() ? properties[*column].part : WindowPart::kNone;
  }
  const std::optional<size_t> field = FindExtractedField(access.get());
  if (!field) {
    return WindowPart::kNone;
  }
  const auto& extract = access.get().Cast<duckdb::BoundFunctionExpression>();
  const BoundExpression source(
      std::shared_ptr<const duckdb::Expression>(extract.children[0]->Copy()));
  return FindPart(source, node) == WindowPart::kStruct ? PartOfField(*field) : WindowPart::kNone;
}

WindowPart QueryPlanner::FindPart(const duckdb::Expression& expression,
                                  const Stream& stream) const {
  if (!stream.window) {
    return WindowPart::kNone;
  }
  if (FindWindowCall(expression) != nullptr) {
    return WindowPart::kStruct;
  }
  if (const auto* reference = AsColumnReference(expression)) {
    const StreamColumn* column = stream.Find(reference->binding);
    if (column == nullptr) {
      return WindowPart::kNone;
    }
    if (!stream.window->assigned()) {
      return column->of_window.valid() ? PartOf(column->of_window) : WindowPart::kNone;
    }
    return FindPart(column->access, stream.node);
  }
  if (expression.GetExpressionType() == duckdb::ExpressionType::OPERATOR_COALESCE) {
    return FindMergedPart(expression, stream);
  }
  const std::optional<size_t> field = FindExtractedField(expression);
  if (field && FindPart(*expression.Cast<duckdb::BoundFunctionExpression>().children[0], stream) ==
                   WindowPart::kStruct) {
    return PartOfField(*field);
  }
  return WindowPart::kNone;
}

ColumnProperty QueryPlanner::FindSide(const duckdb::Expression& expression,
                                      const Stream& stream) const {
  const std::optional<size_t> field = FindExtractedField(expression);
  if (field) {
    ColumnProperty property =
        FindSide(*expression.Cast<duckdb::BoundFunctionExpression>().children[0], stream);
    property.side_part =
        property.side_part == WindowPart::kStruct ? PartOfField(*field) : WindowPart::kNone;
    return property;
  }
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF) {
    const size_t column = expression.Cast<duckdb::BoundReferenceExpression>().index;
    const auto& properties = context_.builder.properties(stream.node).columns;
    return column < properties.size() ? properties[column] : ColumnProperty{};
  }
  const auto* reference = AsColumnReference(expression);
  const StreamColumn* column = reference == nullptr ? nullptr : stream.Find(reference->binding);
  return column == nullptr || !column->access.valid() ? ColumnProperty{}
                                                      : FindSide(column->access.get(), stream);
}

WindowPart QueryPlanner::FindMergedPart(const duckdb::Expression& expression,
                                        const Stream& stream) const {
  const auto& children = expression.Cast<duckdb::BoundOperatorExpression>().children;
  if (children.size() != 2) {
    return WindowPart::kNone;
  }
  const ColumnProperty first = FindSide(*children[0], stream);
  const ColumnProperty second = FindSide(*children[1], stream);
  const bool other_sides = first.side != second.side && first.side != 0 && second.side != 0;
  return other_sides && first.side_part == second.side_part ? first.side_part : WindowPart::kNone;
}

bool QueryPlanner::IsOfWindow(const duckdb::Expression& expression, const Stream& stream) const {
  if (FindPart(expression, stream) != WindowPart::kNone || FindConstant(expression) != nullptr) {
    return true;
  }
  if (const auto* reference = AsColumnReference(expression)) {
    const StreamColumn* column = stream.Find(reference->binding);
    return column != nullptr && column->of_window.valid();
  }
  if (expression.IsVolatile() || expression.IsAggregate()) {
    return false;
  }
  bool has_children = false;
  bool of_window = true;
  duckdb::ExpressionIterator::EnumerateChildren(expression, [&](const duckdb::Expression& child) {
    has_children = true;
    of_window = of_window && IsOfWindow(child, stream);
  });
  return has_children && of_window;
}

BoundExpression QueryPlanner::ResolveOfWindow(const duckdb::Expression& expression,
                                              const Stream& stream,
                                              const BoundExpression& window) const {
  const std::function<void(duckdb::unique_ptr<duckdb::Expression>&)> replace =
      [&](duckdb::unique_ptr<duckdb::Expression>& part) {
        if (const WindowPart found = FindPart(*part, stream); found != WindowPart::kNone) {
          part = CopyOf(ExtractPart(context_.client, window, found));
        } else if (const auto* reference = AsColumnReference(*part)) {
          part = CopyOf(Substitute(stream.Find(reference->binding)->of_window,
                                   [&](size_t) -> const BoundExpression& { return window; }));
        } else {
          duckdb::ExpressionIterator::EnumerateChildren(*part, replace);
        }
      };
  auto copy = expression.Copy();
  replace(copy);
  return BoundExpression(std::shared_ptr<const duckdb::Expression>(std::move(copy)));
}

NodeId QueryPlanner::AddProject(NodeId input,
                                std::vector<NamedExpression> expressions,
                                int64_t sql_offset) {
  const GraphBuilder& builder = context_.builder;
  const NodeProperties& before = builder.properties(input);
  plan::ProjectSpec spec;
  std::vector<data::Field> visible;
  NodeProperties after;
  bool identity = expressions.size() == builder.schema(input).num_visible_columns();
  for (size_t i = 0; i < expressions.size(); ++i) {
    const BoundExpression& expression = expressions[i].expression;
    const std::optional<size_t> column = expression.AsColumn();
    identity = identity && column == i;
    ColumnProperty property;
    if (column && *column < before.columns.size()) {
      property = before.columns[*column];
    }
    property.part = FindPart(expression, input);
    property.is_event_time =
        column ? (*column >= before.columns.size() || before.columns[*column].is_event_time)
               : before.event_time && AreEqual(expression, *before.event_time);
    after.columns.push_back(property);
    visible.push_back({expressions[i].name, expression.type()});
    spec.expressions.push_back(expression);
  }
  if (identity) {
    return input;
  }
  for (const size_t column : before.unique) {
    const auto kept =
        std::find_if(spec.expressions.begin(), spec.expressions.end(),
                     [&](const BoundExpression& e) { return e.AsColumn() == column; });
    if (kept == spec.expressions.end()) {
      after.unique.clear();
      break;
    }
    after.unique.push_back(static_cast<size_t>(kept - spec.expressions.begin()));
  }
  return context_.builder.Add(std::move(spec), std::move(visible), std::move(after), {{input, {}}},
                              sql_offset);
}

Stream QueryPlanner::Narrow(const Stream& stream,
                            const std::vector<duckdb::ColumnBinding>& bindings,
                            int64_t sql_offset) {
  Stream narrow;
  narrow.window = stream.window;
  std::vector<NamedExpression> expressions;
  for (const duckdb::ColumnBinding& binding : bindings) {
    const StreamColumn* column = stream.Find(binding);
    LAMINAR_ASSERT(column != nullptr, binding.table_index);
    narrow.columns.push_back(*column);
    if (column->access.valid()) {
      narrow.columns.back().access =
          BoundExpression::Column(expressions.size(), column->type, column->name);
      expressions.push_back({column->access, column->name});
    }
  }
  if (stream.window && stream.window->assigned()) {
    const auto same = std::find_if(expressions.begin(), expressions.end(), [&](const auto& e) {
      return e.expression.AsColumn() == stream.window->column;
    });
    narrow.window->column = static_cast<size_t>(same - expressions.begin());
    if (same == expressions.end()) {
      expressions.push_back({ColumnOf(stream.node, *stream.window->column), "window"});
    }
  } else if (stream.window && stream.window->time) {
    narrow.window->time = BoundExpression::Column(expressions.size(), data::LogicalType::TIMESTAMP,
                                                  stream.window->time->ToString());
    expressions.push_back({*stream.window->time, stream.window->time->ToString()});
  }
  if (stream.window && stream.window->argument) {
    narrow.window->argument.reset();
    for (size_t i = 0; i < expressions.size(); ++i) {
      if (AreEqual(expressions[i].expression, *stream.window->argument)) {
        narrow.window->argument =
            BoundExpression::Column(i, expressions[i].expression.type(), expressions[i].name);
        break;
      }
    }
  }
  narrow.node = AddProject(stream.node, std::move(expressions), sql_offset);
  return narrow;
}

}  // namespace laminar::sql
