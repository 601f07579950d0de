// CheckpointFiles: how the tasks of a job bring files of a checkpoint to the object store and back.
// An upload is tried again, with growing pauses, until it succeeds or the job ends: a store that is
// away holds checkpoints up, never the data. One per attempt of a job; any thread; every call but
// Stop and trouble BLOCKS.
#ifndef LAMINAR_ENGINE_STATE_SNAPSHOT_CHECKPOINT_FILES_H_
#define LAMINAR_ENGINE_STATE_SNAPSHOT_CHECKPOINT_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/status.h"
#include "data/epoch.h"
#include "rpc/checkpoint_messages.h"
#include "storage/object_store.h"

namespace laminar::engine {

/// What messages about a missing or damaged file of a checkpoint begin with.
inline constexpr std::string_view kDamagedCheckpointFile = "a file of the checkpoint ";

class CheckpointFiles {
 public:
  /// `store` outlives this. Files on their way lie in `spool_folder`, which exists.
  CheckpointFiles(storage::ObjectStore& store,
                  data::Generation generation,
                  std::string spool_folder);
  CheckpointFiles(const CheckpointFiles&) = delete;
  CheckpointFiles& operator=(const CheckpointFiles&) = delete;

  /// What is said of a failure to use the spool folder: also what the folder is for, and the
  /// remedy.
  static absl::Status OfSpool(const absl::Status& status);

  data::Generation generation() const { return generation_; }
  /// A path in the spool folder that nobody else gets.
  std::string NewSpoolPath() LAMINAR_EXCLUDES(mutex_);

  /// Makes the local file an object and removes it. Cancelled once stopped; errors of the local
  /// file.
  absl::StatusOr<rpc::StoredObject> Upload(const std::string& key, const std::string& path)
      LAMINAR_EXCLUDES(mutex_);
  /// Writes the object into a local file. DataLoss, naming it, when it is not there, or its length
  /// or checksum is not what the reference says; errors of the store when it stays away for a
  /// minute.
  absl::Status Fetch(const rpc::StoredObject& object, const std::string& path)
      LAMINAR_EXCLUDES(mutex_);

  /// Ends uploads and downloads soon, for good.
  void Stop() LAMINAR_EXCLUDES(mutex_);
  /// Why uploads have to be tried again at the moment; Ok when they need not.
  absl::Status trouble() const LAMINAR_EXCLUDES(mutex_);

 private:
  /// False once stopped.
  bool Pause(int attempt) LAMINAR_EXCLUDES(mutex_);

  storage::ObjectStore& store_;
  const data::Generation generation_;
  const std::string spool_folder_;
  mutable base::Mutex mutex_;
  base::ConditionVariable stop_came_;
  bool stopped_ LAMINAR_GUARDED_BY(mutex_) = false;
  int64_t next_spool_file_ LAMINAR_GUARDED_BY(mutex_) = 0;
  absl::Status trouble_ LAMINAR_GUARDED_BY(mutex_);
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_SNAPSHOT_CHECKPOINT_FILES_H_
