#include "expression/batch_window_for_test.h"

#include <memory>
#include <utility>

#include "duckdb.hpp"
#include "duckdb/parser/keyword_helper.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "duckdb/planner/operator/logical_window.hpp"
#include "duckdb/planner/planner.hpp"

#include "expression/duckdb_instance.h"

namespace laminar::expression {
namespace {

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

}  // namespace

std::vector<BoundExpression> BindWindowCallsForTest(const std::string& calls,
                                                    const data::Schema& input) {
  duckdb::Connection connection(DuckDbInstance());
  std::string columns;
  for (const data::Field& field : input.fields) {
    columns += columns.empty() ? "" : ", ";
    columns += duckdb::KeywordHelper::WriteQuoted(field.name, '"') + " " + field.type.ToString();
  }
  const auto created = connection.Query("CREATE OR REPLACE TEMP TABLE rows (" + columns + ")");
  if (created->HasError()) {
    created->ThrowError();
  }
  connection.BeginTransaction();
  duckdb::Parser parser;
  parser.ParseQuery("SELECT " + calls + " FROM rows");
  duckdb::Planner planner(*connection.context);
  planner.CreatePlan(std::move(parser.statements[0]));
  auto& window = planner.plan->children[0]->Cast<duckdb::LogicalWindow>();
  const auto& get = window.children[0]->Cast<duckdb::LogicalGet>();
  std::vector<BoundExpression> bound;
  for (auto& call : window.expressions) {
    ResolveColumns(call, get);
    bound.emplace_back(std::shared_ptr<const duckdb::Expression>(std::move(call)));
  }
  connection.Rollback();
  return bound;
}

}  // namespace laminar::expression
