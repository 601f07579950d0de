// Reads checkpoints back: whether every object is there, as long as it was, with the bytes that
// were written. What recovery asks before it trusts a checkpoint, and what `laminar checkpoints
// verify` prints. Any thread; everything BLOCKS.
#ifndef LAMINAR_CONTROL_CHECKPOINT_VERIFY_H_
#define LAMINAR_CONTROL_CHECKPOINT_VERIFY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "control/checkpoint/manifest.h"
#include "control/metadata/checkpoint_log.h"
#include "rpc/checkpoint_messages.h"
#include "storage/object_store.h"

namespace laminar::control {

/// DataLoss, naming the object, when it is not there, of another length, or of other bytes. Other
/// errors are the store's.
absl::Status CheckObject(storage::ObjectStore& store, const rpc::StoredObject& object);
/// The same without reading the bytes.
absl::Status CheckObjectIsThere(storage::ObjectStore& store, const rpc::StoredObject& object);

/// The manifest of a complete epoch of `pipeline`. DataLoss, naming the object, when it is not what
/// the log says.
absl::StatusOr<Manifest> ReadManifest(storage::ObjectStore& store,
                                      const std::string& pipeline,
                                      const EpochRecord& record);

struct VerifyProblem {
  std::string key;
  absl::Status status;
};

struct VerifyReport {
  int64_t num_objects = 0;  // that were looked at, those with problems too
  int64_t bytes = 0;        // that they should have
  std::vector<VerifyProblem> problems;
  bool ok() const { return problems.empty(); }
};

/// Looks at all of them, whatever it finds.
VerifyReport VerifyObjects(storage::ObjectStore& store,
                           const std::vector<rpc::StoredObject>& objects);

/// The manifest and everything that it needs.
VerifyReport VerifyCheckpoint(storage::ObjectStore& store,
                              const std::string& pipeline,
                              const EpochRecord& record);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_VERIFY_H_
