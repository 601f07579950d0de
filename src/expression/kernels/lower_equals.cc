// lower(text) = 'constant', compared in place instead of through a lowered copy. Letters beyond
// ASCII go by DuckDB's own lower().
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression/bound_operator_expression.hpp"

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

// lower(text) with the constants that it is compared with.
struct LowerComparison {
  const duckdb::Expression* text = nullptr;
  std::vector<std::string> constants;
};

// lower(x) = 'a', 'a' = lower(x), lower(x) IN ('a', 'b').
std::optional<LowerComparison> FindComparison(const duckdb::Expression& expression) {
  std::vector<const duckdb::Expression*> others;
  const duckdb::BoundFunctionExpression* lower = nullptr;
  if (expression.GetExpressionType() == duckdb::ExpressionType::COMPARE_EQUAL) {
    const auto& comparison = expression.Cast<duckdb::BoundComparisonExpression>();
    lower = AsLower(*comparison.left);
    others.push_back(lower == nullptr ? comparison.left.get() : comparison.right.get());
    lower = lower == nullptr ? AsLower(*comparison.right) : lower;
  } else if (expression.GetExpressionType() == duckdb::ExpressionType::COMPARE_IN) {
    const auto& children = expression.Cast<duckdb::BoundOperatorExpression>().children;
    lower = AsLower(*children[0]);
    for (size_t i = 1; i < children.size(); ++i) {
      others.push_back(children[i].get());
    }
  }
  if (lower == nullptr) {
    return std::nullopt;
  }
  LowerComparison comparison;
  comparison.text = lower->children[0].get();
  for (const duckdb::Expression* other : others) {
    std::optional<std::string> constant = AsText(*other);
    if (!constant) {
      return std::nullopt;
    }
    comparison.constants.push_back(*std::move(constant));
  }
  return comparison;
}

}  // namespace

std::optional<KernelCall> MatchLowerEquals(const duckdb::Expression& expression) {
  std::optional<LowerComparison> comparison = FindComparison(expression);
  if (!comparison) {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "lower_equals";
  call.arguments = {comparison->text};
  call.compute = [memo = std::make_shared<DictionaryMemo<bool>>(),
                  constants = std::move(comparison->constants)](
                     std::vector<duckdb::Vector>& arguments, data::idx_t count,
                     data::Vector& result) {
    MapStrings<bool>(
        arguments[0], count, result, *memo, [&](const duckdb::string_t& text, data::Vector&) {
          return std::any_of(constants.begin(), constants.end(), [&](const std::string& constant) {
            return LowerEquals(ViewOf(text), constant);
          });
        });
  };
  return call;
}

}  // namespace laminar::expression
