// split_part(text, delimiter, position) is a macro over string_split: a list per row. Here the
// wanted part is cut out directly.
#include <memory>
#include <string>
#include <utility>

#include "duckdb/planner/expression/bound_case_expression.hpp"
#include "duckdb/planner/expression/bound_conjunction_expression.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression/bound_operator_expression.hpp"

#include "expression/kernels/kernel_call.h"
#include "expression/kernels/string_search.h"
#include "expression/kernels/value_rows.h"

namespace laminar::expression {
namespace {

struct Split {
  const duckdb::Expression* text = nullptr;
  std::string delimiter;
  int64_t position = 1;
};

// string_split(text, 'delimiter')[position], or that within coalesce(..., '').
std::optional<Split> FindSplit(const duckdb::Expression& expression, bool& coalesced) {
  if (expression.GetExpressionType() == duckdb::ExpressionType::OPERATOR_COALESCE) {
    const auto& coalesce = expression.Cast<duckdb::BoundOperatorExpression>();
    if (coalesce.children.size() != 2 || AsText(*coalesce.children[1]) != "") {
      return std::nullopt;
    }
    coalesced = true;
    return FindSplit(*coalesce.children[0], coalesced);
  }
  const auto* element = AsCall(expression, "array_extract", 2);
  if (element == nullptr) {
    element = AsCall(expression, "list_extract", 2);
  }
  if (element == nullptr) {
    return std::nullopt;
  }
  const duckdb::BoundFunctionExpression* split = nullptr;
  for (const char* name : {"string_split", "split", "str_split", "string_to_array"}) {
    split = split == nullptr ? AsCall(*element->children[0], name, 2) : split;
  }
  const std::optional<int64_t> position = AsInteger(*element->children[1]);
  if (split == nullptr || !position || *position < 1) {
    return std::nullopt;
  }
  const std::optional<std::string> delimiter = AsText(*split->children[1]);
  if (!delimiter || delimiter->empty()) {
    return std::nullopt;
  }
  return Split{split->children[0].get(), *delimiter, *position};
}

bool IsNotNull(const duckdb::Expression& expression, const duckdb::Expression& of) {
  if (expression.GetExpressionType() == duckdb::ExpressionType::CONJUNCTION_AND) {
    for (const auto& child : expression.Cast<duckdb::BoundConjunctionExpression>().children) {
      if (!IsNotNull(*child, of)) {
        return false;
      }
    }
    return true;
  }
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_CONSTANT) {
    return expression.Cast<duckdb::BoundConstantExpression>().value == data::Value::BOOLEAN(true);
  }
  if (expression.GetExpressionType() != duckdb::ExpressionType::OPERATOR_IS_NOT_NULL) {
    return false;
  }
  const duckdb::Expression& child = *expression.Cast<duckdb::BoundOperatorExpression>().children[0];
  return child.Equals(of) || AsText(child) || AsInteger(child);
}

// CASE WHEN text IS NOT NULL THEN coalesce(string_split(text, ...)[...], '') END.
std::optional<Split> FindMacro(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CASE) {
    return std::nullopt;
  }
  const auto& cases = expression.Cast<duckdb::BoundCaseExpression>();
  if (cases.case_checks.size() != 1 ||
      cases.else_expr->GetExpressionClass() != duckdb::ExpressionClass::BOUND_CONSTANT ||
      !cases.else_expr->Cast<duckdb::BoundConstantExpression>().value.IsNull()) {
    return std::nullopt;
  }
  bool coalesced = false;
  std::optional<Split> split = FindSplit(*cases.case_checks[0].then_expr, coalesced);
  if (!split || !coalesced || split->text->IsVolatile() ||
      !IsNotNull(*cases.case_checks[0].when_expr, *split->text)) {
    return std::nullopt;
  }
  return split;
}

std::string_view PartOf(std::string_view text, std::string_view delimiter, int64_t position) {
  size_t start = 0;
  for (int64_t part = 1;; ++part) {
    const size_t end = FindText(text, delimiter, start);
    if (part == position) {
      return text.substr(start, (end == kNotFound ? text.size() : end) - start);
    }
    if (end == kNotFound) {
      return {};
    }
    start = end + delimiter.size();
  }
}

}  // namespace

std::optional<KernelCall> MatchSplitPart(const duckdb::Expression& expression) {
  std::optional<Split> split = FindMacro(expression);
  if (!split) {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "split_part";
  call.arguments = {split->text};
  call.compute = [memo = std::make_shared<DictionaryMemo<duckdb::string_t>>(),
                  delimiter = std::move(split->delimiter),
                  position = split->position](std::vector<duckdb::Vector>& arguments,
                                              data::idx_t count, data::Vector& result) {
    MapSubstrings(arguments[0], count, result, *memo,
                  [&](const duckdb::string_t& text, data::Vector&) {
                    return StringOf(PartOf(ViewOf(text), delimiter, position));
                  });
  };
  return call;
}

}  // namespace laminar::expression
