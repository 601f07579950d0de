#include "expression/kernels/decimal_product.h"

#include <limits>

#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"

#include "expression/kernels/kernel_call.h"

namespace laminar::expression {
namespace {

// The digits of a decimal constant, when they fit into 64 bits.
std::optional<int64_t> AsDigits(const duckdb::Expression& expression) {
  const std::optional<__int128> digits = AsWideDigits(expression);
  if (!digits || *digits < std::numeric_limits<int64_t>::min() ||
      *digits > std::numeric_limits<int64_t>::max()) {
    return std::nullopt;
  }
  return static_cast<int64_t>(*digits);
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

std::optional<__int128> AsWideDigits(const duckdb::Expression& expression) {
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
      return value.GetValueUnsafe<int16_t>();
    case duckdb::PhysicalType::INT32:
      return value.GetValueUnsafe<int32_t>();
    case duckdb::PhysicalType::INT64:
      return value.GetValueUnsafe<int64_t>();
    case duckdb::PhysicalType::INT128: {
      const auto wide = value.GetValueUnsafe<duckdb::hugeint_t>();
      return static_cast<__int128>((static_cast<unsigned __int128>(wide.upper) << 64) | wide.lower);
    }
    default:
      return std::nullopt;
  }
}

std::optional<DecimalProduct> FindDecimalProduct(const duckdb::Expression& expression) {
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
  return DecimalProduct{*digits, integer};
}

}  // namespace laminar::expression
