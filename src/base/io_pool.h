// IoPool: a few threads for work that blocks (files, uploads, look-ups), with a bounded queue.
// Tasks of the engine hand such work over and are woken when it is done; they never wait here. Any
// thread submits; the owner destroys.
#ifndef LAMINAR_BASE_IO_POOL_H_
#define LAMINAR_BASE_IO_POOL_H_

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"

namespace laminar::base {

class IoPool {
 public:
  struct Options {
    std::string name = "io";
    int num_threads = 4;
    int queue_length_max = 1024;
  };

  explicit IoPool(Options options);
  /// Runs what is queued, then joins. BLOCKS.
  ~IoPool();
  IoPool(const IoPool&) = delete;
  IoPool& operator=(const IoPool&) = delete;

  /// Queues `work`; false when the queue is full. `work` must not throw. Any thread.
  bool TrySubmit(std::function<void()> work) LAMINAR_EXCLUDES(mutex_);

 private:
  void Serve() LAMINAR_EXCLUDES(mutex_);

  const Options options_;
  Mutex mutex_;
  ConditionVariable work_came_;
  std::deque<std::function<void()>> queue_ LAMINAR_GUARDED_BY(mutex_);
  bool stopping_ LAMINAR_GUARDED_BY(mutex_) = false;
  std::vector<Thread> threads_;
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_IO_POOL_H_
