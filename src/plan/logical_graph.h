// LogicalGraph: the nodes of a graph as the query has them. Which nodes there are depends on the
// parallelism and on what queries share: with more than one subtask, aggregates and rankings are
// prepared before the exchange; rows that several filters read are filtered once before. The state
// is that of the one operator that stands in the query, and has its identity whatever else there
// is. A view; any thread.
#ifndef LAMINAR_PLAN_LOGICAL_GRAPH_H_
#define LAMINAR_PLAN_LOGICAL_GRAPH_H_

#include <vector>

#include "plan/job_graph.h"

namespace laminar::plan {

class LogicalGraph {
 public:
  /// `graph` outlives it.
  explicit LogicalGraph(const JobGraph& graph) : graph_(graph) {}

  /// Prepares rows for an exchange: an aggregate or a ranking of a subtask's own rows.
  bool IsLocal(NodeId id) const;
  /// Behind the ranking of a subtask's own rows: takes its columns away again.
  bool IsProjectOfLocal(NodeId id) const;
  /// Leaves out, before they are shared, only rows that every consumer filters out.
  bool IsSharedFilter(NodeId id) const;
  /// What the query says of the node.
  const NodeSpec& SpecOf(NodeId id) const;
  /// The edges into what the query says of the node.
  std::vector<Edge> InputsOf(NodeId id) const;

 private:
  NodeId QueryNode(NodeId id) const;

  const JobGraph& graph_;
};

}  // namespace laminar::plan

#endif  // LAMINAR_PLAN_LOGICAL_GRAPH_H_
