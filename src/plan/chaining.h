// Groups the nodes of a job into chains that run as one task each, so that rows
// pass between them by function call. Pure.
#ifndef LAMINAR_PLAN_CHAINING_H_
#define LAMINAR_PLAN_CHAINING_H_

#include <vector>

#include "plan/job_graph.h"

namespace laminar::plan {

/// Nodes in the order rows pass them. Only the first has inputs from other
/// chains, only the last has outputs to other chains.
struct Chain {
  std::vector<NodeId> nodes;
};

/// Every node is in exactly one chain. A node joins its producer's chain when
/// the edge between them is forward and neither the producer has another
/// consumer nor the node another input. Chains come producers first. REQUIRES:
/// a valid graph.
std::vector<Chain> MakeChains(const JobGraph& graph);

}  // namespace laminar::plan

#endif  // LAMINAR_PLAN_CHAINING_H_
