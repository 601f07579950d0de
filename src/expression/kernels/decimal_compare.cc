// A decimal constant times an integer column, compared with decimal constants: the same as the
// integer lying between two bounds, which are worked out once.
#include <limits>
#include <utility>

#include "duckdb/planner/expression/bound_between_expression.hpp"
#include "duckdb/planner/expression/bound_comparison_expression.hpp"

#include "expression/kernels/decimal_product.h"
#include "expression/kernels/kernel_call.h"
#include "expression/kernels/value_rows.h"

namespace laminar::expression {
namespace {

// Integers x with lower <= x <= upper; none when lower > upper.
struct Bounds {
  __int128 lower = std::numeric_limits<int64_t>::min();
  __int128 upper = std::numeric_limits<int64_t>::max();

  void AtLeast(__int128 bound) { lower = bound > lower ? bound : lower; }
  void AtMost(__int128 bound) { upper = bound < upper ? bound : upper; }
};

__int128 FloorDivide(__int128 a, __int128 b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}
__int128 CeilDivide(__int128 a, __int128 b) { return -FloorDivide(-a, b); }

// Adds what `digits * x (type) constant` says of x. REQUIRES: digits > 0.
bool AddBound(duckdb::ExpressionType type, int64_t digits, __int128 constant, Bounds& bounds) {
  switch (type) {
    case duckdb::ExpressionType::COMPARE_GREATERTHAN:
      bounds.AtLeast(FloorDivide(constant, digits) + 1);
      return true;
    case duckdb::ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      bounds.AtLeast(CeilDivide(constant, digits));
      return true;
    case duckdb::ExpressionType::COMPARE_LESSTHAN:
      bounds.AtMost(CeilDivide(constant, digits) - 1);
      return true;
    case duckdb::ExpressionType::COMPARE_LESSTHANOREQUALTO:
      bounds.AtMost(FloorDivide(constant, digits));
      return true;
    default:
      return false;
  }
}

// The constant in units of the product's last decimal place.
std::optional<__int128> AsBound(const duckdb::Expression& expression,
                                const duckdb::Expression& product) {
  if (expression.return_type != product.return_type) {
    return std::nullopt;
  }
  return AsWideDigits(expression);
}

struct Comparison {
  DecimalProduct product;
  Bounds bounds;
};

std::optional<Comparison> FindComparison(const duckdb::Expression& expression) {
  Comparison found;
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COMPARISON) {
    const auto& comparison = expression.Cast<duckdb::BoundComparisonExpression>();
    const duckdb::Expression* product = comparison.left.get();
    const duckdb::Expression* constant = comparison.right.get();
    duckdb::ExpressionType type = comparison.GetExpressionType();
    if (!FindDecimalProduct(*product)) {
      std::swap(product, constant);
      type = duckdb::FlipComparisonExpression(type);
    }
    const std::optional<DecimalProduct> decimal = FindDecimalProduct(*product);
    const std::optional<__int128> bound =
        decimal ? AsBound(*constant, *product) : std::optional<__int128>();
    if (!bound || decimal->digits <= 0 || !AddBound(type, decimal->digits, *bound, found.bounds)) {
      return std::nullopt;
    }
    found.product = *decimal;
    return found;
  }
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_BETWEEN) {
    return std::nullopt;
  }
  const auto& between = expression.Cast<duckdb::BoundBetweenExpression>();
  const std::optional<DecimalProduct> decimal = FindDecimalProduct(*between.input);
  if (!decimal || decimal->digits <= 0) {
    return std::nullopt;
  }
  const std::optional<__int128> lower = AsBound(*between.lower, *between.input);
  const std::optional<__int128> upper = AsBound(*between.upper, *between.input);
  if (!lower || !upper) {
    return std::nullopt;
  }
  AddBound(between.LowerComparisonType(), decimal->digits, *lower, found.bounds);
  AddBound(between.UpperComparisonType(), decimal->digits, *upper, found.bounds);
  found.product = *decimal;
  return found;
}

}  // namespace

std::optional<KernelCall> MatchDecimalCompare(const duckdb::Expression& expression) {
  const std::optional<Comparison> comparison = FindComparison(expression);
  if (!comparison) {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "decimal_compare";
  call.arguments = {comparison->product.integer};
  const bool none = comparison->bounds.lower > comparison->bounds.upper;
  const auto lower = static_cast<int64_t>(none ? 1 : comparison->bounds.lower);
  const auto upper = static_cast<int64_t>(none ? 0 : comparison->bounds.upper);
  call.compute = [lower, upper](std::vector<duckdb::Vector>& arguments, data::idx_t count,
                                data::Vector& result) {
    MapValues<int64_t, bool>(arguments[0], count, result, [=](int64_t value, data::Vector&) {
      return (value >= lower) & (value <= upper);
    });
  };
  return call;
}

}  // namespace laminar::expression
