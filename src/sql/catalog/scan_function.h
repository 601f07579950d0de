// How a stream appears in a bound plan: a LogicalGet over the table function `laminar_scan`, which
// has no statistics, takes projections and refuses filters. These functions read such a LogicalGet.
// Planning thread.
#ifndef LAMINAR_SQL_CATALOG_SCAN_FUNCTION_H_
#define LAMINAR_SQL_CATALOG_SCAN_FUNCTION_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "sql/catalog/source_table.h"

namespace duckdb {
class LogicalGet;
}  // namespace duckdb

namespace laminar::sql {

inline constexpr const char* kScanFunctionName = "laminar_scan";

/// The source that a scan reads; null when the LogicalGet is another table function (unnest, range,
/// ...). Lives as long as the BoundProgram.
const SourceTable* FindScanSource(const duckdb::LogicalGet& get);

/// For each column of the scan's output, in order (column i of table index get.table_index is
/// result[i]): the position in source.table.schema; nullopt for a column that exists only to count
/// rows (of `count(*)`: any value will do).
std::vector<std::optional<size_t>> ScanColumns(const duckdb::LogicalGet& get);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_CATALOG_SCAN_FUNCTION_H_
