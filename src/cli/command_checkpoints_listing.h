// Checkpoints as listings: what `laminar checkpoints ls` and `inspect` print. Numbers and times are
// for people in tables, and as they are in any other format. Pure.
#ifndef LAMINAR_CLI_COMMAND_CHECKPOINTS_LISTING_H_
#define LAMINAR_CLI_COMMAND_CHECKPOINTS_LISTING_H_

#include <string>
#include <vector>

#include "app/checkpoint_catalog.h"
#include "base/clock.h"
#include "base/status.h"
#include "cli/global_options.h"
#include "cli/listing.h"
#include "control/checkpoint/recovery_program.h"

namespace laminar::cli {

/// Whether the user asked for what programs read.
bool IsForPrograms(const GlobalOptions& global);

/// `2026-11-23 05:04:56`, UTC; `-` when there is none.
std::string FormatTime(int64_t micros);

Listing ListCheckpointRows(const GlobalOptions& global,
                           const std::vector<app::CheckpointSummary>& checkpoints,
                           base::WallTime now);

/// What a checkpoint holds, in parts with titles.
absl::StatusOr<std::string> DescribeCheckpoint(const GlobalOptions& global,
                                               const app::Checkpoint& checkpoint,
                                               const std::string& location);

Listing ListComparison(const GlobalOptions& global, const control::ProgramComparison& comparison);

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_COMMAND_CHECKPOINTS_LISTING_H_
