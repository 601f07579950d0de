#include "base/disk_space.h"

#include <cerrno>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/environment.h"
#include "base/system_error.h"

namespace laminar::base {

absl::StatusOr<DiskSpace> GetDiskSpace(const std::string& folder) {
  struct statfs data{};
  if (statfs(folder.c_str(), &data) != 0) {
    return SystemError("cannot look at folder", folder, errno);
  }
  const auto block = static_cast<int64_t>(data.f_bsize);
  return DiskSpace{.bytes = static_cast<int64_t>(data.f_blocks) * block,
                   .free_bytes = static_cast<int64_t>(data.f_bavail) * block,
                   .in_memory = data.f_type == TMPFS_MAGIC || data.f_type == RAMFS_MAGIC};
}

std::string ChooseDiskFolder(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    const absl::StatusOr<DiskSpace> space = GetDiskSpace(folder);
    if (space.ok() && !space->in_memory && access(folder.c_str(), W_OK | X_OK) == 0) {
      return folder;
    }
  }
  return folders.empty() ? "" : folders.front();
}

std::vector<std::string> TemporaryFolders() {
  return {EnvironmentVariable("TMPDIR").value_or("/tmp"), "/var/tmp"};
}

}  // namespace laminar::base
