// A decimal constant times an integer column. DuckDB widens both to 128 bits and checks each
// product; the product of two 64-bit numbers fits into 128 bits anyway, and the result's type has
// room for it.
#include "expression/kernels/decimal_product.h"
#include "expression/kernels/kernel_call.h"
#include "expression/kernels/value_rows.h"

namespace laminar::expression {

std::optional<KernelCall> MatchDecimalMultiply(const duckdb::Expression& expression) {
  const std::optional<DecimalProduct> product = FindDecimalProduct(expression);
  if (!product) {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "decimal_multiply";
  call.arguments = {product->integer};
  call.compute = [digits = product->digits](std::vector<duckdb::Vector>& arguments,
                                            data::idx_t count, data::Vector& result) {
    MapValues<int64_t, duckdb::hugeint_t>(
        arguments[0], count, result, [digits](int64_t value, data::Vector&) {
          const __int128 wide = static_cast<__int128>(digits) * value;
          return duckdb::hugeint_t(static_cast<int64_t>(wide >> 64), static_cast<uint64_t>(wide));
        });
  };
  return call;
}

}  // namespace laminar::expression
