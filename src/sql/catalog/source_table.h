// The tables of a program as the planner sees them: what to read, with which event time, and where
// to write. Made by the binder from CREATE TABLE and from connectors used as table functions; const
// afterwards, any thread.
#ifndef LAMINAR_SQL_CATALOG_SOURCE_TABLE_H_
#define LAMINAR_SQL_CATALOG_SOURCE_TABLE_H_

#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "data/connector_table.h"
#include "expression/bound_expression.h"

namespace laminar::sql {

/// Something that queries read. A scan in a bound plan names one of these (see scan_function.h);
/// two scans of the same SourceTable are the same stream.
struct SourceTable {
  /// Unique in the program: the table's name, or the connector's with a number for a table
  /// function.
  std::string name;
  /// Checked options and every column the connector delivers; generated columns are expressions in
  /// the plan.
  data::ConnectorTable table;
  /// TIMESTAMP over the columns of table.schema, by position. Unset: arrival time.
  std::optional<expression::BoundExpression> event_time;
  /// TIMESTAMP over the columns of table.schema, followed by the event time at position
  /// table.schema.num_columns(). Unset: event time minus one second.
  std::optional<expression::BoundExpression> watermark;
  /// The table's name in CREATE TABLE, or the table function's call.
  base::SourceSpan span;
};

/// Something that queries write.
struct SinkTable {
  std::string name;  // unique in the program
  /// The schema is complete: as declared, or that of the query.
  data::ConnectorTable table;
  base::SourceSpan span;
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_CATALOG_SOURCE_TABLE_H_
