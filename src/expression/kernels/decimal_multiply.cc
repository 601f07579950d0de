// A decimal constant times an integer column. DuckDB widens both to 128 bits and checks each
// product; the product of two 64-bit numbers fits into 128 bits anyway, and the result's type has
// room for it.
#include <utility>

#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"

#include "expression/kernels/kernel_call.h"
#include "expression/kernels/value_rows.h"

namespace laminar::expression {
namespace {

// The digits of a decimal constant, when they fit into 64 bits.
std::optional<int64_t> AsDigits(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CONSTANT ||
      expression.return_type.id() != data::LogicalTypeId::DECIMAL) {
    return std::nullopt;
  }
  const data::Value& value = expression.Cast<duckdb::BoundConstantExpression>().value;
  if (value.IsNull()) {
    return std::nullopt;
  }
  switch (expression.return_type.InternalType()) {
    case duckdb::PhysicalType::INT16:
      return duckdb::SmallIntValue::Get(value);
    case duckdb::PhysicalType::INT32:
      return duckdb::IntegerValue::Get(value);
    case duckdb::PhysicalType::INT64:
      return duckdb::BigIntValue::Get(value);
    case duckdb::PhysicalType::INT128: {
      int64_t digits = 0;
      if (duckdb::Hugeint::TryCast(duckdb::HugeIntValue::Get(value), digits)) {
        return digits;
      }
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

// The BIGINT below a cast to a decimal without fraction.
const duckdb::Expression* AsWidenedBigint(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CAST ||
      expression.return_type.id() != data::LogicalTypeId::DECIMAL ||
      duckdb::DecimalType::GetScale(expression.return_type) != 0 ||
      duckdb::DecimalType::GetWidth(expression.return_type) < 19) {
    return nullptr;
  }
  const auto& cast = expression.Cast<duckdb::BoundCastExpression>();
  return cast.child->return_type == data::LogicalType::BIGINT && !cast.try_cast ? cast.child.get()
                                                                                : nullptr;
}

// Decimal places that hold every product of the constant and a BIGINT.
uint8_t WidthNeeded(int64_t digits) {
  unsigned __int128 product =
      digits < 0 ? 0 - static_cast<uint64_t>(digits) : static_cast<uint64_t>(digits);
  product <<= 63;
  uint8_t width = 0;
  for (; product != 0; product /= 10) {
    ++width;
  }
  return width;
}

}  // namespace

std::optional<KernelCall> MatchDecimalMultiply(const duckdb::Expression& expression) {
  const auto* product = AsCall(expression, "*", 2);
  if (product == nullptr || expression.return_type.id() != data::LogicalTypeId::DECIMAL ||
      expression.return_type.InternalType() != duckdb::PhysicalType::INT128) {
    return std::nullopt;
  }
  std::optional<int64_t> digits = AsDigits(*product->children[0]);
  const duckdb::Expression* integer = AsWidenedBigint(*product->children[1]);
  if (!digits || integer == nullptr) {
    digits = AsDigits(*product->children[1]);
    integer = AsWidenedBigint(*product->children[0]);
  }
  if (!digits || integer == nullptr ||
      WidthNeeded(*digits) > duckdb::DecimalType::GetWidth(expression.return_type)) {
    return std::nullopt;
  }
  const auto scale_of = [](const duckdb::Expression& e) {
    return duckdb::DecimalType::GetScale(e.return_type);
  };
  if (scale_of(expression) != scale_of(*product->children[0]) + scale_of(*product->children[1])) {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "decimal_multiply";
  call.arguments = {integer};
  call.compute = [digits = *digits](std::vector<duckdb::Vector>& arguments, data::idx_t count,
                                    data::Vector& result) {
    MapValues<int64_t, duckdb::hugeint_t>(
        arguments[0], count, result, [digits](int64_t value, data::Vector&) {
          const __int128 wide = static_cast<__int128>(digits) * value;
          return duckdb::hugeint_t(static_cast<int64_t>(wide >> 64), static_cast<uint64_t>(wide));
        });
  };
  return call;
}

}  // namespace laminar::expression
