// Finds products of a decimal constant and an integer column, whose digits fit into 128 bits
// whatever the integer is. Pure; any thread.
#ifndef LAMINAR_EXPRESSION_KERNELS_DECIMAL_PRODUCT_H_
#define LAMINAR_EXPRESSION_KERNELS_DECIMAL_PRODUCT_H_

#include <cstdint>
#include <optional>

namespace duckdb {
class Expression;
}  // namespace duckdb

namespace laminar::expression {

/// digits * integer, in units of the product's last decimal place.
struct DecimalProduct {
  int64_t digits = 0;
  const duckdb::Expression* integer = nullptr;  // BIGINT, part of the expression
};

/// The product that `expression` is: a 128-bit decimal with room for every value.
std::optional<DecimalProduct> FindDecimalProduct(const duckdb::Expression& expression);

/// The digits of a decimal constant that is not NULL.
std::optional<__int128> AsWideDigits(const duckdb::Expression& expression);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_KERNELS_DECIMAL_PRODUCT_H_
