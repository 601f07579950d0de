// CoordinatorRetry: one step of the protocol that is tried until it succeeds, with growing pauses.
// Owned by a core.
#ifndef LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_RETRY_H_
#define LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_RETRY_H_

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace laminar::control {

struct RetryPauses {
  int64_t first_nanos = 100'000'000;
  int64_t max_nanos = 10'000'000'000;
};

class CoordinatorRetry {
 public:
  /// Whether to try now.
  bool Due(base::MonotonicTime now) const { return !busy_ && now >= at_; }
  void Begin() { busy_ = true; }
  /// It was tried in vain.
  void Failed(base::MonotonicTime now, const RetryPauses& pauses) {
    pause_nanos_ =
        pause_nanos_ == 0 ? pauses.first_nanos : std::min(pause_nanos_ * 2, pauses.max_nanos);
    at_ = {now.nanos + pause_nanos_};
    busy_ = false;
  }
  /// The next step may begin at once.
  void Succeeded() { *this = CoordinatorRetry(); }
  /// Goes on with another way of the same step at once; the pauses go on growing.
  void Again() { busy_ = false; }

  bool busy() const { return busy_; }
  base::MonotonicTime at() const { return at_; }

 private:
  bool busy_ = false;  // under way, its answer outstanding
  int64_t pause_nanos_ = 0;
  base::MonotonicTime at_;
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_RETRY_H_
