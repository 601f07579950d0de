#include "base/scratch_folder.h"

#include <cerrno>
#include <stdlib.h>
#include <vector>

#include "base/file.h"
#include "base/system_error.h"

namespace laminar::base {
namespace {

constexpr std::string_view kLockSuffix = ".lock";

// Others that make folders at the same time may take a lock file for a leftover in the moment in
// which it is not locked yet.
constexpr int kAttemptsMax = 100;

// What cannot be locked is somebody's, alive or another user's.
void RemoveLeftovers(const std::string& parent, const std::string& prefix) {
  const absl::StatusOr<std::vector<std::string>> names = ListFolder(parent);
  if (!names.ok()) {
    return;
  }
  for (const std::string& name : *names) {
    if (!name.starts_with(prefix) || !name.ends_with(kLockSuffix)) {
      continue;
    }
    absl::StatusOr<FileLock> lock = FileLock::TryAcquire(JoinPath(parent, name));
    const std::string folder = name.substr(0, name.size() - kLockSuffix.size());
    if (lock.ok() && RemoveAll(JoinPath(parent, folder)).ok()) {
      lock->RemoveFile();
    }
  }
}

absl::StatusOr<std::string> MakeFolderBelow(const std::string& parent, std::string_view prefix) {
  std::string path = JoinPath(parent, std::string(prefix) + ".XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    return SystemError("cannot make folder", path, errno);
  }
  return path;
}

}  // namespace

absl::StatusOr<ScratchFolder> ScratchFolder::Make(std::string_view prefix,
                                                  const std::string& parent) {
  absl::Status last;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    LAMINAR_ASSIGN_OR_RETURN(std::string path, parent.empty() ? MakeTemporaryFolder(prefix)
                                                              : MakeFolderBelow(parent, prefix));
    absl::StatusOr<FileLock> lock = FileLock::TryAcquireNew(path + std::string(kLockSuffix));
    if (lock.ok()) {
      RemoveLeftovers(std::string(FolderName(path)), std::string(prefix) + ".");
      return ScratchFolder(std::move(path), *std::move(lock));
    }
    RemoveAll(path).IgnoreError();
    last = lock.status();
    if (!absl::IsAlreadyExists(last)) {
      break;
    }
  }
  return last;
}

ScratchFolder::~ScratchFolder() {
  if (!path_.empty()) {
    RemoveAll(path_).IgnoreError();
    lock_.RemoveFile();
  }
}

}  // namespace laminar::base
