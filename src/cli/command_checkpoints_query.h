// `laminar checkpoint query`: asks, and prints the rows. Values keep their types in JSON.
#ifndef LAMINAR_CLI_COMMAND_CHECKPOINTS_QUERY_H_
#define LAMINAR_CLI_COMMAND_CHECKPOINTS_QUERY_H_

#include <string>

#include "app/checkpoint_catalog.h"
#include "cli/command.h"
#include "control/checkpoint/state_directory.h"

namespace laminar::cli {

/// Returns the exit code.
int RunCheckpointQuery(const CommandContext& context,
                       const control::StateDirectory& directory,
                       const app::Checkpoint& checkpoint,
                       const std::string& sql);

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_COMMAND_CHECKPOINTS_QUERY_H_
