// ForEachAtOnce: work on files, several at a time, since a file system makes durable together what
// comes at the same time. Any thread that may block.
#ifndef LAMINAR_CONNECTORS_API_AT_ONCE_H_
#define LAMINAR_CONNECTORS_API_AT_ONCE_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/thread.h"

namespace laminar::connectors {

/// Calls `work(i)` for each i below `count`, in several threads. BLOCKS: until all are done.
template <class Work>
void ForEachAtOnce(size_t count, Work work) {
  constexpr size_t kThreads = 8;
  if (count <= 1) {
    if (count == 1) {
      work(size_t{0});
    }
    return;
  }
  std::vector<std::unique_ptr<base::Thread>> threads;
  for (size_t first = 0; first < std::min(kThreads, count); ++first) {
    threads.push_back(std::make_unique<base::Thread>("sync", [&work, first, count] {
      for (size_t i = first; i < count; i += kThreads) {
        work(i);
      }
    }));
  }
  for (const std::unique_ptr<base::Thread>& thread : threads) {
    thread->Join();
  }
}

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_AT_ONCE_H_
