// The only source of time. Code takes a Clock by constructor or context, so that tests and the
// simulator decide what time it is.
#ifndef LAMINAR_BASE_CLOCK_H_
#define LAMINAR_BASE_CLOCK_H_

#include <compare>
#include <cstdint>

namespace laminar::base {

/// Nanoseconds on a clock that never goes back; for durations, deadlines and latency.
struct MonotonicTime {
  int64_t nanos = 0;
  auto operator<=>(const MonotonicTime&) const = default;
};

/// Microseconds since 1970-01-01 UTC; for what users see.
struct WallTime {
  int64_t micros = 0;
  auto operator<=>(const WallTime&) const = default;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime Now() const = 0;
  virtual WallTime Wall() const = 0;
};

/// Returns the process's real clock; lives as long as the process. Any thread.
const Clock& SystemClock();

/// CPU time used so far, user and system, by the calling thread or by the whole process, in
/// nanoseconds.
int64_t ThreadCpuNanos();
int64_t ProcessCpuNanos();

}  // namespace laminar::base

#endif  // LAMINAR_BASE_CLOCK_H_
