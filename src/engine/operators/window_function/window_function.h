// WindowFunction: evaluates OVER functions per window, when the watermark passes its end. Rankings
// are computed here, and with a limit only rows that can still be among the best are kept; every
// other function goes through DuckDB's window operator. Its task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_WINDOW_FUNCTION_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_WINDOW_FUNCTION_H_

#include <memory>

#include "data/schema.h"
#include "engine/operators/operator.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// REQUIRES: node.spec holds a WindowFunctionSpec; the input is append-only. `node` may go after
/// the call. Rows whose window has ended are dropped and counted as late.
std::unique_ptr<Operator> MakeWindowFunction(const plan::Node& node, const data::Schema& input);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_WINDOW_FUNCTION_H_
