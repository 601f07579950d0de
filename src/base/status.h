// Error values of the whole system. Every function that can fail returns absl::Status or
// absl::StatusOr<T>; these macros pass an error on, and the payload says whether trying again may
// help. Debian builds abseil with its own string_view, so messages are converted here, once.
#ifndef LAMINAR_BASE_STATUS_H_
#define LAMINAR_BASE_STATUS_H_

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace laminar::base {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }

/// Makes an error. Message form: fixed text first, values last.
inline absl::Status MakeError(absl::StatusCode code, std::string_view message) {
  return absl::Status(code, ToAbsl(message));
}
inline absl::Status InvalidArgument(std::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, message);
}
inline absl::Status NotFound(std::string_view message) {
  return MakeError(absl::StatusCode::kNotFound, message);
}
inline absl::Status Unavailable(std::string_view message) {
  return MakeError(absl::StatusCode::kUnavailable, message);
}
inline absl::Status Internal(std::string_view message) {
  return MakeError(absl::StatusCode::kInternal, message);
}
inline absl::Status Unimplemented(std::string_view message) {
  return MakeError(absl::StatusCode::kUnimplemented, message);
}
inline absl::Status ResourceExhausted(std::string_view message) {
  return MakeError(absl::StatusCode::kResourceExhausted, message);
}
inline absl::Status DataLoss(std::string_view message) {
  return MakeError(absl::StatusCode::kDataLoss, message);
}

}  // namespace laminar::base

#define LAMINAR_CONCAT_INNER(a, b) a##b
#define LAMINAR_CONCAT(a, b) LAMINAR_CONCAT_INNER(a, b)

/// Returns from the enclosing function when `expression` is an error.
#define LAMINAR_RETURN_IF_ERROR(expression)                   \
  do {                                                        \
    if (absl::Status status_ = (expression); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)

/// Assigns the value of a StatusOr, or returns its error.
#define LAMINAR_ASSIGN_OR_RETURN(target, expression) \
  LAMINAR_ASSIGN_OR_RETURN_INNER(LAMINAR_CONCAT(status_or_, __LINE__), target, expression)
#define LAMINAR_ASSIGN_OR_RETURN_INNER(result, target, expression) \
  auto result = (expression);                                      \
  if (!result.ok()) {                                              \
    return std::move(result).status();                             \
  }                                                                \
  target = std::move(result).value()

#endif  // LAMINAR_BASE_STATUS_H_
