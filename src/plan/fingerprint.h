// The identity of operators across versions of a program's text: hashes of what a node computes,
// said in columns of tables and of operators. Names of columns, the order of statements, the
// parallelism, what else is read from a source and what other queries share do not matter. Pure.
#ifndef LAMINAR_PLAN_FINGERPRINT_H_
#define LAMINAR_PLAN_FINGERPRINT_H_

#include <cstdint>
#include <vector>

#include "plan/job_graph.h"

namespace laminar::plan {

struct NodeIdentity {
  /// Node::fingerprint: who has the state of this node takes it as it is. Of sources and sinks, the
  /// table alone: positions and output are the same whatever is made of the rows.
  uint64_t fingerprint = 0;
  /// Nodes of one kin keep rows of the same keys and windows, and perhaps other columns of them:
  /// tables can be compared column by column.
  uint64_t kin = 0;
  /// All that is computed up to here. Of sinks.
  uint64_t result = 0;
  /// What each column of the output is, the event time included, whatever its name and, where it is
  /// a column of a table or an operator, its type.
  std::vector<uint64_t> columns;
  /// Of a window aggregate: its keys, and its calls.
  std::vector<uint64_t> keys;
  std::vector<uint64_t> aggregates;
};

/// In the order of the nodes; equal sub-plans get different fingerprints by their order. REQUIRES:
/// producers come before consumers.
std::vector<NodeIdentity> IdentifyNodes(const JobGraph& graph);

/// Sets the fingerprint of every node. REQUIRES: producers come before consumers.
void SetFingerprints(JobGraph& graph);

/// Whether a node is there only because its query runs with more than one subtask: it prepares rows
/// for an exchange, and nothing is lost with its state.
bool IsPreparation(const JobGraph& graph, NodeId id);

}  // namespace laminar::plan

#endif  // LAMINAR_PLAN_FINGERPRINT_H_
