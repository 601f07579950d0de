#include "base/io_pool.h"

#include <utility>

#include "base/assert.h"

namespace laminar::base {

IoPool::IoPool(Options options) : options_(std::move(options)) {
  LAMINAR_ASSERT(options_.num_threads > 0, options_.num_threads);
  threads_.reserve(options_.num_threads);
  for (int i = 0; i < options_.num_threads; ++i) {
    threads_.emplace_back(options_.name + "-" + std::to_string(i), [this] { Serve(); });
  }
}

IoPool::~IoPool() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  work_came_.NotifyAll();
  for (Thread& thread : threads_) {
    thread.Join();
  }
  MutexLock lock(mutex_);
  LAMINAR_ASSERT(queue_.empty(), queue_.size());
}

bool IoPool::TrySubmit(std::function<void()> work) {
  {
    MutexLock lock(mutex_);
    if (stopping_ || queue_.size() >= static_cast<size_t>(options_.queue_length_max)) {
      return false;
    }
    queue_.push_back(std::move(work));
  }
  work_came_.NotifyOne();
  return true;
}

void IoPool::Serve() {
  while (true) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) {
        work_came_.Wait(mutex_);
      }
      if (queue_.empty()) {
        return;
      }
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace laminar::base
