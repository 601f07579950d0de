// Makes one source node per table that some query scans, reading the union of the columns that
// scans, event time and watermark ask for. Planning thread.
#ifndef LAMINAR_SQL_PLANNER_PLANNED_SOURCES_H_
#define LAMINAR_SQL_PLANNER_PLANNED_SOURCES_H_

#include <map>
#include <vector>

#include "sql/planner/graph_builder.h"
#include "sql/planner/planner.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {

std::map<const SourceTable*, PlannedSource> AddSources(
    const BoundProgram& program,
    const std::vector<const BoundQuery*>& queries,
    const PlannerOptions& options,
    GraphBuilder& builder);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_PLANNED_SOURCES_H_
