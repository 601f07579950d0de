#include "cli/command_checkpoints_report.h"

#include "cli/error_report.h"
#include "cli/exit_code.h"

namespace laminar::cli {

int ExitCodeOfState(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return kConflict;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kPermissionDenied:
      return kNotAllowed;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kUnreachable;
    case absl::StatusCode::kInvalidArgument:
      return kUsage;
    default:
      return kFailure;
  }
}

int ReportStateError(const CommandContext& context, const absl::Status& status) {
  ReportError(context.global, "LM4002", StatusText(status), "");
  return ExitCodeOfState(status);
}

int ReportCheckpointError(const CommandContext& context, const absl::Status& status) {
  ReportError(context.global, "LM4003", StatusText(status),
              absl::IsNotFound(status) ? "laminar checkpoints ls lists all" : "");
  return ExitCodeOfState(status);
}

}  // namespace laminar::cli
