// SELECT columns FROM table as DuckDB parses it, for queries that the binder writes itself. Owned
// by the caller; its thread.
#ifndef LAMINAR_SQL_BINDER_SELECT_FROM_H_
#define LAMINAR_SQL_BINDER_SELECT_FROM_H_

#include "duckdb/parser/parsed_expression.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref.hpp"

namespace laminar::sql {

duckdb::unique_ptr<duckdb::SelectStatement> SelectFrom(
    duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>> columns,
    duckdb::unique_ptr<duckdb::TableRef> from);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_SELECT_FROM_H_
