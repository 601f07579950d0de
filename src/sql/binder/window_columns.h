// The columns that every window offers, whatever the form it was written in: window_start,
// window_end, window_time and the struct itself. Tree rewrites over one SELECT, used by
// query_rewrite.
#ifndef LAMINAR_SQL_BINDER_WINDOW_COLUMNS_H_
#define LAMINAR_SQL_BINDER_WINDOW_COLUMNS_H_

#include <functional>
#include <string>

#include "duckdb/parser/tableref.hpp"

#include "base/diagnostic.h"

namespace duckdb {
class BaseTableRef;
class SelectNode;
}  // namespace duckdb

namespace laminar::sql {

/// tumble, hop, session, cumulate; lower case.
bool IsWindowFunctionName(const std::string& name);

/// `tumble(t, ts, width)` in FROM, as the sub-query that adds `window`, window_start, window_end
/// and window_time to the columns of t. Takes positional arguments and those named data, timecol,
/// slide, step, size, gap, offset. Throws DiagnosticError LM1403.
duckdb::unique_ptr<duckdb::TableRef> ExpandWindowTable(duckdb::unique_ptr<duckdb::TableRef> call,
                                                       base::SourceSpan span);

/// The table inside the result of ExpandWindowTable; null when that is a sub-query.
duckdb::BaseTableRef* WindowedTable(duckdb::TableRef& expanded);

/// In a SELECT that groups by a window call: window_start and its like become fields of the call.
/// In one that groups by window_start and window_end of a window table: it groups by that table's
/// `window` instead, so that the planner sees one window.
void RewriteWindowColumns(duckdb::SelectNode& node,
                          const std::function<bool(const std::string&)>& is_aggregate);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_WINDOW_COLUMNS_H_
