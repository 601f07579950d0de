// UnfinishedFiles: names for files of a local store that are not objects yet. Each store of each
// process has a folder of its own below the hidden one, with a locked file beside it that says that
// the process lives; whoever finds the lock free may remove the folder. Owned by its store; any
// thread.
#ifndef LAMINAR_STORAGE_UNFINISHED_FILES_H_
#define LAMINAR_STORAGE_UNFINISHED_FILES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/file_lock.h"
#include "base/mutex.h"
#include "base/status.h"

namespace laminar::storage {

class UnfinishedFiles {
 public:
  /// `folder`: the hidden one; it is made when it is needed.
  explicit UnfinishedFiles(std::string folder);
  /// Removes its folder, and the hidden one when nobody else uses it.
  ~UnfinishedFiles();

  /// A path in an existing folder that nobody else uses. The first call removes leftovers.
  absl::StatusOr<std::string> NewPath() LAMINAR_EXCLUDES(mutex_);
  /// Removes what processes left that have died.
  absl::Status RemoveLeftovers();
  /// Makes the folder again when somebody removed it.
  void Reopen() LAMINAR_EXCLUDES(mutex_);

 private:
  absl::Status Acquire() LAMINAR_REQUIRES(mutex_);
  void Release() LAMINAR_REQUIRES(mutex_);

  const std::string folder_;
  base::Mutex mutex_;
  std::optional<base::FileLock> lock_ LAMINAR_GUARDED_BY(mutex_);
  std::string own_folder_ LAMINAR_GUARDED_BY(mutex_);
  int64_t next_ LAMINAR_GUARDED_BY(mutex_) = 0;
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_UNFINISHED_FILES_H_
