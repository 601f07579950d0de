// GarbageCollector: applies retention to the log of epochs and deletes the objects that nothing
// needs any more. What fails is found again by the next collection. Part of CheckpointCoordinator;
// Retain runs on the thread that owns the log, Collect on another. Every call BLOCKS.
#ifndef LAMINAR_CONTROL_CHECKPOINT_GARBAGE_COLLECTOR_H_
#define LAMINAR_CONTROL_CHECKPOINT_GARBAGE_COLLECTOR_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "control/checkpoint/garbage_core.h"
#include "control/metadata/checkpoint_log.h"
#include "storage/object_store.h"

namespace laminar::control {

class GarbageCollector {
 public:
  struct Retained {
    std::vector<EpochRecord> kept;
    std::vector<EpochRecord> dropped;  // by this call
  };

  GarbageCollector(RetentionPolicy policy,
                   data::Generation generation,
                   std::optional<data::Epoch> restored,
                   storage::ObjectStore& store,
                   CheckpointLog& log)
      : policy_(policy), generation_(generation), restored_(restored), store_(store), log_(log) {}

  /// Forgets epochs. Aborted: a later generation has begun.
  absl::StatusOr<Retained> Retain();
  /// Deletes what nothing reaches; now and then, and at first, also what earlier generations have
  /// left without naming it anywhere, and, once, the uploads that they never finished. REQUIRES:
  /// calls in the order of those of Retain.
  absl::Status Collect(const Retained& retained);

 private:
  void EndUploads();
  absl::StatusOr<const std::vector<std::string>*> ObjectsOf(const EpochRecord& record);
  absl::Status AddObjects(const std::vector<EpochRecord>& records, std::vector<std::string>& keys);

  const RetentionPolicy policy_;
  const data::Generation generation_;
  const std::optional<data::Epoch> restored_;
  storage::ObjectStore& store_;
  CheckpointLog& log_;

  std::vector<EpochRecord> removing_;  // of Retain: asked to be forgotten, outcome unknown

  // Of Collect.
  std::vector<EpochRecord> dropped_;                         // their objects may still be there
  std::map<std::string, std::vector<std::string>> objects_;  // by manifest key; with the manifest
  int collections_until_sweep_ = 0;
  bool uploads_ended_ = false;  // or it was tried in vain
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_GARBAGE_COLLECTOR_H_
