#include "base/parker.h"

namespace laminar::base {

void Parker::Park(std::optional<int64_t> nanos) {
  int expected = kNotified;
  if (state_.compare_exchange_strong(expected, kEmpty, std::memory_order_acq_rel)) {
    return;
  }
  MutexLock lock(mutex_);
  expected = kEmpty;
  if (!state_.compare_exchange_strong(expected, kParked, std::memory_order_acq_rel)) {
    state_.store(kEmpty, std::memory_order_release);
    return;
  }
  if (nanos.has_value()) {
    condition_.WaitFor(mutex_, *nanos);
  } else {
    while (state_.load(std::memory_order_acquire) == kParked) {
      condition_.Wait(mutex_);
    }
  }
  // The exchange, not a store, so that what the waker wrote before Unpark is seen.
  state_.exchange(kEmpty, std::memory_order_acq_rel);
}

void Parker::Unpark() {
  if (state_.exchange(kNotified, std::memory_order_acq_rel) != kParked) {
    return;
  }
  // Taking the lock once makes sure that the owner is inside its wait, not between its check and
  // the wait.
  {
    MutexLock lock(mutex_);
  }
  condition_.NotifyOne();
}

}  // namespace laminar::base
