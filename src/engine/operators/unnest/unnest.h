// Unnest: expands lists into rows. Several lists of one row are walked side by side, the shorter
// ones padded with NULL, and the other columns are repeated; a row without any element yields
// nothing. Stateless; its task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_UNNEST_UNNEST_H_
#define LAMINAR_ENGINE_OPERATORS_UNNEST_UNNEST_H_

#include <memory>

#include "data/schema.h"
#include "engine/operators/operator.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// REQUIRES: node.spec holds an UnnestSpec; node.output is complete. `node` may go after the call.
std::unique_ptr<Operator> MakeUnnest(const plan::Node& node, const data::Schema& input);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_UNNEST_UNNEST_H_
