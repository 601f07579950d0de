#include "expression/process_binding.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "duckdb/function/lambda_functions.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"

#include "expression/duckdb_instance.h"

namespace laminar::expression {
namespace {

constexpr std::array<std::string_view, 8> kKeepContext = {
    "list_sort",     "array_sort",     "list_reverse_sort", "array_reverse_sort",
    "list_grade_up", "array_grade_up", "grade_up",          "setseed"};

bool KeepsContext(const duckdb::BoundFunctionExpression& call) {
  return std::find(kKeepContext.begin(), kKeepContext.end(), call.function.name) !=
         kKeepContext.end();
}

// The expression that a lambda computes is part of its call's bind data.
duckdb::Expression* LambdaOf(const duckdb::BoundFunctionExpression& call) {
  auto* data = dynamic_cast<duckdb::ListLambdaBindData*>(call.bind_info.get());
  return data == nullptr ? nullptr : data->lambda_expr.get();
}

bool AnyKeepsContext(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION) {
    const auto& call = expression.Cast<duckdb::BoundFunctionExpression>();
    const duckdb::Expression* lambda = LambdaOf(call);
    if (KeepsContext(call) || (lambda != nullptr && AnyKeepsContext(*lambda))) {
      return true;
    }
  }
  bool any = false;
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](const duckdb::Expression& child) { any = any || AnyKeepsContext(child); });
  return any;
}

void Rebind(duckdb::Expression& expression) {
  duckdb::ExpressionIterator::EnumerateChildren(expression,
                                                [](duckdb::Expression& child) { Rebind(child); });
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_FUNCTION) {
    return;
  }
  auto& call = expression.Cast<duckdb::BoundFunctionExpression>();
  if (KeepsContext(call)) {
    call.bind_info = call.function.bind(EvaluationContext(), call.function, call.children);
  }
  if (duckdb::Expression* lambda = LambdaOf(call)) {
    Rebind(*lambda);
  }
}

}  // namespace

std::shared_ptr<const duckdb::Expression> BindToProcess(
    std::shared_ptr<const duckdb::Expression> expression) {
  if (!AnyKeepsContext(*expression)) {
    return expression;
  }
  auto copy = expression->Copy();
  Rebind(*copy);
  return std::shared_ptr<const duckdb::Expression>(std::move(copy));
}

}  // namespace laminar::expression
