// A clock that stands still until a test moves it.
#ifndef LAMINAR_ENGINE_OPERATORS_CLOCK_FOR_TEST_H_
#define LAMINAR_ENGINE_OPERATORS_CLOCK_FOR_TEST_H_

#include "base/clock.h"

namespace laminar::engine {

class ClockForTest final : public base::Clock {
 public:
  base::MonotonicTime Now() const override { return {nanos}; }
  base::WallTime Wall() const override { return {wall_micros + nanos / 1000}; }
  void Advance(int64_t by) { nanos += by; }

  int64_t nanos = 1'000'000'000;
  int64_t wall_micros = 1'700'000'000'000'000;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_CLOCK_FOR_TEST_H_
