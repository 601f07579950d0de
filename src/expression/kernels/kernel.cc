#include "expression/kernels/kernel.h"

#include <array>
#include <memory>
#include <utility>

#include "duckdb/function/scalar_function.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"

#include "expression/kernels/kernel_call.h"

namespace laminar::expression {
namespace {

using ExpressionPointer = duckdb::unique_ptr<duckdb::Expression>;

constexpr std::array kMatchers = {MatchSplitPart, MatchReplace,        MatchCountCharacter,
                                  MatchContains,  MatchLowerEquals,    MatchRegexpExtract,
                                  MatchStrftime,  MatchDecimalCompare, MatchDecimalMultiply};

ExpressionPointer MakeCall(KernelCall call, const duckdb::Expression& replaced) {
  duckdb::vector<data::LogicalType> types;
  duckdb::vector<ExpressionPointer> children;
  for (const duckdb::Expression* argument : call.arguments) {
    types.push_back(argument->return_type);
    children.push_back(argument->Copy());
  }
  duckdb::ScalarFunction function(
      call.name, types, replaced.return_type,
      [compute = std::move(call.compute)](duckdb::DataChunk& arguments, duckdb::ExpressionState&,
                                          duckdb::Vector& result) {
        compute(arguments.data, arguments.size(), result);
      });
  return duckdb::make_uniq<duckdb::BoundFunctionExpression>(
      replaced.return_type, std::move(function), std::move(children), nullptr);
}

void Replace(ExpressionPointer& expression) {
  for (const auto& match : kMatchers) {
    if (std::optional<KernelCall> call = match(*expression)) {
      expression = MakeCall(*std::move(call), *expression);
      break;
    }
  }
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION) {
    auto& call = expression->Cast<duckdb::BoundFunctionExpression>();
    if (std::optional<ScalarBody> body = MatchRegexpPrefilter(call, call.function.function)) {
      call.function.function = *std::move(body);
    }
  }
  duckdb::ExpressionIterator::EnumerateChildren(*expression,
                                                [](ExpressionPointer& child) { Replace(child); });
}

}  // namespace

BoundExpression UseKernels(const BoundExpression& expression) {
  ExpressionPointer copy = expression.get().Copy();
  Replace(copy);
  return BoundExpression(std::shared_ptr<const duckdb::Expression>(std::move(copy)));
}

const duckdb::BoundFunctionExpression* AsCall(const duckdb::Expression& expression,
                                              std::string_view name,
                                              size_t num_arguments) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_FUNCTION) {
    return nullptr;
  }
  const auto& call = expression.Cast<duckdb::BoundFunctionExpression>();
  return call.function.name == name && call.children.size() == num_arguments ? &call : nullptr;
}

std::optional<std::string> AsText(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CONSTANT ||
      expression.return_type.id() != data::LogicalTypeId::VARCHAR) {
    return std::nullopt;
  }
  const data::Value& value = expression.Cast<duckdb::BoundConstantExpression>().value;
  return value.IsNull() ? std::nullopt : std::optional(duckdb::StringValue::Get(value));
}

std::optional<int64_t> AsInteger(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CONSTANT ||
      !expression.return_type.IsIntegral()) {
    return std::nullopt;
  }
  const data::Value& value = expression.Cast<duckdb::BoundConstantExpression>().value;
  data::Value integer;
  if (value.IsNull() ||
      !value.DefaultTryCastAs(data::LogicalType::BIGINT, integer, nullptr, true)) {
    return std::nullopt;
  }
  return integer.GetValue<int64_t>();
}

}  // namespace laminar::expression
