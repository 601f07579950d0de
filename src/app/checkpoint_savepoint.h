// Makes savepoints and removes what is not wanted any more: the commands that change a state
// directory. Everything BLOCKS.
#ifndef LAMINAR_APP_CHECKPOINT_SAVEPOINT_H_
#define LAMINAR_APP_CHECKPOINT_SAVEPOINT_H_

#include <cstdint>
#include <string>

#include "base/status.h"
#include "control/checkpoint/state_directory.h"
#include "data/epoch.h"

namespace laminar::app {

struct MadeSavepoint {
  data::Epoch epoch;  // of the checkpoint that it is a copy of
  int64_t bytes = 0;
};

/// Copies the newest complete checkpoint, also while a job runs: it is then at most one interval
/// old. Errors: NotFound when there is no checkpoint; AlreadyExists (also while another command
/// makes or removes one), InvalidArgument (the name), DataLoss as control::CreateSavepoint.
absl::StatusOr<MadeSavepoint> MakeSavepoint(const control::StateDirectory& directory,
                                            const std::string& name);

struct Removed {
  std::string what;  // `checkpoint 17`, `savepoint nightly`
  int64_t num_objects = 0;
  int64_t bytes = 0;
};

/// Removes a checkpoint or a savepoint, and the objects that nothing else needs. Never the newest
/// checkpoint, from which the pipeline goes on; without `force` none whose output is not published
/// yet, which is lost with it. REQUIRES: opened to change it; of an object store: no job uses it.
absl::StatusOr<Removed> RemoveCheckpoint(const control::StateDirectory& directory,
                                         const std::string& id,
                                         bool force);

}  // namespace laminar::app

#endif  // LAMINAR_APP_CHECKPOINT_SAVEPOINT_H_
