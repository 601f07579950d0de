#include "sql/planner/constant_rows.h"

#include <algorithm>
#include <utility>

#include "duckdb/main/connection.hpp"
#include "duckdb/parser/statement/logical_plan_statement.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/operator/logical_dummy_scan.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "duckdb/planner/operator/logical_projection.hpp"

#include "base/limits.h"
#include "expression/duckdb_instance.h"
#include "sql/catalog/scan_function.h"

namespace laminar::sql {

bool ReadsStream(const duckdb::LogicalOperator& op) {
  switch (op.type) {
    case duckdb::LogicalOperatorType::LOGICAL_GET:
      if (FindScanSource(op.Cast<duckdb::LogicalGet>()) != nullptr) {
        return true;
      }
      break;
    case duckdb::LogicalOperatorType::LOGICAL_CTE_REF:
    case duckdb::LogicalOperatorType::LOGICAL_DELIM_GET:
    case duckdb::LogicalOperatorType::LOGICAL_EMPTY_RESULT:
      return true;
    default:
      break;
  }
  return std::any_of(op.children.begin(), op.children.end(),
                     [](const auto& child) { return ReadsStream(*child); });
}

std::optional<ConstantRows> TakeConstantRows(duckdb::LogicalOperator& parent, size_t index) {
  auto child = std::move(parent.children[index]);
  parent.children[index] = duckdb::make_uniq<duckdb::LogicalDummyScan>(0);
  child->ResolveOperatorTypes();
  ConstantRows constant;
  constant.bindings = child->GetColumnBindings();
  constant.types.assign(child->types.begin(), child->types.end());
  // The columns in the order of their bindings, whatever the operator is.
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> columns;
  for (size_t i = 0; i < constant.bindings.size(); ++i) {
    columns.push_back(duckdb::make_uniq<duckdb::BoundColumnRefExpression>(constant.types[i],
                                                                          constant.bindings[i]));
  }
  auto plan = duckdb::make_uniq<duckdb::LogicalProjection>(0, std::move(columns));
  plan->children.push_back(std::move(child));
  plan->ResolveOperatorTypes();
  duckdb::Connection connection(expression::DuckDbInstance());
  const auto result =
      connection.context->Query(duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(plan)),
                                /*allow_stream_result=*/false);
  if (result->HasError()) {
    result->ThrowError();
  }
  for (auto chunk = result->Fetch(); chunk != nullptr && chunk->size() > 0;
       chunk = result->Fetch()) {
    if (constant.rows.size() + chunk->size() > static_cast<size_t>(base::kConstantRowsMax)) {
      return std::nullopt;
    }
    for (data::idx_t row = 0; row < chunk->size(); ++row) {
      std::vector<data::Value> values;
      for (data::idx_t column = 0; column < chunk->ColumnCount(); ++column) {
        values.push_back(chunk->GetValue(column, row));
      }
      constant.rows.push_back(std::move(values));
    }
  }
  return constant;
}

}  // namespace laminar::sql
