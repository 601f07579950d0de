#include "expression/aggregate_for_test.h"

#include <memory>
#include <utility>

#include "duckdb.hpp"
#include "duckdb/parser/keyword_helper.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/planner/expression/list.hpp"
#include "duckdb/planner/operator/list.hpp"
#include "duckdb/planner/planner.hpp"

#include "expression/duckdb_instance.h"

namespace laminar::expression {
namespace {

constexpr const char* kTable = "bind_aggregates_for_test";

void CreateTable(duckdb::Connection& connection, const data::Schema& schema) {
  std::string columns;
  for (const data::Field& field : schema.fields) {
    columns += columns.empty() ? "" : ", ";
    columns += duckdb::KeywordHelper::WriteQuoted(field.name, '"') + " " + field.type.ToString();
  }
  const auto result = connection.Query("CREATE OR REPLACE TEMP TABLE " + std::string(kTable) +
                                       " (" + columns + ")");
  if (result->HasError()) {
    result->ThrowError();
  }
}

size_t PositionOf(const duckdb::Expression& expression, const duckdb::LogicalGet& get) {
  const duckdb::Expression* at = &expression;
  while (at->GetExpressionClass() == duckdb::ExpressionClass::BOUND_CAST) {
    at = at->Cast<duckdb::BoundCastExpression>().child.get();
  }
  const auto& reference = at->Cast<duckdb::BoundColumnRefExpression>();
  return get.GetColumnIds()[reference.binding.column_index].GetPrimaryIndex();
}

BoundAggregate Bind(const duckdb::BoundAggregateExpression& call, const duckdb::LogicalGet& get) {
  BoundAggregate aggregate;
  aggregate.name = duckdb::StringUtil::Lower(call.function.name);
  aggregate.type = call.return_type;
  aggregate.distinct = call.IsDistinct();
  auto detached =
      duckdb::unique_ptr_cast<duckdb::Expression, duckdb::BoundAggregateExpression>(call.Copy());
  for (size_t i = 0; i < call.children.size(); ++i) {
    aggregate.arguments.push_back(PositionOf(*call.children[i], get));
    aggregate.argument_types.push_back(call.children[i]->return_type);
    detached->children[i] =
        duckdb::make_uniq<duckdb::BoundReferenceExpression>(call.children[i]->return_type, i);
  }
  if (call.filter != nullptr) {
    aggregate.filter = PositionOf(*call.filter, get);
    detached->filter.reset();
  }
  if (call.order_bys != nullptr) {
    for (const auto& order : call.order_bys->orders) {
      aggregate.order_by.push_back(PositionOf(*order.expression, get));
    }
  }
  aggregate.call = std::shared_ptr<const duckdb::BoundAggregateExpression>(std::move(detached));
  return aggregate;
}

}  // namespace

std::vector<BoundAggregate> BindAggregatesForTest(const std::string& calls,
                                                  const data::Schema& input) {
  duckdb::Connection connection(DuckDbInstance());
  CreateTable(connection, input);
  connection.BeginTransaction();
  duckdb::Parser parser;
  parser.ParseQuery("SELECT " + calls + " FROM " + kTable);
  duckdb::Planner planner(*connection.context);
  planner.CreatePlan(std::move(parser.statements[0]));
  duckdb::LogicalOperator* op = planner.plan.get();
  while (op->type != duckdb::LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY) {
    op = op->children[0].get();
  }
  auto& node = op->Cast<duckdb::LogicalAggregate>();
  const auto& get = node.children[0]->Cast<duckdb::LogicalGet>();
  std::vector<BoundAggregate> aggregates;
  for (const auto& call : node.expressions) {
    aggregates.push_back(Bind(call->Cast<duckdb::BoundAggregateExpression>(), get));
  }
  connection.Rollback();
  return aggregates;
}

}  // namespace laminar::expression
