// Joins of two windowed streams on equal windows -> window join; other joins are refused.
#include <algorithm>
#include <memory>
#include <utility>

#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/expression/bound_conjunction_expression.hpp"
#include "duckdb/planner/expression/bound_operator_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/logical_operator.hpp"

#include "base/assert.h"
#include "sql/planner/column_access.h"
#include "sql/planner/constant_rows.h"
#include "sql/planner/join_conditions.h"
#include "sql/planner/projected_columns.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {

using expression::BoundExpression;
using plan::JoinType;
using plan::NodeId;

// What a join on equal windows consists of; sides are still streams of their own.
struct WindowJoinPlan {
  JoinType type = JoinType::kInner;
  std::vector<JoinConditions::Comparison> keys;
  std::vector<JoinConditions::Comparison> comparisons;  // that are no equalities
  std::vector<const duckdb::Expression*> others;
  std::vector<duckdb::ColumnBinding> left_columns;  // wanted above or by a condition
  std::vector<duckdb::ColumnBinding> right_columns;
};

namespace {

void CollectBindings(const duckdb::Expression& expression,
                     std::vector<duckdb::ColumnBinding>& bindings) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    const duckdb::ColumnBinding binding =
        expression.Cast<duckdb::BoundColumnRefExpression>().binding;
    if (std::find(bindings.begin(), bindings.end(), binding) == bindings.end()) {
      bindings.push_back(binding);
    }
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](const duckdb::Expression& child) { CollectBindings(child, bindings); });
}

bool KeepsLeft(JoinType type) { return type != JoinType::kRight && type != JoinType::kFull; }
bool KeepsRight(JoinType type) { return type == JoinType::kInner || type == JoinType::kRight; }
bool HasRight(JoinType type) { return type != JoinType::kSemi && type != JoinType::kAnti; }

void AppendVisible(const data::Schema& schema, std::vector<data::Field>& fields) {
  fields.insert(fields.end(), schema.fields.begin(),
                schema.fields.begin() + static_cast<ptrdiff_t>(schema.num_visible_columns()));
}

}  // namespace

QueryPlanner::Result QueryPlanner::PlanJoin(duckdb::LogicalOperator& op) {
  const bool left_streams = ReadsStream(*op.children[0]);
  if (left_streams != ReadsStream(*op.children[1])) {
    return PlanConstantJoin(op, left_streams ? 1 : 0);
  }
  Result left = Plan(*op.children[0]);
  Result right = Plan(*op.children[1]);
  if (!left || !right) {
    return std::nullopt;
  }
  const JoinConditions conditions = ReadJoin(op);
  if (!conditions.type) {
    return Refuse("LM1312", SpanOf(op), "this subquery is not supported on streams",
                  "write it as a join with a windowed query on equal windows");
  }
  WindowJoinPlan plan;
  plan.type = *conditions.type;
  if (!SplitJoinConditions(conditions, *left, *right, plan)) {
    return RefuseJoin(op, conditions, *left, *right);
  }
  if (!AssignWindow(*left) || !AssignWindow(*right)) {
    return std::nullopt;
  }
  if (conditions.single && !IsUnique(*right, plan)) {
    return Refuse("LM1312", SpanOf(op), "this subquery may give several rows for one",
                  "group it by the columns that it is compared by");
  }
  plan.left_columns = conditions.left_output;
  plan.right_columns = conditions.right_output;
  return AddWindowJoin(*left, *right, plan, OffsetOf(op));
}

// True when both sides are in equal windows, and the conditions say so.
bool QueryPlanner::SplitJoinConditions(const JoinConditions& conditions,
                                       const Stream& left,
                                       const Stream& right,
                                       WindowJoinPlan& plan) {
  if (!left.window || !right.window || left.window->spec != right.window->spec) {
    return false;
  }
  std::vector<WindowPart> equated;
  for (const JoinConditions::Comparison& comparison : conditions.comparisons) {
    const WindowPart part = FindPart(*comparison.left, left);
    if (comparison.is_equality() && part != WindowPart::kNone &&
        part == FindPart(*comparison.right, right)) {
      equated.push_back(part);
    } else if (comparison.is_equality()) {
      plan.keys.push_back(comparison);
    } else {
      plan.comparisons.push_back(comparison);
    }
  }
  plan.others = conditions.others;
  return DetermineWindow(left.window->spec, equated);
}

std::nullopt_t QueryPlanner::RefuseJoin(const duckdb::LogicalOperator& op,
                                        const JoinConditions& conditions,
                                        const Stream& left,
                                        const Stream& right) {
  std::vector<const duckdb::Expression*> places;
  for (const JoinConditions::Comparison& comparison : conditions.comparisons) {
    places.insert(places.end(), {comparison.left, comparison.right});
  }
  places.insert(places.end(), conditions.others.begin(), conditions.others.end());
  const base::SourceSpan span = SpanOf(places, op);
  if (left.window && right.window && left.window->spec == right.window->spec) {
    return Refuse("LM1306", span, "join of windowed streams without equal windows",
                  "add to the condition: AND a.window = b.window");
  }
  if (left.window && right.window) {
    return Refuse("LM1306", span,
                  "join of different windows: " + left.window->spec.ToString() + " and " +
                      right.window->spec.ToString(),
                  "put both sides into windows of one kind, width and slide");
  }
  return Refuse(
      "LM1306", span,
      left.window || right.window
          ? "join of a windowed stream with one that is in no window is not supported yet"
          : "join of streams without windows is not supported yet",
      "put both sides into equal windows and join on them, for example FROM tumble(a, ts, "
      "INTERVAL '10 seconds') a JOIN tumble(b, ts, INTERVAL '10 seconds') b ON a.window = "
      "b.window AND ...");
}

bool QueryPlanner::IsUnique(const Stream& stream, const WindowJoinPlan& plan) const {
  const std::vector<size_t>& unique = context_.builder.properties(stream.node).unique;
  return !unique.empty() && std::all_of(unique.begin(), unique.end(), [&](size_t column) {
    return column == stream.window->column ||
           std::any_of(plan.keys.begin(), plan.keys.end(), [&](const auto& key) {
             return Resolve(*key.right, stream).AsColumn() == column;
           });
  });
}

// The columns, keys and window of one side that the join reads.
QueryPlanner::JoinSide QueryPlanner::ProjectJoinSide(const Stream& stream,
                                                     bool is_left,
                                                     const WindowJoinPlan& plan,
                                                     int64_t sql_offset) {
  std::vector<duckdb::ColumnBinding> in_conditions;
  for (const JoinConditions::Comparison& comparison : plan.comparisons) {
    CollectBindings(*comparison.left, in_conditions);
    CollectBindings(*comparison.right, in_conditions);
  }
  for (const duckdb::Expression* other : plan.others) {
    CollectBindings(*other, in_conditions);
  }
  std::vector<duckdb::ColumnBinding> bindings = is_left ? plan.left_columns : plan.right_columns;
  for (const duckdb::ColumnBinding& binding : in_conditions) {
    if (stream.Find(binding) != nullptr && std::ranges::find(bindings, binding) == bindings.end()) {
      bindings.push_back(binding);
    }
  }
  JoinSide side;
  ProjectedColumns columns;
  for (const duckdb::ColumnBinding& binding : bindings) {
    StreamColumn column = *stream.Find(binding);
    const size_t position = columns.Add(column.access, column.name);
    column.access = BoundExpression::Column(position, column.type, column.name);
    side.columns.push_back(std::move(column));
  }
  for (const JoinConditions::Comparison& key : plan.keys) {
    const BoundExpression resolved = Resolve(is_left ? *key.left : *key.right, stream);
    side.keys.push_back(columns.Add(resolved, resolved.ToString()));
  }
  side.window = columns.Add(ColumnOf(stream.node, *stream.window->column), "window");
  side.node = AddProject(stream.node, columns.Take(), sql_offset);
  return side;
}

// What is true of pairs besides equal keys; `joined` has the columns of both sides.
std::optional<BoundExpression> QueryPlanner::JoinResidual(const WindowJoinPlan& plan,
                                                          const Stream& joined) const {
  std::vector<BoundExpression> residual;
  for (const JoinConditions::Comparison& comparison : plan.comparisons) {
    residual.push_back(BoundExpression(std::make_shared<duckdb::BoundComparisonExpression>(
        comparison.type, Resolve(*comparison.left, joined).get().Copy(),
        Resolve(*comparison.right, joined).get().Copy())));
  }
  for (const duckdb::Expression* other : plan.others) {
    residual.push_back(Resolve(*other, joined));
  }
  return residual.empty() ? std::nullopt : std::optional(And(residual));
}

// What is known of the join's visible columns.
NodeProperties QueryPlanner::JoinProperties(JoinType type, NodeId left, NodeId right) const {
  const size_t offset = context_.builder.schema(left).num_visible_columns();
  const size_t num_right =
      HasRight(type) ? context_.builder.schema(right).num_visible_columns() : 0;
  const NodeProperties& of_left = context_.builder.properties(left);
  const NodeProperties& of_right = context_.builder.properties(right);
  NodeProperties properties;
  properties.columns.resize(offset + num_right);
  for (size_t i = 0; i < properties.columns.size(); ++i) {
    const bool is_left = i < offset;
    const auto part = is_left ? of_left.columns[i].part : of_right.columns[i - offset].part;
    if (is_left ? KeepsLeft(type) : KeepsRight(type)) {
      properties.columns[i].part = part;
    }
    if (type == JoinType::kFull) {
      properties.columns[i].side = is_left ? 1 : 2;
      properties.columns[i].side_part = part;
    }
  }
  return properties;
}

Stream QueryPlanner::AddWindowJoin(const Stream& left,
                                   const Stream& right,
                                   const WindowJoinPlan& plan,
                                   int64_t sql_offset) {
  const JoinSide left_side = ProjectJoinSide(left, /*is_left=*/true, plan, sql_offset);
  const JoinSide right_side = ProjectJoinSide(right, /*is_left=*/false, plan, sql_offset);
  const data::Schema& left_schema = context_.builder.schema(left_side.node);
  const size_t offset = left_schema.num_visible_columns();

  // Both sides' columns side by side: what conditions are over, and the output of most kinds.
  Stream joined;
  joined.columns = left_side.columns;
  for (StreamColumn column : right_side.columns) {
    column.access =
        BoundExpression::Column(offset + *column.access.AsColumn(), column.type, column.name);
    joined.columns.push_back(std::move(column));
  }
  plan::WindowJoinSpec spec;
  spec.type = plan.type;
  spec.left_window = left_side.window;
  spec.right_window = right_side.window;
  spec.left_keys = left_side.keys;
  spec.right_keys = right_side.keys;
  for (const JoinConditions::Comparison& key : plan.keys) {
    spec.null_equals_null.push_back(key.type == duckdb::ExpressionType::COMPARE_NOT_DISTINCT_FROM);
  }
  spec.residual = JoinResidual(plan, joined);

  std::vector<data::Field> visible;
  AppendVisible(left_schema, visible);
  if (HasRight(plan.type)) {
    AppendVisible(context_.builder.schema(right_side.node), visible);
  } else {
    joined.columns = left_side.columns;
  }
  const auto distribution = [](const JoinSide& side) {
    return Distribution{Distribution::Kind::kHashed,
                        side.keys.empty() ? std::vector<size_t>{side.window} : side.keys};
  };
  joined.node = context_.builder.Add(
      std::move(spec), std::move(visible),
      JoinProperties(plan.type, left_side.node, right_side.node),
      {{left_side.node, distribution(left_side)}, {right_side.node, distribution(right_side)}},
      sql_offset);
  joined.window = left.window;
  joined.window->column = KeepsLeft(plan.type) ? left_side.window : offset + right_side.window;
  if (plan.type == JoinType::kFull) {
    return MergeWindows(std::move(joined), left_side.window, offset + right_side.window,
                        sql_offset);
  }
  return joined;
}

// Of a full join either side's window may be NULL: the row's window is the one that is not.
Stream QueryPlanner::MergeWindows(Stream joined,
                                  size_t left_window,
                                  size_t right_window,
                                  int64_t sql_offset) {
  auto coalesce = std::make_shared<duckdb::BoundOperatorExpression>(
      duckdb::ExpressionType::OPERATOR_COALESCE, ColumnOf(joined.node, left_window).type());
  coalesce->children.push_back(ColumnOf(joined.node, left_window).get().Copy());
  coalesce->children.push_back(ColumnOf(joined.node, right_window).get().Copy());
  const data::Schema& schema = context_.builder.schema(joined.node);
  std::vector<data::Field> visible;
  plan::ProjectSpec spec;
  for (size_t i = 0; i < schema.num_visible_columns(); ++i) {
    visible.push_back(schema.fields[i]);
    spec.expressions.push_back(ColumnOf(joined.node, i));
  }
  joined.window->column = visible.size();
  visible.push_back({"window", coalesce->return_type});
  spec.expressions.push_back(BoundExpression(std::move(coalesce)));
  NodeProperties properties = context_.builder.properties(joined.node);
  properties.columns.resize(visible.size());
  properties.columns.back().part = WindowPart::kStruct;
  joined.node = context_.builder.Add(std::move(spec), std::move(visible), std::move(properties),
                                     {{joined.node, {}}}, sql_offset);
  return joined;
}

}  // namespace laminar::sql
