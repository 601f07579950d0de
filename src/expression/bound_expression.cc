#include "expression/bound_expression.h"

#include <map>
#include <utility>

#include "duckdb/planner/expression/bound_aggregate_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"

#include "base/assert.h"

namespace laminar::expression {
namespace {

void DropReferenceNames(duckdb::Expression& expression) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF) {
    expression.SetAlias("");
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [](duckdb::Expression& child) { DropReferenceNames(child); });
}

void CollectReferences(const duckdb::Expression& expression,
                       std::map<size_t, data::LogicalType>& references) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF) {
    references.emplace(expression.Cast<duckdb::BoundReferenceExpression>().index,
                       expression.return_type);
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](const duckdb::Expression& child) { CollectReferences(child, references); });
}

}  // namespace

BoundExpression::BoundExpression(std::shared_ptr<const duckdb::Expression> expression)
    : expression_(std::move(expression)) {
  LAMINAR_ASSERT(expression_ != nullptr, 0);
}

BoundExpression BoundExpression::Column(size_t index,
                                        const data::LogicalType& type,
                                        std::string name) {
  return BoundExpression(std::make_shared<duckdb::BoundReferenceExpression>(
      std::move(name), type, static_cast<duckdb::storage_t>(index)));
}

const data::LogicalType& BoundExpression::type() const { return expression_->return_type; }

std::optional<size_t> BoundExpression::AsColumn() const {
  if (expression_->GetExpressionClass() != duckdb::ExpressionClass::BOUND_REF) {
    return std::nullopt;
  }
  return expression_->Cast<duckdb::BoundReferenceExpression>().index;
}

std::string BoundExpression::ToString() const { return expression_->ToString(); }

std::string BoundExpression::ToNormalizedText() const {
  const auto copy = expression_->Copy();
  DropReferenceNames(*copy);
  return copy->ToString();
}

std::vector<std::pair<size_t, data::LogicalType>> BoundExpression::References() const {
  std::map<size_t, data::LogicalType> references;
  CollectReferences(*expression_, references);
  return {references.begin(), references.end()};
}

}  // namespace laminar::expression
