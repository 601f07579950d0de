// LogicalMaterializedCTE and its references -> one shared stream.
#include "duckdb/planner/operator/logical_cteref.hpp"
#include "duckdb/planner/operator/logical_materialized_cte.hpp"

#include "base/assert.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {

QueryPlanner::Result QueryPlanner::PlanCte(duckdb::LogicalMaterializedCTE& op) {
  Result definition = Plan(*op.children[0]);
  if (definition) {
    // Columns of the definition by position; references give them bindings of their own.
    std::vector<StreamColumn> ordered;
    for (const duckdb::ColumnBinding& binding : op.children[0]->GetColumnBindings()) {
      const StreamColumn* column = definition->Find(binding);
      LAMINAR_ASSERT(column != nullptr, binding.table_index);
      ordered.push_back(*column);
    }
    definition->columns = std::move(ordered);
  }
  ctes_[op.table_index] = std::move(definition);
  return Plan(*op.children[1]);
}

QueryPlanner::Result QueryPlanner::PlanCteReference(duckdb::LogicalCTERef& op) {
  Result stream = ctes_.at(op.cte_index);
  if (!stream) {
    return std::nullopt;
  }
  for (size_t i = 0; i < stream->columns.size(); ++i) {
    stream->columns[i].binding = duckdb::ColumnBinding(op.table_index, i);
    if (i < op.bound_columns.size()) {
      stream->columns[i].name = op.bound_columns[i];
    }
  }
  return stream;
}

}  // namespace laminar::sql
