#include "base/mutex.h"

#include <algorithm>
#include <chrono>

namespace laminar::base {
namespace {

// Longer waits are cut: a deadline computed from a far time must not overflow the clock's
// arithmetic.
constexpr int64_t kWaitNanosMax = 3'600'000'000'000;

}  // namespace

void ConditionVariable::Wait(Mutex& mutex) {
  std::unique_lock<std::mutex> lock(mutex.native(), std::adopt_lock);
  condition_.wait(lock);
  lock.release();
}

bool ConditionVariable::WaitFor(Mutex& mutex, int64_t nanos) {
  const int64_t bounded = std::clamp<int64_t>(nanos, 0, kWaitNanosMax);
  std::unique_lock<std::mutex> lock(mutex.native(), std::adopt_lock);
  const bool notified =
      condition_.wait_for(lock, std::chrono::nanoseconds(bounded)) == std::cv_status::no_timeout;
  lock.release();
  return notified;
}

}  // namespace laminar::base
