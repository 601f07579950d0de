// What a folder's file system is and how much room it has, for files that hold what does not fit in
// memory. BLOCKS: asks the file system.
#ifndef LAMINAR_BASE_DISK_SPACE_H_
#define LAMINAR_BASE_DISK_SPACE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace laminar::base {

struct DiskSpace {
  int64_t bytes = 0;
  int64_t free_bytes = 0;  // for this process
  bool in_memory = false;  // a file system that keeps its files in memory
};

/// Errors name the folder.
absl::StatusOr<DiskSpace> GetDiskSpace(const std::string& folder);

/// The first of the folders that is there, may be written, and is not in memory; the first of them
/// when none is.
std::string ChooseDiskFolder(const std::vector<std::string>& folders);

/// The system's folders for short-lived files: TMPDIR or /tmp, and /var/tmp, which is on a disk
/// where the former is not.
std::vector<std::string> TemporaryFolders();

}  // namespace laminar::base

#endif  // LAMINAR_BASE_DISK_SPACE_H_
