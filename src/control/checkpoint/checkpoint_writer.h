// CheckpointWriter: makes epochs complete: writes the manifest, looks whether all that it names is
// there, and records it in the log. Part of CheckpointCoordinator; one I/O thread. Every call
// BLOCKS.
#ifndef LAMINAR_CONTROL_CHECKPOINT_CHECKPOINT_WRITER_H_
#define LAMINAR_CONTROL_CHECKPOINT_CHECKPOINT_WRITER_H_

#include <optional>
#include <string>
#include <unordered_set>

#include "base/clock.h"
#include "base/outcome.h"
#include "control/checkpoint/coordinator_messages.h"
#include "control/checkpoint/manifest.h"
#include "control/metadata/checkpoint_log.h"
#include "storage/object_store.h"

namespace laminar::control {

class CheckpointWriter {
 public:
  CheckpointWriter(ManifestHeader header,
                   std::string nonce,
                   const base::Clock& clock,
                   storage::ObjectStore& store,
                   CheckpointLog& log);

  /// NotApplied with DataLoss: an object that it names is not there or has another size, or rows
  /// were lost between tasks. Other outcomes: may be tried again.
  base::Outcome WriteManifest(const EpochContents& contents);
  /// REQUIRES: the manifest of this epoch is written.
  base::Outcome Record();
  base::Outcome ReadBack();
  base::Outcome MarkCommitted(data::Epoch epoch);
  /// Applied: no later generation has begun. NotApplied, Aborted: one has.
  base::Outcome CheckFence();

 private:
  /// Of the epoch under way.
  struct Prepared {
    Manifest manifest;
    std::string bytes;
    EpochRecord record;
  };

  void Prepare(const EpochContents& contents);
  base::Outcome VerifyObjects();
  base::Outcome VerifyByListing(const std::vector<rpc::StoredObject>& objects);

  const ManifestHeader header_;
  const std::string nonce_;
  const base::Clock& clock_;
  storage::ObjectStore& store_;
  CheckpointLog& log_;
  std::optional<Prepared> prepared_;
  std::unordered_set<std::string> verified_;  // keys that an earlier manifest names
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_CHECKPOINT_WRITER_H_
