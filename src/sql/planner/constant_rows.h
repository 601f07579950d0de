// Parts of a query that read no stream: constants, VALUES, range(10). DuckDB computes them once,
// while the query is planned. Planning thread.
#ifndef LAMINAR_SQL_PLANNER_CONSTANT_ROWS_H_
#define LAMINAR_SQL_PLANNER_CONSTANT_ROWS_H_

#include <memory>
#include <optional>
#include <vector>

#include "duckdb/planner/column_binding.hpp"

#include "data/vector.h"

namespace duckdb {
class LogicalOperator;
}  // namespace duckdb

namespace laminar::sql {

struct ConstantRows {
  std::vector<duckdb::ColumnBinding> bindings;
  std::vector<data::LogicalType> types;
  std::vector<std::vector<data::Value>> rows;
};

/// Whether rows of `op` come from a stream.
bool ReadsStream(const duckdb::LogicalOperator& op);

/// Computes the child of `parent` at `index`, which is gone afterwards; nullopt when it has more
/// than base::kConstantRowsMax rows. Throws duckdb::Exception. REQUIRES: it reads no stream.
std::optional<ConstantRows> TakeConstantRows(duckdb::LogicalOperator& parent, size_t index);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_CONSTANT_ROWS_H_
