// Savepoints: checkpoints with a name, that nothing but their own removal deletes. Each is complete
// in itself: copies of all its objects lie beside its manifest below savepoints/NAME/, and are
// named relative to that folder, so that the folder can be copied into another state directory,
// also under another name. The manifest is written last and removed first: what has none is no
// savepoint. Called by the coordinator's shell and by commands; everything BLOCKS.
#ifndef LAMINAR_CONTROL_CHECKPOINT_SAVEPOINT_H_
#define LAMINAR_CONTROL_CHECKPOINT_SAVEPOINT_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "control/checkpoint/manifest.h"
#include "control/checkpoint/state_directory.h"
#include "control/checkpoint/verify.h"
#include "storage/object_store.h"

namespace laminar::control {

inline constexpr std::string_view kSavepointsPrefix = "savepoints/";

/// InvalidArgument unless it is 1 to 100 letters, digits, dashes and underscores, begins with no
/// dash, is no number (as checkpoints have) and neither "latest" nor "none".
absl::Status CheckSavepointName(std::string_view name);

/// Copies a complete checkpoint. AlreadyExists when there is a savepoint of this name; DataLoss,
/// naming the object, when the checkpoint is damaged. What an attempt that failed has left is
/// removed first. REQUIRES: the checkpoint is not removed meanwhile.
absl::Status CreateSavepoint(storage::ObjectStore& store,
                             Manifest manifest,
                             const std::string& name);

/// Its manifest, with the keys under which the objects lie in this store. NotFound when there is no
/// such savepoint; DataLoss, naming the object, when it is damaged.
absl::StatusOr<Manifest> ReadSavepoint(storage::ObjectStore& store, const std::string& name);

/// Names, sorted.
absl::StatusOr<std::vector<std::string>> ListSavepoints(storage::ObjectStore& store);

/// The manifest and everything that it needs.
VerifyReport VerifySavepoint(storage::ObjectStore& store, const std::string& name);

/// Removes it, or what is left of one. NotFound when there is nothing; FailedPrecondition while a
/// checkpoint that is kept needs an object of it. REQUIRES: no job is going on from it meanwhile.
absl::Status RemoveSavepoint(const StateDirectory& directory, const std::string& name);

/// `savepoints/NAME/manifest.json`.
std::string SavepointManifestKey(std::string_view name);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_SAVEPOINT_H_
