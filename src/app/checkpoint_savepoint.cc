#include "app/checkpoint_savepoint.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/checkpoint_catalog.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "control/checkpoint/garbage_core.h"
#include "control/checkpoint/savepoint.h"
#include "control/metadata/metadata_limits.h"

namespace laminar::app {
namespace {

// Held by whoever makes or removes savepoints of a folder: a job that runs holds another one.
constexpr const char* kSavepointLockName = ".laminar-savepoint-lock";

absl::StatusOr<std::optional<base::FileLock>> LockSavepoints(
    const control::StateDirectory& directory) {
  const std::string folder = FolderOf(directory);
  if (folder.empty()) {
    return std::nullopt;
  }
  absl::StatusOr<base::FileLock> lock =
      base::FileLock::TryAcquire(base::JoinPath(folder, kSavepointLockName));
  if (absl::IsAlreadyExists(lock.status())) {
    return absl::AlreadyExistsError(
        fmt::format("another command makes or removes a savepoint: try again when it is done: {}",
                    directory.location()));
  }
  if (!lock.ok()) {
    return base::MakeError(
        lock.status().code(),
        fmt::format("savepoints are made and removed in the state directory, which cannot be "
                    "written: make it writable and see that its disk has room: {}",
                    base::FromAbsl(lock.status().message())));
  }
  return std::optional(*std::move(lock));
}

std::vector<std::string> KeysOf(const Checkpoint& checkpoint) {
  std::vector<std::string> keys = {checkpoint.record->manifest.key};
  for (const rpc::StoredObject& object : control::ReachableObjects(checkpoint.manifest)) {
    keys.push_back(object.key);
  }
  return keys;
}

absl::Status CheckRemovable(const control::CheckpointHistory& history,
                            const control::EpochRecord& record,
                            bool force) {
  if (record.epoch == history.epochs.front().epoch) {
    return absl::FailedPreconditionError(fmt::format(
        "checkpoint {} is the newest, from which the pipeline goes on: it cannot be removed; to go "
        "on from an older one, laminar run --restore ID; to begin anew, remove the state directory",
        record.epoch.value));
  }
  if (!record.committed && !force) {
    return absl::FailedPreconditionError(fmt::format(
        "the sinks have not published what belongs to checkpoint {}: laminar run does it; with "
        "--force that output is lost",
        record.epoch.value));
  }
  return absl::OkStatus();
}

absl::Status RemoveFromLog(const control::StateDirectory& directory,
                           const control::EpochRecord& record,
                           data::Generation generation) {
  absl::Status last;
  for (int attempt = 0; attempt < control::kLogUnknownsMax; ++attempt) {
    const base::Outcome outcome = directory.log().RemoveEpochs({record.epoch}, generation);
    last = outcome.status();
    if (outcome.state() != base::Outcome::State::kUnknown) {
      break;
    }
  }
  return last;
}

// Deletes what only the removed checkpoint has named.
absl::Status DeleteUnreachable(const control::StateDirectory& directory,
                               const control::GarbageInput& input,
                               Removed& removed) {
  for (const std::string& key : control::ChooseGarbage(input)) {
    const absl::StatusOr<storage::ObjectInfo> info = directory.store().Head(key);
    if (const base::Outcome deleted = directory.store().Delete(key); !deleted.applied()) {
      return deleted.status();
    }
    removed.num_objects += info.ok() ? 1 : 0;
    removed.bytes += info.ok() ? info->bytes : 0;
  }
  return absl::OkStatus();
}

absl::StatusOr<Removed> RemoveEpoch(const control::StateDirectory& directory,
                                    const control::EpochRecord& record,
                                    bool force) {
  LAMINAR_ASSIGN_OR_RETURN(const control::CheckpointHistory history, directory.log().Read());
  LAMINAR_RETURN_IF_ERROR(CheckRemovable(history, record, force));
  control::GarbageInput input;
  input.generation = history.generation;
  // All that others need must be known before anything is deleted.
  for (const control::EpochRecord& kept : history.epochs) {
    const std::string id = std::to_string(kept.epoch.value);
    const absl::StatusOr<Checkpoint> checkpoint = FindCheckpoint(directory, id);
    if (kept.epoch != record.epoch) {
      LAMINAR_RETURN_IF_ERROR(checkpoint.status());
      const std::vector<std::string> keys = KeysOf(*checkpoint);
      input.reachable.insert(input.reachable.end(), keys.begin(), keys.end());
    } else {
      // Of a damaged one, the next run finds what it leaves.
      input.dropped =
          checkpoint.ok() ? KeysOf(*checkpoint) : std::vector<std::string>{record.manifest.key};
    }
  }
  LAMINAR_RETURN_IF_ERROR(RemoveFromLog(directory, record, history.generation));
  Removed removed{.what = fmt::format("checkpoint {}", record.epoch.value)};
  LAMINAR_RETURN_IF_ERROR(DeleteUnreachable(directory, input, removed));
  return removed;
}

absl::StatusOr<Removed> RemoveNamed(const control::StateDirectory& directory,
                                    const std::string& name) {
  LAMINAR_ASSIGN_OR_RETURN(const std::optional<base::FileLock> lock, LockSavepoints(directory));
  LAMINAR_ASSIGN_OR_RETURN(
      const std::vector<storage::ObjectInfo> objects,
      directory.store().List(fmt::format("{}{}/", control::kSavepointsPrefix, name)));
  LAMINAR_RETURN_IF_ERROR(control::RemoveSavepoint(directory, name));
  Removed removed{.what = "savepoint " + name};
  removed.num_objects = static_cast<int64_t>(objects.size());
  for (const storage::ObjectInfo& object : objects) {
    removed.bytes += object.bytes;
  }
  return removed;
}

}  // namespace

absl::StatusOr<MadeSavepoint> MakeSavepoint(const control::StateDirectory& directory,
                                            const std::string& name) {
  LAMINAR_RETURN_IF_ERROR(control::CheckSavepointName(name));
  LAMINAR_ASSIGN_OR_RETURN(const std::optional<base::FileLock> lock, LockSavepoints(directory));
  // A job that runs may remove the checkpoint while it is copied: there is a newer one then.
  absl::Status last;
  for (std::optional<data::Epoch> tried;;) {
    LAMINAR_ASSIGN_OR_RETURN(const Checkpoint newest, FindCheckpoint(directory, "latest"));
    const data::Epoch epoch = newest.manifest.header.epoch;
    if (tried == epoch) {
      return last;
    }
    last = control::CreateSavepoint(directory.store(), newest.manifest, name);
    if (last.ok()) {
      return MadeSavepoint{.epoch = epoch, .bytes = control::StateBytes(newest.manifest)};
    }
    if (!absl::IsDataLoss(last)) {
      return last;
    }
    tried = epoch;
  }
}

absl::StatusOr<Removed> RemoveCheckpoint(const control::StateDirectory& directory,
                                         const std::string& id,
                                         bool force) {
  LAMINAR_ASSIGN_OR_RETURN(const control::RestoreChoice choice, control::ParseRestoreChoice(id));
  if (choice.kind == control::RestoreChoice::Kind::kSavepoint) {
    return RemoveNamed(directory, choice.savepoint);
  }
  LAMINAR_ASSIGN_OR_RETURN(const control::EpochRecord record, FindEpochRecord(directory, id));
  return RemoveEpoch(directory, record, force);
}

}  // namespace laminar::app
