#include "control/checkpoint/state_directory_check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/file.h"
#include "control/checkpoint/state_directory.h"

namespace laminar::control {

namespace {

constexpr std::array<std::string_view, 7> kKnownNames = {
    "laminar.json", "metadata.sqlite", "metadata.sqlite-journal", "manifests", "data", "savepoints",
    "log"};

// Where objects of checkpoints begin. Savepoints may be brought here from elsewhere.
constexpr std::array<const char*, 2> kStatePrefixes = {"manifests/", "data/"};

bool IsOurs(std::string_view name) {
  return name.starts_with('.') || name == "lost+found" || name.starts_with("probe-") ||
         std::find(kKnownNames.begin(), kKnownNames.end(), name) != kKnownNames.end();
}

// The number behind `manifests/g` or `data/g`, 0 where there is none.
int64_t GenerationOf(std::string_view key) {
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos || key.substr(slash + 1, 1) != "g") {
    return 0;
  }
  const std::string_view number = key.substr(slash + 2);
  int64_t generation = 0;
  std::from_chars(number.data(), number.data() + number.size(), generation);
  return generation;
}

// What is at `path`, or above it where nothing is.
std::string NearestThere(std::string path) {
  while (!base::FileExists(path)) {
    const std::string above(base::FolderName(path));
    if (above == path) {
      break;
    }
    path = above;
  }
  return path;
}

absl::Status CheckFolderAbove(const std::string& folder) {
  const std::string above(base::FolderName(folder));
  if (base::IsFolder(above)) {
    return absl::OkStatus();
  }
  const std::string there = NearestThere(above);
  if (!base::IsFolder(there)) {
    return base::InvalidArgument(
        fmt::format("the state directory {} cannot be made, as {} is a file: name another place",
                    folder, there));
  }
  return base::InvalidArgument(
      fmt::format("the folder of the state directory {} does not exist: make it with mkdir -p "
                  "'{}', or name another place",
                  folder, above));
}

}  // namespace

absl::Status CheckFolder(const std::string& folder) {
  if (!base::FileExists(folder)) {
    return CheckFolderAbove(folder);
  }
  if (!base::IsFolder(folder)) {
    return base::InvalidArgument(fmt::format(
        "the state directory must be a folder, and this is none: name another one: {}", folder));
  }
  const absl::StatusOr<std::vector<std::string>> names = base::ListFolder(folder);
  if (!names.ok()) {
    return base::MakeError(
        names.status().code(),
        fmt::format("the state directory {} cannot be read: make it readable and writable for this "
                    "user, or name another one: {}",
                    folder, base::FromAbsl(names.status().message())));
  }
  for (const std::string& name : *names) {
    if (!IsOurs(name)) {
      return absl::FailedPreconditionError(fmt::format(
          "the state directory holds something that is not part of a pipeline's state: name an "
          "empty folder, or move it away: {}",
          base::JoinPath(folder, name)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> HasState(storage::ObjectStore& store) {
  for (const char* prefix : kStatePrefixes) {
    LAMINAR_ASSIGN_OR_RETURN(const std::vector<storage::ObjectInfo> objects, store.List(prefix));
    if (!objects.empty()) {
      return true;
    }
  }
  return false;
}

absl::Status CheckLogKnowsState(storage::ObjectStore& store, const CheckpointHistory& history) {
  // A manifest belongs to each complete epoch, and fewer of them are there than files of state.
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<storage::ObjectInfo> manifests,
                           store.List("manifests/"));
  for (const storage::ObjectInfo& object : manifests) {
    const int64_t generation = GenerationOf(object.key);
    if (generation > history.generation.value) {
      return base::DataLoss(fmt::format(
          "the log of checkpoints was lost or replaced by an older one: it ends with generation "
          "{}, "
          "but generation {} has written {} of {}: restore the log from a backup, or name another "
          "state directory to begin anew",
          history.generation.value, generation, object.key, store.url()));
    }
  }
  return absl::OkStatus();
}

}  // namespace laminar::control
