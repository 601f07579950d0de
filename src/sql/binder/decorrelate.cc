#include "sql/binder/decorrelate.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "duckdb/optimizer/deliminator.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/logical_comparison_join.hpp"
#include "duckdb/planner/operator/logical_delim_get.hpp"

namespace laminar::sql {
namespace {

/// Filters on their way through DuckDB's deliminator, which keeps a correlated join whose sides it
/// sees filtered: sensible for tables, while a stream can only run what becomes a plain join.
class HiddenFilters {
 public:
  explicit HiddenFilters(duckdb::LogicalOperator& plan) { Hide(plan); }
  ~HiddenFilters() {
    for (duckdb::LogicalOperator& filter : hidden_) {
      filter.type = duckdb::LogicalOperatorType::LOGICAL_FILTER;
    }
  }
  HiddenFilters(const HiddenFilters&) = delete;
  HiddenFilters& operator=(const HiddenFilters&) = delete;

 private:
  void Hide(duckdb::LogicalOperator& op) {
    if (op.type == duckdb::LogicalOperatorType::LOGICAL_FILTER &&
        op.children[0]->type != duckdb::LogicalOperatorType::LOGICAL_DELIM_GET) {
      op.type = duckdb::LogicalOperatorType::LOGICAL_INVALID;
      hidden_.push_back(op);
    }
    for (const auto& child : op.children) {
      Hide(*child);
    }
  }

  std::vector<std::reference_wrapper<duckdb::LogicalOperator>> hidden_;
};

bool HasCorrelatedJoin(const duckdb::LogicalOperator& op) {
  return op.type == duckdb::LogicalOperatorType::LOGICAL_DELIM_JOIN ||
         std::ranges::any_of(op.children,
                             [](const auto& child) { return HasCorrelatedJoin(*child); });
}

/// What DuckDB leaves of EXISTS with another comparison than equality: a semi or anti join with the
/// join of the subquery and the correlated values, which is one with the subquery alone.
class CorrelatedExistence {
 public:
  /// Rewrites the join in place where it is of this form.
  static void Rewrite(duckdb::LogicalComparisonJoin& join) {
    if (join.join_type != duckdb::JoinType::SEMI && join.join_type != duckdb::JoinType::ANTI) {
      return;
    }
    duckdb::LogicalOperator* below = join.children[1].get();
    while (below->type == duckdb::LogicalOperatorType::LOGICAL_PROJECTION) {
      below = below->children[0].get();
    }
    if (below->type != duckdb::LogicalOperatorType::LOGICAL_COMPARISON_JOIN) {
      return;
    }
    auto& inner = below->Cast<duckdb::LogicalComparisonJoin>();
    const bool values_left = IsValues(*inner.children[0]);
    // Values that are read elsewhere, too, need the correlated join.
    if (inner.join_type == duckdb::JoinType::INNER && values_left != IsValues(*inner.children[1]) &&
        !ReadsValues(*inner.children[values_left ? 1 : 0])) {
      CorrelatedExistence(join, inner, values_left).Apply();
    }
  }

 private:
  using Expression = duckdb::unique_ptr<duckdb::Expression>;

  CorrelatedExistence(duckdb::LogicalComparisonJoin& join,
                      duckdb::LogicalComparisonJoin& inner,
                      bool values_left)
      : join_(join),
        inner_(inner),
        values_left_(values_left),
        values_(inner.children[values_left ? 0 : 1]->Cast<duckdb::LogicalDelimGet>().table_index) {}

  static bool IsValues(const duckdb::LogicalOperator& op) {
    return op.type == duckdb::LogicalOperatorType::LOGICAL_DELIM_GET;
  }
  void Apply() {
    duckdb::vector<duckdb::JoinCondition> conditions;
    for (const duckdb::JoinCondition& condition : join_.conditions) {
      Expression right = TraceToInner(condition.right->Copy());
      if (const auto* column = AsColumn(*right); column == nullptr) {
        return;
      } else if (column->binding.table_index != values_) {
        duckdb::JoinCondition kept;
        kept.left = condition.left->Copy();
        kept.right = std::move(right);
        kept.comparison = condition.comparison;
        conditions.push_back(std::move(kept));
      } else if (!IsEquality(condition.comparison)) {
        return;  // else true by itself: the values are those of the row
      }
    }
    for (duckdb::JoinCondition& condition : inner_.conditions) {
      if (!values_left_) {
        std::swap(condition.left, condition.right);
        condition.comparison = duckdb::FlipComparisonExpression(condition.comparison);
      }
      PutOuterColumns(condition.left);
      conditions.push_back(std::move(condition));
    }
    join_.conditions = std::move(conditions);
    join_.duplicate_eliminated_columns.clear();
    join_.type = duckdb::LogicalOperatorType::LOGICAL_COMPARISON_JOIN;
    duckdb::unique_ptr<duckdb::LogicalOperator> subquery =
        std::move(inner_.children[values_left_ ? 1 : 0]);
    join_.children[1] = std::move(subquery);
  }

  static bool ReadsValues(const duckdb::LogicalOperator& op) {
    return IsValues(op) ||
           std::ranges::any_of(op.children, [](const auto& child) { return ReadsValues(*child); });
  }
  static bool IsEquality(duckdb::ExpressionType comparison) {
    return comparison == duckdb::ExpressionType::COMPARE_EQUAL ||
           comparison == duckdb::ExpressionType::COMPARE_NOT_DISTINCT_FROM;
  }
  static const duckdb::BoundColumnRefExpression* AsColumn(const duckdb::Expression& expression) {
    return expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF
               ? &expression.Cast<duckdb::BoundColumnRefExpression>()
               : nullptr;
  }

  // What a column of the subquery is below its projections.
  Expression TraceToInner(Expression expression) const {
    for (const duckdb::LogicalOperator* op = join_.children[1].get(); op != &inner_;
         op = op->children[0].get()) {
      const auto* column = AsColumn(*expression);
      if (column == nullptr) {
        break;
      }
      expression = op->expressions[column->binding.column_index]->Copy();
    }
    return expression;
  }

  void PutOuterColumns(Expression& expression) {
    if (const auto* column = AsColumn(*expression); column != nullptr) {
      if (column->binding.table_index == values_) {
        expression = join_.duplicate_eliminated_columns[column->binding.column_index]->Copy();
      }
      return;
    }
    duckdb::ExpressionIterator::EnumerateChildren(
        *expression, [this](Expression& child) { PutOuterColumns(child); });
  }

  duckdb::LogicalComparisonJoin& join_;
  duckdb::LogicalComparisonJoin& inner_;
  const bool values_left_;
  const duckdb::idx_t values_;  // the table index of the correlated values
};

void RewriteExistence(duckdb::LogicalOperator& op) {
  for (const auto& child : op.children) {
    RewriteExistence(*child);
  }
  if (op.type == duckdb::LogicalOperatorType::LOGICAL_DELIM_JOIN) {
    CorrelatedExistence::Rewrite(op.Cast<duckdb::LogicalComparisonJoin>());
  }
}

}  // namespace

duckdb::unique_ptr<duckdb::LogicalOperator> Decorrelate(
    duckdb::unique_ptr<duckdb::LogicalOperator> plan) {
  if (!HasCorrelatedJoin(*plan)) {
    return plan;
  }
  {
    const HiddenFilters hidden(*plan);
    plan = duckdb::Deliminator().Optimize(std::move(plan));
  }
  RewriteExistence(*plan);
  return plan;
}

}  // namespace laminar::sql
