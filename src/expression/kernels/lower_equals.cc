// lower(text) = 'constant', compared in place instead of through a lowered copy. Letters beyond
// ASCII go by DuckDB's own lower().
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"

#include "expression/kernels/kernel_call.h"
#include "expression/kernels/string_search.h"
#include "expression/kernels/value_rows.h"

namespace duckdb {
// Of duckdb/function/scalar/string_common.hpp, which asks for a header outside of DuckDB's own
// folder.
idx_t LowerLength(const char* input_data, idx_t input_length);
void LowerCase(const char* input_data, idx_t input_length, char* result_data);
}  // namespace duckdb

namespace laminar::expression {
namespace {

const duckdb::BoundFunctionExpression* AsLower(const duckdb::Expression& expression) {
  const auto* lower = AsCall(expression, "lower", 1);
  return lower == nullptr ? AsCall(expression, "lcase", 1) : lower;
}

constexpr std::array<char, 256> MakeLowerTable() {
  std::array<char, 256> table{};
  for (size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<char>(i >= 'A' && i <= 'Z' ? i - 'A' + 'a' : i);
  }
  return table;
}

bool LowerEquals(std::string_view text, std::string_view lowered) {
  static constexpr std::array<char, 256> kLower = MakeLowerTable();
  if (!IsAscii(text)) {
    std::string copy(duckdb::LowerLength(text.data(), text.size()), '\0');
    duckdb::LowerCase(text.data(), text.size(), copy.data());
    return copy == lowered;
  }
  if (text.size() != lowered.size()) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (kLower[static_cast<unsigned char>(text[i])] != lowered[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<KernelCall> MatchLowerEquals(const duckdb::Expression& expression) {
  if (expression.GetExpressionType() != duckdb::ExpressionType::COMPARE_EQUAL) {
    return std::nullopt;
  }
  const auto& comparison = expression.Cast<duckdb::BoundComparisonExpression>();
  const duckdb::BoundFunctionExpression* lower = AsLower(*comparison.left);
  const duckdb::Expression* other = comparison.right.get();
  if (lower == nullptr) {
    lower = AsLower(*comparison.right);
    other = comparison.left.get();
  }
  std::optional<std::string> constant = AsText(*other);
  if (lower == nullptr || !constant) {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "lower_equals";
  call.arguments = {lower->children[0].get()};
  call.compute = [constant = *std::move(constant)](std::vector<duckdb::Vector>& arguments,
                                                   data::idx_t count, data::Vector& result) {
    MapStrings<bool>(arguments[0], count, result, [&](const duckdb::string_t& text, data::Vector&) {
      return LowerEquals(ViewOf(text), constant);
    });
  };
  return call;
}

}  // namespace laminar::expression
