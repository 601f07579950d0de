// What there is in a state directory: its checkpoints and savepoints, by the words that users have
// for them. What `laminar checkpoints` works with; also while a job uses the directory, which may
// remove checkpoints meanwhile: they are then not there. Everything BLOCKS.
#ifndef LAMINAR_APP_CHECKPOINT_CATALOG_H_
#define LAMINAR_APP_CHECKPOINT_CATALOG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "control/checkpoint/manifest.h"
#include "control/checkpoint/recovery.h"
#include "control/checkpoint/state_directory.h"
#include "control/checkpoint/verify.h"

namespace laminar::app {

/// Opens a directory that is there. Errors as those of control::StateDirectory::Open.
absl::StatusOr<control::StateDirectory> OpenState(const std::string& location,
                                                  control::StateAccess access,
                                                  const std::string& engine_version);

/// The folder that it is; empty: an object store.
std::string FolderOf(const control::StateDirectory& directory);

struct CheckpointSummary {
  std::string id;  // what commands take: `17`, `nightly`
  bool savepoint = false;
  bool committed = true;  // what belongs to it was published
  base::WallTime completed;
  /// What is wrong with its manifest; nothing below is known then.
  absl::Status status;
  control::ManifestHeader header;
  int64_t state_bytes = 0;
  int64_t changed_bytes = 0;  // written for it
  int num_operators = 0;      // that keep state
  int num_files = 0;
};

/// Checkpoints, newest first, then savepoints by name.
absl::StatusOr<std::vector<CheckpointSummary>> ListCheckpoints(
    const control::StateDirectory& directory);

struct Checkpoint {
  std::string id;
  control::Manifest manifest;
  std::optional<control::EpochRecord> record;  // unset: a savepoint
};

/// `id`: `latest`, a number, or the name of a savepoint. NotFound, naming what there is;
/// InvalidArgument when it can be no name; DataLoss when its manifest is damaged.
absl::StatusOr<Checkpoint> FindCheckpoint(const control::StateDirectory& directory,
                                          const std::string& id);

/// What the log says of a checkpoint, which may be damaged. NotFound as above, also of savepoints.
absl::StatusOr<control::EpochRecord> FindEpochRecord(const control::StateDirectory& directory,
                                                     const std::string& id);

struct CheckpointVerification {
  std::string id;
  control::VerifyReport report;
};

/// Reads back everything of one, or of all when `id` is empty. Errors as those of FindCheckpoint,
/// but for damage, which is what reports are for.
absl::StatusOr<std::vector<CheckpointVerification>> VerifyCheckpoints(
    const control::StateDirectory& directory,
    const std::string& id);

}  // namespace laminar::app

#endif  // LAMINAR_APP_CHECKPOINT_CATALOG_H_
