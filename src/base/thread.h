// A named operating-system thread that is joined before it is forgotten. The only place where
// threads are made, so that whoever looks for concurrency finds every owner by this name. A Thread
// is owned and joined by one other thread.
#ifndef LAMINAR_BASE_THREAD_H_
#define LAMINAR_BASE_THREAD_H_

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

namespace laminar::base {

class Thread {
 public:
  /// No thread.
  Thread() = default;
  /// Starts `body`. `name` shows in debuggers and `top`; its first 15 bytes count. `body` must not
  /// throw.
  Thread(const std::string& name, std::function<void()> body);
  Thread(Thread&&) noexcept = default;
  /// REQUIRES: this holds no running thread.
  Thread& operator=(Thread&& other) noexcept;
  /// Joins. BLOCKS: until the body returns.
  ~Thread();

  bool joinable() const { return thread_.joinable(); }
  /// Waits for the body to return; does nothing without a thread. BLOCKS.
  void Join();

 private:
  std::thread thread_;
};

/// Lets time pass on the calling thread. BLOCKS: never call it from a task.
void SleepNanos(int64_t nanos);

}  // namespace laminar::base

#endif  // LAMINAR_BASE_THREAD_H_
