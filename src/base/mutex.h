// Mutex, scoped lock and condition variable that clang's -Wthread-safety understands. A mutex is
// the exception here: it is private to a class, its data is GUARDED_BY it, and no callback or log
// runs under it.
#ifndef LAMINAR_BASE_MUTEX_H_
#define LAMINAR_BASE_MUTEX_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>

#if defined(__clang__)
#define LAMINAR_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define LAMINAR_THREAD_ANNOTATION(x)
#endif
#define LAMINAR_GUARDED_BY(mutex) LAMINAR_THREAD_ANNOTATION(guarded_by(mutex))
#define LAMINAR_REQUIRES(...) LAMINAR_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define LAMINAR_EXCLUDES(...) LAMINAR_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace laminar::base {

class LAMINAR_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void Lock() LAMINAR_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void Unlock() LAMINAR_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

class LAMINAR_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) LAMINAR_THREAD_ANNOTATION(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() LAMINAR_THREAD_ANNOTATION(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

class ConditionVariable {
 public:
  /// Waits until notified; may also return without a reason, so the caller checks its condition in
  /// a loop.
  void Wait(Mutex& mutex) LAMINAR_REQUIRES(mutex);
  /// As above, at most `nanos`; false when the time is up.
  bool WaitFor(Mutex& mutex, int64_t nanos) LAMINAR_REQUIRES(mutex);
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_MUTEX_H_
