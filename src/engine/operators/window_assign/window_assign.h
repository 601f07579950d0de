// WindowAssign: puts every row into its windows: one output row per open window, with the window
// appended as STRUCT(start, end) and the event time set to the window's last microsecond.
// Its state is its watermark; its task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_ASSIGN_WINDOW_ASSIGN_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_ASSIGN_WINDOW_ASSIGN_H_

#include <memory>

#include "data/schema.h"
#include "engine/operators/operator.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// REQUIRES: node.spec holds a WindowAssignSpec that is not a session; node.output is complete.
/// `node` may go after the call. Rows whose windows are all closed are dropped and counted as
/// late, rows without a time, or without one that has windows, as invalid.
std::unique_ptr<Operator> MakeWindowAssign(const plan::Node& node, const data::Schema& input);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_ASSIGN_WINDOW_ASSIGN_H_
