#include "sql/binder/select_from.h"

#include <utility>

#include "duckdb/parser/query_node/select_node.hpp"

namespace laminar::sql {

duckdb::unique_ptr<duckdb::SelectStatement> SelectFrom(
    duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>> columns,
    duckdb::unique_ptr<duckdb::TableRef> from) {
  auto node = duckdb::make_uniq<duckdb::SelectNode>();
  node->select_list = std::move(columns);
  node->from_table = std::move(from);
  auto statement = duckdb::make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(node);
  return statement;
}

}  // namespace laminar::sql
