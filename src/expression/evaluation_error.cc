#include "expression/evaluation_error.h"

#include <string>

#include "duckdb/common/error_data.hpp"

namespace laminar::expression {

absl::Status EvaluationError(const std::exception& exception) {
  const duckdb::ErrorData error(exception);
  // Internal errors carry a stack trace behind the message.
  const std::string message = error.Message().substr(0, error.Message().find("\n\nStack Trace"));
  switch (error.Type()) {
    case duckdb::ExceptionType::OUT_OF_MEMORY:
      return base::ResourceExhausted(message);
    case duckdb::ExceptionType::INTERNAL:
    case duckdb::ExceptionType::FATAL:
      return base::Internal(message);
    default:
      return base::InvalidArgument(message);
  }
}

}  // namespace laminar::expression
