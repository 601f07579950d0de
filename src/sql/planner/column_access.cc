#include "sql/planner/column_access.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "duckdb/function/function_binder.hpp"
#include "duckdb/function/scalar/struct_functions.hpp"
#include "duckdb/function/scalar/struct_utils.hpp"
#include "duckdb/planner/expression/bound_conjunction_expression.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"

#include "base/assert.h"

namespace laminar::sql {
namespace {

using expression::BoundExpression;

BoundExpression Own(duckdb::unique_ptr<duckdb::Expression> expression) {
  return BoundExpression(std::shared_ptr<const duckdb::Expression>(std::move(expression)));
}

void ReplaceReferences(duckdb::unique_ptr<duckdb::Expression>& expression,
                       const std::function<duckdb::unique_ptr<duckdb::Expression>(
                           const duckdb::BoundReferenceExpression&)>& replacement) {
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF) {
    expression = replacement(expression->Cast<duckdb::BoundReferenceExpression>());
    return;
  }
  KeepArgumentNames(*expression, [&] {
    duckdb::ExpressionIterator::EnumerateChildren(
        *expression, [&](duckdb::unique_ptr<duckdb::Expression>& child) {
          ReplaceReferences(child, replacement);
        });
  });
}

bool IsStructUpdate(const duckdb::Expression& expression) {
  return expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION &&
         expression.Cast<duckdb::BoundFunctionExpression>().function.name == "struct_update";
}

void CountReferences(const duckdb::Expression& expression, std::vector<int>& uses) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF) {
    ++uses[expression.Cast<duckdb::BoundReferenceExpression>().index];
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](const duckdb::Expression& child) { CountReferences(child, uses); });
}

}  // namespace

std::optional<size_t> FindExtractedField(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_FUNCTION) {
    return std::nullopt;
  }
  const auto& function = expression.Cast<duckdb::BoundFunctionExpression>();
  const auto* data = dynamic_cast<const duckdb::StructExtractBindData*>(function.bind_info.get());
  if (data == nullptr || function.children.empty() ||
      function.children[0]->return_type.id() != data::LogicalTypeId::STRUCT) {
    return std::nullopt;
  }
  return data->index;
}

bool IsCheap(const duckdb::Expression& expression) {
  switch (expression.GetExpressionClass()) {
    case duckdb::ExpressionClass::BOUND_REF:
    case duckdb::ExpressionClass::BOUND_CONSTANT:
      return true;
    default:
      return FindExtractedField(expression).has_value() &&
             IsCheap(*expression.Cast<duckdb::BoundFunctionExpression>().children[0]);
  }
}

const data::LogicalType& WindowType() {
  static const data::LogicalType type = data::LogicalType::STRUCT(
      {{"start", data::LogicalType::TIMESTAMP}, {"end", data::LogicalType::TIMESTAMP}});
  return type;
}

WindowPart PartOfField(size_t field) { return field == 0 ? WindowPart::kStart : WindowPart::kEnd; }

BoundExpression ExtractField(duckdb::ClientContext& context,
                             const BoundExpression& source,
                             const std::string& field) {
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> arguments;
  arguments.push_back(source.get().Copy());
  arguments.push_back(duckdb::make_uniq<duckdb::BoundConstantExpression>(data::Value(field)));
  duckdb::ErrorData error;
  duckdb::FunctionBinder binder(context);
  auto extracted = binder.BindScalarFunction(DEFAULT_SCHEMA, duckdb::StructExtractFun::Name,
                                             std::move(arguments), error);
  if (extracted == nullptr) {
    error.Throw();
  }
  return Own(std::move(extracted));
}

BoundExpression ExtractPart(duckdb::ClientContext& context,
                            const BoundExpression& window,
                            WindowPart part) {
  LAMINAR_ASSERT(part != WindowPart::kNone, static_cast<int>(part));
  return part == WindowPart::kStruct
             ? window
             : ExtractField(context, window, part == WindowPart::kStart ? "start" : "end");
}

BoundExpression Substitute(const BoundExpression& expression,
                           const std::function<const BoundExpression&(size_t)>& replacement) {
  auto copy = expression.get().Copy();
  ReplaceReferences(copy, [&](const duckdb::BoundReferenceExpression& reference) {
    return replacement(reference.index).get().Copy();
  });
  return Own(std::move(copy));
}

BoundExpression MoveColumns(const BoundExpression& expression,
                            const std::function<size_t(size_t)>& position) {
  auto copy = expression.get().Copy();
  ReplaceReferences(copy,
                    [&](const duckdb::BoundReferenceExpression& reference)
                        -> duckdb::unique_ptr<duckdb::Expression> {
                      return duckdb::make_uniq<duckdb::BoundReferenceExpression>(
                          reference.GetAlias(), reference.return_type,
                          static_cast<duckdb::storage_t>(position(reference.index)));
                    });
  return Own(std::move(copy));
}

void KeepArgumentNames(duckdb::Expression& expression, const std::function<void()>& change) {
  if (!IsStructUpdate(expression)) {
    change();
    return;
  }
  auto& arguments = expression.Cast<duckdb::BoundFunctionExpression>().children;
  std::vector<std::string> names;
  for (const auto& argument : arguments) {
    names.push_back(argument->GetAlias());
  }
  change();
  for (size_t i = 0; i < arguments.size(); ++i) {
    arguments[i]->SetAlias(names[i]);
  }
}

bool HasArgumentNames(const duckdb::Expression& expression) {
  bool found = IsStructUpdate(expression);
  duckdb::ExpressionIterator::EnumerateChildren(expression, [&](const duckdb::Expression& child) {
    found = found || HasArgumentNames(child);
  });
  return found;
}

void CountUses(const BoundExpression& expression, std::vector<int>& uses) {
  CountReferences(expression.get(), uses);
}

bool AreEqual(const BoundExpression& a, const BoundExpression& b) {
  return !a.get().IsVolatile() && !HasArgumentNames(a.get()) &&
         duckdb::Expression::Equals(a.get(), b.get());
}

BoundExpression And(const std::vector<BoundExpression>& conditions) {
  if (conditions.size() == 1) {
    return conditions[0];
  }
  auto conjunction =
      std::make_shared<duckdb::BoundConjunctionExpression>(duckdb::ExpressionType::CONJUNCTION_AND);
  for (const BoundExpression& condition : conditions) {
    conjunction->children.push_back(condition.get().Copy());
  }
  return BoundExpression(std::move(conjunction));
}

BoundExpression Or(const std::vector<BoundExpression>& conditions) {
  auto conjunction =
      std::make_shared<duckdb::BoundConjunctionExpression>(duckdb::ExpressionType::CONJUNCTION_OR);
  for (const BoundExpression& condition : conditions) {
    conjunction->children.push_back(condition.get().Copy());
  }
  return conditions.size() == 1 ? conditions[0] : BoundExpression(std::move(conjunction));
}

const data::Value* FindConstant(const duckdb::Expression& expression) {
  return expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_CONSTANT
             ? &expression.Cast<duckdb::BoundConstantExpression>().value
             : nullptr;
}

BoundExpression Constant(data::Value value) {
  return BoundExpression(std::make_shared<duckdb::BoundConstantExpression>(std::move(value)));
}

}  // namespace laminar::sql
