#include "sql/planner/planned_sources.h"

#include <algorithm>
#include <set>
#include <utility>

#include "duckdb/planner/operator/logical_get.hpp"

#include "sql/catalog/scan_function.h"
#include "sql/planner/column_access.h"

namespace laminar::sql {
namespace {

using expression::BoundExpression;

struct Wanted {
  std::vector<const SourceTable*> order;  // of first mention, so that plans are stable
  std::map<const SourceTable*, std::set<size_t>> columns;
};

void CollectScans(duckdb::LogicalOperator& op, Wanted& wanted) {
  if (op.type == duckdb::LogicalOperatorType::LOGICAL_GET) {
    const auto& get = op.Cast<duckdb::LogicalGet>();
    if (const SourceTable* table = FindScanSource(get)) {
      if (!wanted.columns.contains(table)) {
        wanted.order.push_back(table);
      }
      std::set<size_t>& columns = wanted.columns[table];
      for (const std::optional<size_t>& column : ScanColumns(get)) {
        if (column) {
          columns.insert(*column);
        }
      }
    }
  }
  for (const auto& child : op.children) {
    CollectScans(*child, wanted);
  }
}

void AddReferences(const std::optional<BoundExpression>& expression,
                   size_t num_columns,
                   std::set<size_t>& columns) {
  if (!expression) {
    return;
  }
  for (const auto& [column, type] : expression->References()) {
    if (column < num_columns) {
      columns.insert(column);
    }
  }
}

PlannedSource AddSource(const SourceTable& table,
                        std::set<size_t> columns,
                        const PlannerOptions& options,
                        GraphBuilder& builder) {
  const size_t num_columns = table.table.schema.num_columns();
  AddReferences(table.event_time, num_columns, columns);
  AddReferences(table.watermark, num_columns, columns);
  PlannedSource source;
  plan::SourceSpec spec;
  spec.table = table.table;
  for (const size_t column : columns) {
    source.position_of_column[column] = spec.columns.size();
    spec.columns.push_back(column);
  }
  // The event time follows the columns of the table, and those that are read.
  const auto position = [&](size_t column) {
    return column < num_columns ? source.position_of_column.at(column) : spec.columns.size();
  };
  NodeProperties properties;
  properties.columns.resize(spec.columns.size());
  if (table.event_time) {
    spec.event_time = MoveColumns(*table.event_time, position);
    properties.event_time = spec.event_time;
    if (const std::optional<size_t> column = spec.event_time->AsColumn()) {
      properties.columns[*column].is_event_time = true;
    }
  }
  if (table.watermark) {
    spec.watermark = MoveColumns(*table.watermark, position);
  }
  const connectors::ConnectorFactory* factory = options.connectors->Find(table.table.connector);
  const bool parallel = factory != nullptr && factory->traits().parallel_source;
  source.node =
      builder.AddSource(std::move(spec), parallel, std::move(properties), table.span.offset);
  return source;
}

}  // namespace

std::map<const SourceTable*, PlannedSource> AddSources(
    const BoundProgram& program,
    const std::vector<const BoundQuery*>& queries,
    const PlannerOptions& options,
    GraphBuilder& builder) {
  Wanted wanted;
  for (const BoundQuery* query : queries) {
    CollectScans(*query->plan, wanted);
  }
  if (wanted.order.empty() && !program.sources.empty()) {
    // A query whose scan was found to give nothing still lives as long as a stream.
    wanted.order.push_back(program.sources[0].get());
  }
  std::map<const SourceTable*, PlannedSource> sources;
  for (const SourceTable* table : wanted.order) {
    sources[table] = AddSource(*table, wanted.columns[table], options, builder);
  }
  return sources;
}

}  // namespace laminar::sql
