// Turns correlated subqueries that DuckDB's optimizer leaves correlated into plain joins, the only
// ones that a stream can run. Function of no state; binding thread.
#ifndef LAMINAR_SQL_BINDER_DECORRELATE_H_
#define LAMINAR_SQL_BINDER_DECORRELATE_H_

#include "duckdb/planner/logical_operator.hpp"

namespace laminar::sql {

/// Takes an optimized plan. Subqueries of other forms stay as they are, for the planner to refuse.
duckdb::unique_ptr<duckdb::LogicalOperator> Decorrelate(
    duckdb::unique_ptr<duckdb::LogicalOperator> plan);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_DECORRELATE_H_
