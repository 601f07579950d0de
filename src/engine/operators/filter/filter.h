// Filter: passes the rows for which a predicate is true. Stateless; its task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_FILTER_FILTER_H_
#define LAMINAR_ENGINE_OPERATORS_FILTER_FILTER_H_

#include <memory>

#include "engine/operators/operator.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// REQUIRES: node.spec holds a FilterSpec. `node` may go after the call.
std::unique_ptr<Operator> MakeFilter(const plan::Node& node);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_FILTER_FILTER_H_
