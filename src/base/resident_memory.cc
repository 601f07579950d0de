#include "base/resident_memory.h"

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace laminar::base {

// "SIZE RESIDENT SHARED ...", in pages; see proc_pid_statm(5).
ResidentParts ResidentMemoryParts() {
  static const int descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  static const int64_t page_bytes = sysconf(_SC_PAGE_SIZE);
  char text[128];
  const ssize_t size = pread(descriptor, text, sizeof(text) - 1, 0);
  if (size <= 0) {
    return {};
  }
  text[size] = '\0';
  char* at = text;
  std::strtoll(at, &at, 10);
  ResidentParts parts;
  parts.all = std::strtoll(at, &at, 10) * page_bytes;
  parts.of_files = std::strtoll(at, &at, 10) * page_bytes;
  return parts;
}

}  // namespace laminar::base
