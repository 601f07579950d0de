#include "base/clock.h"

#include <ctime>

namespace laminar::base {
namespace {

int64_t ReadNanos(clockid_t id) {
  timespec value;
  clock_gettime(id, &value);
  return static_cast<int64_t>(value.tv_sec) * 1'000'000'000 + value.tv_nsec;
}

class RealClock final : public Clock {
 public:
  MonotonicTime Now() const override { return {ReadNanos(CLOCK_MONOTONIC)}; }
  WallTime Wall() const override { return {ReadNanos(CLOCK_REALTIME) / 1000}; }
};

}  // namespace

const Clock& SystemClock() {
  static const RealClock clock;
  return clock;
}

int64_t ThreadCpuNanos() { return ReadNanos(CLOCK_THREAD_CPUTIME_ID); }
int64_t ProcessCpuNanos() { return ReadNanos(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace laminar::base
