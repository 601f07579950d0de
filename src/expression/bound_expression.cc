#include "expression/bound_expression.h"

#include <utility>

#include "base/assert.h"
#include "duckdb/planner/expression/bound_aggregate_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"

namespace laminar::expression {

BoundExpression::BoundExpression(
    std::shared_ptr<const duckdb::Expression> expression)
    : expression_(std::move(expression)) {
  LAMINAR_ASSERT(expression_ != nullptr, 0);
}

BoundExpression BoundExpression::Column(size_t index,
                                        const data::LogicalType &type,
                                        std::string name) {
  return BoundExpression(std::make_shared<duckdb::BoundReferenceExpression>(
      std::move(name), type, static_cast<duckdb::storage_t>(index)));
}

const data::LogicalType &BoundExpression::type() const {
  return expression_->return_type;
}

std::optional<size_t> BoundExpression::AsColumn() const {
  if (expression_->GetExpressionClass() != duckdb::ExpressionClass::BOUND_REF) {
    return std::nullopt;
  }
  return expression_->Cast<duckdb::BoundReferenceExpression>().index;
}

std::string BoundExpression::ToString() const {
  return expression_->ToString();
}

} // namespace laminar::expression
