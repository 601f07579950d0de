// Says in a line what a node does, in the names of its input's columns; for EXPLAIN, golden plans
// and the console. Pure.
#ifndef LAMINAR_PLAN_DESCRIBE_H_
#define LAMINAR_PLAN_DESCRIBE_H_

#include <string>
#include <vector>

#include "plan/job_graph.h"

namespace laminar::plan {

/// `inputs` are the schemas of the node's inputs in order; `output` names what it computes. Text
/// that was named by users is kept as it is; the line is not cut.
std::string Describe(const NodeSpec& spec,
                     const std::vector<data::Schema>& inputs,
                     const data::Schema& output);

}  // namespace laminar::plan

#endif  // LAMINAR_PLAN_DESCRIBE_H_
