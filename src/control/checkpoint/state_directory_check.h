// Whether what lies in a state directory fits together: nothing foreign, nothing gone. Called once,
// when it is opened.
#ifndef LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_CHECK_H_
#define LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_CHECK_H_

#include <string>

#include "base/status.h"
#include "control/metadata/checkpoint_log.h"
#include "storage/object_store.h"

namespace laminar::control {

inline constexpr const char* kSqliteFileName = "metadata.sqlite";
inline constexpr const char* kLockFileName = ".laminar-lock";
inline constexpr const char* kOwnerFileName = ".laminar-owner";

/// FailedPrecondition when there is something in the folder that no state directory holds; hidden
/// names are overlooked. InvalidArgument when it is no folder, or its parent is not there. A folder
/// that is not there is fine. BLOCKS.
absl::Status CheckFolder(const std::string& folder);

/// Whether something of checkpoints lies in the store. BLOCKS.
absl::StatusOr<bool> HasState(storage::ObjectStore& store);

/// DataLoss when there is state of generations that the log does not know: then the log was lost or
/// replaced by an older one. BLOCKS.
absl::Status CheckLogKnowsState(storage::ObjectStore& store, const CheckpointHistory& history);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_CHECK_H_
