// Project: computes columns from the rows of its input. Stateless; its task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_PROJECT_PROJECT_H_
#define LAMINAR_ENGINE_OPERATORS_PROJECT_PROJECT_H_

#include <memory>

#include "data/schema.h"
#include "engine/operators/operator.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// REQUIRES: node.spec holds a ProjectSpec. `node` may go after the call.
std::unique_ptr<Operator> MakeProject(const plan::Node& node, const data::Schema& input);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_PROJECT_PROJECT_H_
