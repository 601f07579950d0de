// What is done to the nodes of a job once all of its queries are planned. Each pass takes and
// leaves a valid list of nodes; what a node computes for those that read it does not change. Pure;
// planning thread.
#ifndef LAMINAR_SQL_PLANNER_GRAPH_PASSES_H_
#define LAMINAR_SQL_PLANNER_GRAPH_PASSES_H_

#include "sql/planner/builder_node.h"

namespace laminar::sql {

/// Drops columns that nobody reads, back to what sources read. Properties of columns are not kept
/// up to date.
void PruneColumns(BuilderNodes& nodes);

/// Makes one projection of two where neither gets dearer by it, and leaves out those that change
/// nothing.
void MergeProjections(BuilderNodes& nodes);

/// Keeps the best rows of each window instead of joining all of them with their highest or lowest
/// value, where a query does that.
void RankForJoins(BuilderNodes& nodes);

/// Leaves out rows before they are shared that every consumer would filter out.
void FilterBeforeSharing(BuilderNodes& nodes);

/// Puts a local phase before the exchange of aggregates that can be split, and of top-N.
void AddLocalPhases(BuilderNodes& nodes);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_GRAPH_PASSES_H_
