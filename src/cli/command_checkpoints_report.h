// How commands that work with state directories say that something is wrong, and with which exit
// code they leave.
#ifndef LAMINAR_CLI_COMMAND_CHECKPOINTS_REPORT_H_
#define LAMINAR_CLI_COMMAND_CHECKPOINTS_REPORT_H_

#include "base/status.h"
#include "cli/command.h"

namespace laminar::cli {

/// The exit code that goes with a status of state directories and checkpoints.
int ExitCodeOfState(const absl::Status& status);

/// The directory itself cannot be used (LM4002), or a checkpoint in it (LM4003). Return the exit
/// code.
int ReportStateError(const CommandContext& context, const absl::Status& status);
int ReportCheckpointError(const CommandContext& context, const absl::Status& status);

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_COMMAND_CHECKPOINTS_REPORT_H_
