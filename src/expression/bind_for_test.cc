#include "expression/bind_for_test.h"

#include <memory>
#include <utility>

#include "duckdb.hpp"
#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/parser/keyword_helper.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "duckdb/planner/operator/logical_projection.hpp"
#include "duckdb/planner/planner.hpp"

#include "expression/duckdb_instance.h"

namespace laminar::expression {
namespace {

constexpr const char* kTable = "bind_for_test";

void CheckOk(const duckdb::unique_ptr<duckdb::MaterializedQueryResult>& result) {
  if (result->HasError()) {
    result->ThrowError();
  }
}

void CreateTable(duckdb::Connection& connection, const data::Schema& schema) {
  std::string columns;
  for (const data::Field& field : schema.fields) {
    columns += columns.empty() ? "" : ", ";
    columns += duckdb::KeywordHelper::WriteQuoted(field.name, '"') + " " + field.type.ToString();
  }
  CheckOk(connection.Query("CREATE OR REPLACE TEMP TABLE " + std::string(kTable) + " (" + columns +
                           ")"));
}

// Column references of a plan -> positions in the table.
void ResolveColumns(duckdb::unique_ptr<duckdb::Expression>& expression,
                    const duckdb::LogicalGet& get) {
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    const auto& reference = expression->Cast<duckdb::BoundColumnRefExpression>();
    const auto position = get.GetColumnIds()[reference.binding.column_index].GetPrimaryIndex();
    expression = duckdb::make_uniq<duckdb::BoundReferenceExpression>(
        reference.GetAlias(), reference.return_type, static_cast<duckdb::storage_t>(position));
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      *expression,
      [&](duckdb::unique_ptr<duckdb::Expression>& child) { ResolveColumns(child, get); });
}

// Constants as the optimiser leaves them.
void FoldConstants(duckdb::unique_ptr<duckdb::Expression>& expression) {
  duckdb::Value value;
  if (expression->IsFoldable() &&
      duckdb::ExpressionExecutor::TryEvaluateScalar(EvaluationContext(), *expression, value)) {
    const std::string alias = expression->GetAlias();
    expression = duckdb::make_uniq<duckdb::BoundConstantExpression>(value);
    expression->SetAlias(alias);
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(*expression, FoldConstants);
}

}  // namespace

std::vector<BoundExpression> BindForTest(const std::string& expressions,
                                         const data::Schema& input) {
  duckdb::Connection connection(DuckDbInstance());
  CreateTable(connection, input);
  connection.BeginTransaction();
  duckdb::Parser parser;
  parser.ParseQuery("SELECT " + expressions + " FROM " + kTable);
  duckdb::Planner planner(*connection.context);
  planner.CreatePlan(std::move(parser.statements[0]));
  auto& projection = planner.plan->Cast<duckdb::LogicalProjection>();
  const auto& get = projection.children[0]->Cast<duckdb::LogicalGet>();
  std::vector<BoundExpression> bound;
  for (auto& expression : projection.expressions) {
    ResolveColumns(expression, get);
    FoldConstants(expression);
    bound.emplace_back(std::shared_ptr<const duckdb::Expression>(std::move(expression)));
  }
  connection.Rollback();
  return bound;
}

BoundExpression BindOneForTest(const std::string& expression, const data::Schema& input) {
  return BindForTest(expression, input).at(0);
}

data::Chunk QueryForTest(const std::string& query) {
  duckdb::Connection connection(DuckDbInstance());
  auto result = connection.Query(query);
  CheckOk(result);
  data::Chunk chunk = data::Chunk::Allocate({result->types.begin(), result->types.end()});
  for (auto next = result->Fetch(); next != nullptr && next->size() > 0; next = result->Fetch()) {
    chunk.columns().Append(*next);
  }
  return chunk;
}

data::Schema SchemaForTest(const std::string& query) {
  duckdb::Connection connection(DuckDbInstance());
  auto result = connection.Query(query);
  CheckOk(result);
  data::Schema schema;
  for (size_t i = 0; i < result->names.size(); ++i) {
    schema.fields.push_back({result->names[i], result->types[i]});
  }
  return schema;
}

}  // namespace laminar::expression
