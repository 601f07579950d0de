// ScratchFolder: a folder for short-lived files of this process, as a rule below the system's
// folder for them. It goes with its owner; and as a locked file beside it says that the process
// lives, what a killed process leaves goes with the next that makes a folder of the same prefix.
// One owner; any thread.
#ifndef LAMINAR_BASE_SCRATCH_FOLDER_H_
#define LAMINAR_BASE_SCRATCH_FOLDER_H_

#include <string>
#include <string_view>
#include <utility>

#include "base/file_lock.h"
#include "base/status.h"

namespace laminar::base {

class ScratchFolder {
 public:
  /// An empty one below `parent` (empty: the system's folder for them), named `prefix` and
  /// something that no other folder is named. BLOCKS.
  static absl::StatusOr<ScratchFolder> Make(std::string_view prefix,
                                            const std::string& parent = "");

  ScratchFolder(ScratchFolder&& other) noexcept
      : path_(std::exchange(other.path_, "")), lock_(std::move(other.lock_)) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  /// Removes it with all that is in it.
  ~ScratchFolder();

  const std::string& path() const { return path_; }

 private:
  ScratchFolder(std::string path, FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;  // empty when it was moved away
  FileLock lock_;     // of the file beside it
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_SCRATCH_FOLDER_H_
