// Makes the operator of a plan node: one line per kind. Sources and sinks are not operators; see
// source/ and sink/.
#ifndef LAMINAR_ENGINE_OPERATORS_OPERATOR_FACTORY_H_
#define LAMINAR_ENGINE_OPERATORS_OPERATOR_FACTORY_H_

#include <memory>

#include "base/status.h"
#include "engine/operators/operator.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// Internal for a node that is a source or a sink. `graph` may go after the call.
absl::StatusOr<std::unique_ptr<Operator>> MakeOperator(const plan::JobGraph& graph,
                                                       const plan::Node& node);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_OPERATOR_FACTORY_H_
