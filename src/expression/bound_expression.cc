#include "expression/bound_expression.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>

#include "duckdb/planner/expression/bound_aggregate_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"

#include "base/assert.h"
#include "expression/process_binding.h"

namespace laminar::expression {
namespace {

void DropReferenceNames(duckdb::Expression& expression) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF) {
    expression.SetAlias("");
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [](duckdb::Expression& child) { DropReferenceNames(child); });
}

void CollectReferences(const duckdb::Expression& expression,
                       std::map<size_t, data::LogicalType>& references) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF) {
    references.emplace(expression.Cast<duckdb::BoundReferenceExpression>().index,
                       expression.return_type);
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](const duckdb::Expression& child) { CollectReferences(child, references); });
}

// struct_extract(bid, 'price') -> bid.price, as users write it.
std::string WithDots(std::string text) {
  constexpr std::string_view kCall = "struct_extract(";
  const auto is_name = [](std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '.' || c >= 0x80;
    });
  };
  // From the right, so that what is inside has its dots first.
  for (size_t at = text.rfind(kCall); at != std::string::npos;
       at = at == 0 ? std::string::npos : text.rfind(kCall, at - 1)) {
    const size_t start = at + kCall.size();
    const size_t comma = text.find(", '", start);
    const size_t end = comma == std::string::npos ? comma : text.find("')", comma);
    if (end == std::string::npos) {
      continue;
    }
    const std::string source = text.substr(start, comma - start);
    const std::string field = text.substr(comma + 3, end - comma - 3);
    if (is_name(source) && is_name(field)) {
      text.replace(at, end + 2 - at, source + "." + field);
    }
  }
  return text;
}

}  // namespace

BoundExpression::BoundExpression(std::shared_ptr<const duckdb::Expression> expression)
    : expression_(std::move(expression)) {
  LAMINAR_ASSERT(expression_ != nullptr, 0);
  expression_ = BindToProcess(std::move(expression_));
}

BoundExpression BoundExpression::Column(size_t index,
                                        const data::LogicalType& type,
                                        std::string name) {
  return BoundExpression(std::make_shared<duckdb::BoundReferenceExpression>(
      std::move(name), type, static_cast<duckdb::storage_t>(index)));
}

const data::LogicalType& BoundExpression::type() const { return expression_->return_type; }

std::optional<size_t> BoundExpression::AsColumn() const {
  if (expression_->GetExpressionClass() != duckdb::ExpressionClass::BOUND_REF) {
    return std::nullopt;
  }
  return expression_->Cast<duckdb::BoundReferenceExpression>().index;
}

std::string BoundExpression::ToString() const { return WithDots(expression_->ToString()); }

std::string BoundExpression::ToNormalizedText() const {
  const auto copy = expression_->Copy();
  DropReferenceNames(*copy);
  return copy->ToString();
}

std::vector<std::pair<size_t, data::LogicalType>> BoundExpression::References() const {
  std::map<size_t, data::LogicalType> references;
  CollectReferences(*expression_, references);
  return {references.begin(), references.end()};
}

}  // namespace laminar::expression
