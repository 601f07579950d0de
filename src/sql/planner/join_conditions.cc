#include "sql/planner/join_conditions.h"

#include <set>
#include <utility>

#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/expression/bound_conjunction_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/logical_any_join.hpp"
#include "duckdb/planner/operator/logical_comparison_join.hpp"

namespace laminar::sql {
namespace {

std::optional<plan::JoinType> TypeOf(duckdb::JoinType type) {
  switch (type) {
    case duckdb::JoinType::INNER:
      return plan::JoinType::kInner;
    case duckdb::JoinType::LEFT:
    case duckdb::JoinType::SINGLE:
      return plan::JoinType::kLeft;
    case duckdb::JoinType::RIGHT:
      return plan::JoinType::kRight;
    case duckdb::JoinType::OUTER:
      return plan::JoinType::kFull;
    case duckdb::JoinType::SEMI:
      return plan::JoinType::kSemi;
    case duckdb::JoinType::ANTI:
      return plan::JoinType::kAnti;
    default:
      return std::nullopt;
  }
}

std::set<duckdb::idx_t> TablesOf(duckdb::LogicalOperator& op) {
  std::set<duckdb::idx_t> tables;
  for (const duckdb::ColumnBinding& binding : op.GetColumnBindings()) {
    tables.insert(binding.table_index);
  }
  return tables;
}

enum class Side { kNone, kLeft, kRight, kBoth };

class ConditionReader {
 public:
  ConditionReader(std::set<duckdb::idx_t> left, JoinConditions& conditions)
      : left_(std::move(left)), conditions_(conditions) {}

  void Read(const duckdb::Expression& expression) {
    if (expression.GetExpressionType() == duckdb::ExpressionType::CONJUNCTION_AND) {
      for (const auto& child : expression.Cast<duckdb::BoundConjunctionExpression>().children) {
        Read(*child);
      }
      return;
    }
    if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COMPARISON) {
      const auto& comparison = expression.Cast<duckdb::BoundComparisonExpression>();
      const Side left = SideOf(*comparison.left);
      const Side right = SideOf(*comparison.right);
      if (left == Side::kLeft && right == Side::kRight) {
        conditions_.comparisons.push_back(
            {comparison.left.get(), comparison.right.get(), comparison.GetExpressionType()});
        return;
      }
      if (left == Side::kRight && right == Side::kLeft) {
        conditions_.comparisons.push_back(
            {comparison.right.get(), comparison.left.get(),
             duckdb::FlipComparisonExpression(comparison.GetExpressionType())});
        return;
      }
    }
    conditions_.others.push_back(&expression);
  }

 private:
  Side SideOf(const duckdb::Expression& expression) const {
    bool left = false;
    bool right = false;
    Visit(expression, left, right);
    return left ? (right ? Side::kBoth : Side::kLeft) : (right ? Side::kRight : Side::kNone);
  }

  void Visit(const duckdb::Expression& expression, bool& left, bool& right) const {
    if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
      const bool is_left =
          left_.contains(expression.Cast<duckdb::BoundColumnRefExpression>().binding.table_index);
      (is_left ? left : right) = true;
    }
    duckdb::ExpressionIterator::EnumerateChildren(
        expression, [&](const duckdb::Expression& child) { Visit(child, left, right); });
  }

  const std::set<duckdb::idx_t> left_;
  JoinConditions& conditions_;
};

}  // namespace

JoinConditions ReadJoin(duckdb::LogicalOperator& op) {
  JoinConditions conditions;
  const std::set<duckdb::idx_t> left_tables = TablesOf(*op.children[0]);
  ConditionReader reader(left_tables, conditions);
  if (op.type == duckdb::LogicalOperatorType::LOGICAL_CROSS_PRODUCT) {
    conditions.type = plan::JoinType::kInner;
  } else if (op.type == duckdb::LogicalOperatorType::LOGICAL_ANY_JOIN) {
    auto& join = op.Cast<duckdb::LogicalAnyJoin>();
    conditions.type = TypeOf(join.join_type);
    conditions.single = join.join_type == duckdb::JoinType::SINGLE;
    reader.Read(*join.condition);
  } else {
    auto& join = op.Cast<duckdb::LogicalComparisonJoin>();
    conditions.type = TypeOf(join.join_type);
    conditions.single = join.join_type == duckdb::JoinType::SINGLE;
    for (const duckdb::JoinCondition& condition : join.conditions) {
      conditions.comparisons.push_back(
          {condition.left.get(), condition.right.get(), condition.comparison});
    }
    if (join.predicate != nullptr) {
      reader.Read(*join.predicate);
    }
  }
  if (op.type != duckdb::LogicalOperatorType::LOGICAL_CROSS_PRODUCT) {
    const auto& join = op.Cast<duckdb::LogicalJoin>();
    if (join.join_type == duckdb::JoinType::MARK) {
      conditions.mark = duckdb::ColumnBinding(join.mark_index, 0);
    }
  }
  for (const duckdb::ColumnBinding& binding : op.GetColumnBindings()) {
    (left_tables.contains(binding.table_index) ? conditions.left_output : conditions.right_output)
        .push_back(binding);
  }
  return conditions;
}

}  // namespace laminar::sql
