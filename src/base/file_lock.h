// FileLock: says that a process is alive and uses something, by a lock on a file that the kernel
// gives back when the process ends, however it ends; it holds between containers that share the
// folder, too. One owner; any thread.
#ifndef LAMINAR_BASE_FILE_LOCK_H_
#define LAMINAR_BASE_FILE_LOCK_H_

#include <string>

#include "base/status.h"

namespace laminar::base {

class FileLock {
 public:
  /// Makes the file where there is none, and locks it; AlreadyExists when somebody else holds it.
  static absl::StatusOr<FileLock> TryAcquire(const std::string& path);
  /// As TryAcquire, but AlreadyExists also when the file is there and nobody holds it.
  static absl::StatusOr<FileLock> TryAcquireNew(const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  /// Gives the lock back; the file stays.
  ~FileLock();

  /// Removes the file and gives the lock back. Whoever opened the file before and locks it after
  /// finds out that it is gone.
  void RemoveFile();

  const std::string& path() const { return path_; }

 private:
  FileLock(int descriptor, std::string path);
  static absl::StatusOr<FileLock> Acquire(const std::string& path, int flags);
  void Release();

  int descriptor_ = -1;
  std::string path_;
};

/// Removes a folder that is empty: true when it did, false when something is in it or it is not
/// there.
absl::StatusOr<bool> TryRemoveFolder(const std::string& path);

}  // namespace laminar::base

#endif  // LAMINAR_BASE_FILE_LOCK_H_
