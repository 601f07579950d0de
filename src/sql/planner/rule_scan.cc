// LogicalGet over a stream -> the node of its source, which all scans share.
#include "duckdb/planner/operator/logical_get.hpp"

#include "base/assert.h"
#include "sql/catalog/scan_function.h"
#include "sql/planner/column_access.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {

QueryPlanner::Result QueryPlanner::PlanScan(duckdb::LogicalGet& op) {
  const SourceTable* table = FindScanSource(op);
  if (table == nullptr) {
    return Refuse("LM1315", SpanOf(op), "table function is not a stream: " + op.function.name,
                  "read from a table, or unnest a list of a stream's rows");
  }
  const PlannedSource& source = context_.sources.at(table);
  Stream stream;
  stream.node = source.node;
  const std::vector<duckdb::ColumnBinding> bindings = op.GetColumnBindings();
  const std::vector<std::optional<size_t>> columns = ScanColumns(op);
  for (size_t i = 0; i < bindings.size(); ++i) {
    const std::optional<size_t> column = columns[bindings[i].column_index];
    StreamColumn out;
    out.binding = bindings[i];
    if (column) {
      out.access = ColumnOf(source.node, source.position_of_column.at(*column));
      out.name = table->table.schema.fields[*column].name;
    } else {
      out.access = Constant(data::Value::BOOLEAN(true));
    }
    out.type = out.access.type();
    stream.columns.push_back(std::move(out));
  }
  return stream;
}

}  // namespace laminar::sql
