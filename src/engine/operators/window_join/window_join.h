// WindowJoin: joins the rows of two inputs that are in the same window, when the watermark passes
// its end. Until then both sides' rows are kept per window; windows are joined in ascending order
// of their end, each handed out chunk by chunk. Its task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_WINDOW_JOIN_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_WINDOW_JOIN_H_

#include <memory>

#include "data/schema.h"
#include "engine/operators/operator.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// REQUIRES: node.spec holds a WindowJoinSpec; inputs are append-only. `node` may go after the
/// call. Rows whose window has ended are dropped and counted as late.
std::unique_ptr<Operator> MakeWindowJoin(const plan::Node& node,
                                         const data::Schema& left,
                                         const data::Schema& right);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_WINDOW_JOIN_H_
