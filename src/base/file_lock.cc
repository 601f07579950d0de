#include "base/file_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/system_error.h"

namespace laminar::base {
namespace {

// Whether the open file is still what the path names: its last owner may have removed it between
// our opening and locking it.
bool IsStillThere(int descriptor, const std::string& path) {
  struct stat opened{};
  struct stat named{};
  return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

FileLock::FileLock(int descriptor, std::string path)
    : descriptor_(descriptor), path_(std::move(path)) {}

FileLock::FileLock(FileLock&& other) noexcept { *this = std::move(other); }

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    Release();
    descriptor_ = std::exchange(other.descriptor_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

FileLock::~FileLock() { Release(); }

void FileLock::Release() {
  if (descriptor_ >= 0) {
    close(std::exchange(descriptor_, -1));
  }
}

void FileLock::RemoveFile() {
  if (descriptor_ >= 0) {
    unlink(path_.c_str());
  }
  Release();
}

absl::StatusOr<FileLock> FileLock::TryAcquire(const std::string& path) { return Acquire(path, 0); }

absl::StatusOr<FileLock> FileLock::TryAcquireNew(const std::string& path) {
  return Acquire(path, O_EXCL);
}

absl::StatusOr<FileLock> FileLock::Acquire(const std::string& path, int flags) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | flags, 0666);
  if (descriptor < 0) {
    return SystemError("cannot open lock file", path, errno);
  }
  FileLock lock(descriptor, path);
  int result = 0;
  do {
    result = flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EWOULDBLOCK) {
    return SystemError("cannot lock", path, errno);
  }
  if (result != 0 || !IsStillThere(descriptor, path)) {
    return MakeError(absl::StatusCode::kAlreadyExists, "locked by another process: " + path);
  }
  return lock;
}

absl::StatusOr<bool> TryRemoveFolder(const std::string& path) {
  if (rmdir(path.c_str()) == 0) {
    return true;
  }
  if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT || errno == ENOTDIR ||
      errno == EBUSY) {
    return false;
  }
  return SystemError("cannot remove folder", path, errno);
}

}  // namespace laminar::base
