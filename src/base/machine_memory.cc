#include "base/machine_memory.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <sstream>
#include <string_view>
#include <unistd.h>

#include "base/file.h"

namespace laminar::base {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
constexpr int64_t kSmallFileBytesMax = 1 << 20;

// "max", or a number; version 1 writes a huge number for no limit.
int64_t ReadLimit(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadWholeFile(path, kSmallFileBytesMax);
  int64_t limit = 0;
  if (!text.ok() ||
      std::from_chars(text->data(), text->data() + text->size(), limit).ec != std::errc() ||
      limit <= 0) {
    return kNoLimit;
  }
  return limit;
}

// The least limit of a group and those above it. In a container the path may name a folder that is
// not visible there; then those above count.
int64_t LeastLimit(const std::string& root, std::string group, const std::string& file) {
  int64_t least = ReadLimit(root + "/" + file);
  while (group.size() > 1) {
    least = std::min(least, ReadLimit(root + group + "/" + file));
    group.resize(group.rfind('/'));
  }
  return least;
}

}  // namespace

int64_t ControlGroupMemoryBytes(const std::string& membership, const std::string& root) {
  int64_t least = kNoLimit;
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    // "0::/user.slice" (version 2), "9:memory:/docker/1f3a" (version 1)
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos || line.compare(second + 1, 1, "/") != 0) {
      continue;
    }
    const std::string_view controllers =
        std::string_view(line).substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      least = std::min(least, LeastLimit(root, group, "memory.max"));
    } else if (controllers.find("memory") != std::string_view::npos) {
      least = std::min(least, LeastLimit(root + "/memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

int64_t MachineMemoryBytes() {
  const int64_t machine =
      static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<int64_t>(sysconf(_SC_PAGE_SIZE));
  const absl::StatusOr<std::string> membership =
      ReadWholeFile("/proc/self/cgroup", kSmallFileBytesMax);
  return std::min(machine,
                  ControlGroupMemoryBytes(membership.ok() ? *membership : "", "/sys/fs/cgroup"));
}

}  // namespace laminar::base
