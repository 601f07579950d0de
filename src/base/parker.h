// Puts one thread to sleep until another has something for it. A thread that nobody wakes uses no
// CPU.
#ifndef LAMINAR_BASE_PARKER_H_
#define LAMINAR_BASE_PARKER_H_

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/mutex.h"

namespace laminar::base {

class Parker {
 public:
  /// Sleeps until Unpark or for `nanos` at most (nullopt: without limit); returns at once when
  /// Unpark came since the last Park. May return early. Owner's thread. BLOCKS.
  void Park(std::optional<int64_t> nanos) LAMINAR_EXCLUDES(mutex_);
  /// Ends the current or next Park; costs one exchange when the owner is awake. Any thread.
  void Unpark() LAMINAR_EXCLUDES(mutex_);

 private:
  enum State : int { kEmpty, kParked, kNotified };

  std::atomic<int> state_{kEmpty};
  Mutex mutex_;
  ConditionVariable condition_;
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_PARKER_H_
