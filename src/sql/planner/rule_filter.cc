// LogicalFilter -> a filter node; a bound on a rank right above an OVER becomes its limit.
#include <optional>
#include <utility>

#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/operator/logical_filter.hpp"
#include "duckdb/planner/operator/logical_window.hpp"

#include "sql/planner/column_access.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {
namespace {

// Reads `rank <= n`, `rank < n`, `n >= rank`, `rank = 1`; nullopt for anything else.
std::optional<RankLimit> FindRankLimit(const duckdb::Expression& expression,
                                       const duckdb::LogicalWindow& window) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_COMPARISON) {
    return std::nullopt;
  }
  const auto& comparison = expression.Cast<duckdb::BoundComparisonExpression>();
  const duckdb::Expression* rank = comparison.left.get();
  const data::Value* bound = FindConstant(*comparison.right);
  duckdb::ExpressionType type = comparison.GetExpressionType();
  if (bound == nullptr) {
    rank = comparison.right.get();
    bound = FindConstant(*comparison.left);
    type = duckdb::FlipComparisonExpression(type);
  }
  data::Value limit;
  if (bound == nullptr || bound->IsNull() ||
      rank->GetExpressionClass() != duckdb::ExpressionClass::BOUND_COLUMN_REF ||
      !bound->DefaultTryCastAs(data::LogicalType::BIGINT, limit, nullptr, true)) {
    return std::nullopt;
  }
  const duckdb::ColumnBinding binding = rank->Cast<duckdb::BoundColumnRefExpression>().binding;
  if (binding.table_index != window.window_index) {
    return std::nullopt;
  }
  const duckdb::ExpressionType function =
      window.expressions[binding.column_index]->GetExpressionType();
  if (function != duckdb::ExpressionType::WINDOW_ROW_NUMBER &&
      function != duckdb::ExpressionType::WINDOW_RANK &&
      function != duckdb::ExpressionType::WINDOW_RANK_DENSE) {
    return std::nullopt;
  }
  const int64_t value = limit.GetValue<int64_t>();
  if (type == duckdb::ExpressionType::COMPARE_LESSTHANOREQUALTO ||
      (type == duckdb::ExpressionType::COMPARE_EQUAL && value == 1)) {
    return value >= 1 ? std::optional(RankLimit{binding.column_index, value}) : std::nullopt;
  }
  if (type == duckdb::ExpressionType::COMPARE_LESSTHAN && value > 1) {
    return RankLimit{binding.column_index, value - 1};
  }
  return std::nullopt;
}

}  // namespace

using expression::BoundExpression;

QueryPlanner::Result QueryPlanner::PlanFilter(duckdb::LogicalFilter& op) {
  op.SplitPredicates();
  const duckdb::Expression* limiting = nullptr;
  std::optional<RankLimit> limit;
  Result input;
  if (op.children[0]->type == duckdb::LogicalOperatorType::LOGICAL_WINDOW) {
    auto& window = op.children[0]->Cast<duckdb::LogicalWindow>();
    for (const auto& expression : op.expressions) {
      const std::optional<RankLimit> found = FindRankLimit(*expression, window);
      if (found && !limit) {
        limit = found;
        limiting = expression.get();
      }
    }
    input = PlanOver(window, limit ? &*limit : nullptr);
  } else {
    input = Plan(*op.children[0]);
  }
  std::vector<const duckdb::Expression*> expressions;
  for (const auto& expression : op.expressions) {
    if (!limit || !limit->taken || expression.get() != limiting) {
      expressions.push_back(expression.get());
    }
  }
  if (!input || !TakeWindowCalls(expressions, CallPlace::kElsewhere, *input)) {
    return std::nullopt;
  }
  if (expressions.empty()) {
    return input;
  }
  std::vector<BoundExpression> conditions;
  for (const duckdb::Expression* expression : expressions) {
    if (NeedsWindow(*expression, *input) && !AssignWindow(*input)) {
      return std::nullopt;
    }
  }
  for (const duckdb::Expression* expression : expressions) {
    conditions.push_back(Resolve(*expression, *input));
  }
  AddFilter(*input, conditions, OffsetOf(op));
  return input;
}

void QueryPlanner::AddFilter(Stream& stream,
                             const std::vector<BoundExpression>& conditions,
                             int64_t sql_offset) {
  const data::Schema& schema = context_.builder.schema(stream.node);
  std::vector<data::Field> visible(
      schema.fields.begin(),
      schema.fields.begin() + static_cast<ptrdiff_t>(schema.num_visible_columns()));
  NodeProperties properties = context_.builder.properties(stream.node);
  stream.node = context_.builder.Add(plan::FilterSpec{And(conditions)}, std::move(visible),
                                     std::move(properties), {{stream.node, {}}}, sql_offset);
}

}  // namespace laminar::sql
