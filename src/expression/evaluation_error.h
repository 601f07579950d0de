// Turns an exception of DuckDB into a Status at the edge of this unit. Any
// thread.
#ifndef LAMINAR_EXPRESSION_EVALUATION_ERROR_H_
#define LAMINAR_EXPRESSION_EVALUATION_ERROR_H_

#include <exception>

#include "base/status.h"

namespace laminar::expression {

/// InvalidArgument with DuckDB's message for what the data or the query is to
/// blame for, ResourceExhausted where memory ran out, Internal for what neither
/// is.
absl::Status EvaluationError(const std::exception& exception);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_EVALUATION_ERROR_H_
