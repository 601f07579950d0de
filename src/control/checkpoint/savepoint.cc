#include "control/checkpoint/savepoint.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/file.h"
#include "base/kill_point.h"
#include "base/scratch_folder.h"
#include "control/metadata/metadata_limits.h"

namespace laminar::control {

namespace {

constexpr std::string_view kManifestName = "manifest.json";

std::string FolderKey(std::string_view name) {
  return fmt::format("{}{}/", kSavepointsPrefix, name);
}

// Gives every object the key that `rename` makes of its own.
template <typename Rename>
void RenameObjects(Manifest& manifest, const Rename& rename) {
  for (rpc::OperatorState& state : manifest.operators) {
    for (rpc::TableState& table : state.tables) {
      for (rpc::StateFile& file : table.files) {
        file.object.key = rename(file.object.key);
      }
    }
  }
}

// Where the objects of a checkpoint lie within a savepoint: at their own keys. Those of a
// checkpoint that went on from a savepoint may lie in that one, which then is left out of the key,
// unless this makes two objects one.
std::map<std::string, std::string> KeysWithinSavepoint(const Manifest& manifest) {
  std::map<std::string, std::string> keys;
  std::set<std::string> taken;
  for (const rpc::StoredObject& object : ReachableObjects(manifest)) {
    std::string key = object.key;
    if (key.starts_with(kSavepointsPrefix)) {
      const size_t slash = key.find('/', kSavepointsPrefix.size());
      key = slash == std::string::npos ? key : key.substr(slash + 1);
      key = taken.contains(key) ? "from/" + object.key.substr(kSavepointsPrefix.size()) : key;
    }
    taken.insert(key);
    keys[object.key] = std::move(key);
  }
  return keys;
}

absl::Status Copy(storage::ObjectStore& store,
                  const rpc::StoredObject& from,
                  const std::string& to,
                  const std::string& file) {
  LAMINAR_RETURN_IF_ERROR(CheckObject(store, from));
  LAMINAR_RETURN_IF_ERROR(store.GetFile(from.key, file));
  absl::Status last;
  for (int attempt = 0; attempt < kLogUnknownsMax; ++attempt) {
    const base::Outcome outcome = store.PutFile(to, file);
    if (outcome.state() == base::Outcome::State::kNotApplied) {
      return outcome.status();
    }
    // What was written is read back: the file between the two may be damaged as well.
    rpc::StoredObject copy = from;
    copy.key = to;
    last = CheckObject(store, copy);
    if (last.ok()) {
      return last;
    }
  }
  return last;
}

absl::Status WriteManifest(storage::ObjectStore& store,
                           const Manifest& manifest,
                           const std::string& name) {
  const std::string key = SavepointManifestKey(name);
  const std::string bytes = EncodeManifest(manifest);
  const base::Outcome outcome = store.PutIfAbsent(key, bytes);
  if (outcome.applied()) {
    return absl::OkStatus();
  }
  const absl::StatusOr<std::string> there = store.Get(key);
  if (there.ok() && *there == bytes) {
    return absl::OkStatus();  // by this very call
  }
  return outcome.status();
}

absl::Status NoSuchSavepoint(const storage::ObjectStore& store, const std::string& name) {
  return base::NotFound(
      fmt::format("there is no savepoint of this name in {}: {}", store.url(), name));
}

// Checkpoints of a job that went on from a savepoint go on naming its objects until these have been
// merged into others.
absl::Status CheckNotInUse(const StateDirectory& directory, const std::string& name) {
  LAMINAR_ASSIGN_OR_RETURN(const CheckpointHistory history, directory.log().Read());
  for (const EpochRecord& record : history.epochs) {
    LAMINAR_ASSIGN_OR_RETURN(const Manifest manifest,
                             ReadManifest(directory.store(), directory.pipeline(), record));
    for (const rpc::StoredObject& object : ReachableObjects(manifest)) {
      if (object.key.starts_with(FolderKey(name))) {
        return absl::FailedPreconditionError(
            fmt::format("savepoint {} cannot be removed: checkpoint {}, which is kept, needs {}",
                        name, record.epoch.value, object.key));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status RemoveBelow(storage::ObjectStore& store, const std::string& prefix) {
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<storage::ObjectInfo> objects, store.List(prefix));
  for (const storage::ObjectInfo& object : objects) {
    const base::Outcome outcome = store.Delete(object.key);
    if (!outcome.applied()) {
      return outcome.status();
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string SavepointManifestKey(std::string_view name) {
  return FolderKey(name) + std::string(kManifestName);
}

absl::Status CheckSavepointName(std::string_view name) {
  const bool fits = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  const bool is_number =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (name.empty() || name.size() > kSavepointNameBytesMax || !fits || name.front() == '-' ||
      is_number || name == "latest" || name == "none") {
    return base::InvalidArgument(fmt::format(
        "a savepoint's name is 1 to {} letters, digits, dashes and underscores, begins with no "
        "dash, is no number, and neither latest nor none: {}",
        kSavepointNameBytesMax, name));
  }
  return absl::OkStatus();
}

absl::Status CreateSavepoint(storage::ObjectStore& store,
                             Manifest manifest,
                             const std::string& name) {
  LAMINAR_RETURN_IF_ERROR(CheckSavepointName(name));
  const absl::Status there = store.Head(SavepointManifestKey(name)).status();
  if (there.ok()) {
    return absl::AlreadyExistsError(fmt::format(
        "there is a savepoint of this name: choose another one, or remove it first: {}", name));
  }
  if (!absl::IsNotFound(there)) {
    return there;
  }
  LAMINAR_RETURN_IF_ERROR(RemoveBelow(store, FolderKey(name)));
  LAMINAR_ASSIGN_OR_RETURN(const base::ScratchFolder folder,
                           base::ScratchFolder::Make("laminar-savepoint"));
  const std::string file = base::JoinPath(folder.path(), "object");
  const std::map<std::string, std::string> keys = KeysWithinSavepoint(manifest);
  for (const rpc::StoredObject& object : ReachableObjects(manifest)) {
    LAMINAR_RETURN_IF_ERROR(Copy(store, object, FolderKey(name) + keys.at(object.key), file));
  }
  LAMINAR_KILLPOINT("savepoint_objects_copied");
  RenameObjects(manifest, [&keys](const std::string& key) { return keys.at(key); });
  manifest.header.savepoint = name;
  return WriteManifest(store, manifest, name);
}

absl::StatusOr<Manifest> ReadSavepoint(storage::ObjectStore& store, const std::string& name) {
  LAMINAR_RETURN_IF_ERROR(CheckSavepointName(name));
  const std::string key = SavepointManifestKey(name);
  const absl::StatusOr<std::string> bytes = store.Get(key);
  if (absl::IsNotFound(bytes.status())) {
    return NoSuchSavepoint(store, name);
  }
  LAMINAR_RETURN_IF_ERROR(bytes.status());
  LAMINAR_ASSIGN_OR_RETURN(Manifest manifest,
                           DecodeManifest(*bytes, fmt::format("{} of {}", key, store.url())));
  RenameObjects(manifest, [&name](const std::string& object) { return FolderKey(name) + object; });
  return manifest;
}

absl::StatusOr<std::vector<std::string>> ListSavepoints(storage::ObjectStore& store) {
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<storage::ObjectInfo> objects,
                           store.List(std::string(kSavepointsPrefix)));
  std::vector<std::string> names;
  for (const storage::ObjectInfo& object : objects) {
    const size_t slash = object.key.find('/', kSavepointsPrefix.size());
    if (slash != std::string::npos && object.key.substr(slash + 1) == kManifestName) {
      names.push_back(
          object.key.substr(kSavepointsPrefix.size(), slash - kSavepointsPrefix.size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

VerifyReport VerifySavepoint(storage::ObjectStore& store, const std::string& name) {
  const absl::StatusOr<Manifest> manifest = ReadSavepoint(store, name);
  VerifyReport report;
  if (manifest.ok()) {
    report = VerifyObjects(store, ReachableObjects(*manifest));
  } else {
    report.problems.push_back({.key = SavepointManifestKey(name), .status = manifest.status()});
  }
  ++report.num_objects;
  return report;
}

absl::Status RemoveSavepoint(const StateDirectory& directory, const std::string& name) {
  LAMINAR_RETURN_IF_ERROR(CheckSavepointName(name));
  storage::ObjectStore& store = directory.store();
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<storage::ObjectInfo> objects,
                           store.List(FolderKey(name)));
  if (objects.empty()) {
    return NoSuchSavepoint(store, name);
  }
  LAMINAR_RETURN_IF_ERROR(CheckNotInUse(directory, name));
  const base::Outcome outcome = store.Delete(SavepointManifestKey(name));
  return outcome.applied() ? RemoveBelow(store, FolderKey(name)) : outcome.status();
}

}  // namespace laminar::control
