// RateSchedule: when the events of a generated stream are due. Event n of a stream with r events
// per second is due n / r seconds after the start, whatever was delayed before it, so that a stream
// that was held back catches up. Owned by one reader; its thread.
#ifndef LAMINAR_CONNECTORS_API_RATE_SCHEDULE_H_
#define LAMINAR_CONNECTORS_API_RATE_SCHEDULE_H_

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace laminar::connectors {

class RateSchedule {
 public:
  /// REQUIRES: events_per_second > 0.
  RateSchedule(base::MonotonicTime start, double events_per_second)
      : start_(start), nanos_per_event_(1e9 / events_per_second) {}

  /// How long after the start event `index` is due.
  int64_t NanosOf(int64_t index) const {
    return static_cast<int64_t>(static_cast<double>(index) * nanos_per_event_);
  }

  /// When event `index` is due.
  base::MonotonicTime DueTime(int64_t index) const { return {start_.nanos + NanosOf(index)}; }

  /// How many events are due at `now`: those with an index below the result.
  int64_t DueCount(base::MonotonicTime now) const {
    if (now < start_) {
      return 0;
    }
    int64_t count =
        static_cast<int64_t>(static_cast<double>(now.nanos - start_.nanos) / nanos_per_event_) + 1;
    // Division and multiplication round differently; DueTime decides.
    while (count > 0 && DueTime(count - 1) > now) {
      --count;
    }
    while (DueTime(count) <= now) {
      ++count;
    }
    return count;
  }

  /// How many events may be given out at `now`. Fast streams come in batches of one tick rather
  /// than event by event: for a tick after everything due was given out (Pause), nothing is.
  int64_t AllowedCount(base::MonotonicTime now) const {
    return now < next_tick_ ? 0 : DueCount(now);
  }
  /// Everything that was due at `now` was given out.
  void Pause(base::MonotonicTime now) { next_tick_ = {now.nanos + kTickNanos}; }
  /// When to look again if event `index` is the next one wanted.
  base::MonotonicTime NextPoll(int64_t index) const { return std::max(DueTime(index), next_tick_); }

 private:
  static constexpr int64_t kTickNanos = 1'000'000;

  base::MonotonicTime start_;
  double nanos_per_event_;
  base::MonotonicTime next_tick_;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_RATE_SCHEDULE_H_
