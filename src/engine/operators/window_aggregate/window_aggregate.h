// Makes the operator of a window aggregate node; see plan::WindowAggregateSpec for what it
// computes.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_AGGREGATE_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_AGGREGATE_H_

#include <memory>

#include "data/schema.h"
#include "engine/operators/operator.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// `input` is the schema of what the node reads; the output is node.output. REQUIRES: the node's
/// spec is a WindowAggregateSpec.
std::unique_ptr<Operator> MakeWindowAggregate(const plan::Node& node, const data::Schema& input);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_AGGREGATE_H_
