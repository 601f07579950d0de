// The identity of operators across versions of a program's text: a hash of what a node computes and
// of everything above it. Names of columns and the order of statements do not matter; parallelism
// does not either. Pure.
#ifndef LAMINAR_PLAN_FINGERPRINT_H_
#define LAMINAR_PLAN_FINGERPRINT_H_

#include "plan/job_graph.h"

namespace laminar::plan {

/// Sets the fingerprint of every node; equal sub-plans of one graph get different ones by their
/// order. REQUIRES: producers come before consumers.
void SetFingerprints(JobGraph& graph);

/// Whether a node is there only because its query runs with more than one subtask: it prepares rows
/// for an exchange, and nothing is lost with its state.
bool IsPreparation(const JobGraph& graph, NodeId id);

}  // namespace laminar::plan

#endif  // LAMINAR_PLAN_FINGERPRINT_H_
