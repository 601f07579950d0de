// How much memory the process has resident right now, cheaply enough to be asked thousands of times
// a second. Any thread.
#ifndef LAMINAR_BASE_RESIDENT_MEMORY_H_
#define LAMINAR_BASE_RESIDENT_MEMORY_H_

#include <cstdint>

namespace laminar::base {

struct ResidentParts {
  int64_t all = 0;
  int64_t of_files = 0;  // mapped files, and memory shared with other processes
};

/// 0 where the system does not tell.
ResidentParts ResidentMemoryParts();
inline int64_t ResidentMemory() { return ResidentMemoryParts().all; }

}  // namespace laminar::base

#endif  // LAMINAR_BASE_RESIDENT_MEMORY_H_
