#include "connectors/api/rate_schedule.h"

#include <gtest/gtest.h>

namespace laminar::connectors {
namespace {

TEST(RateSchedule, AnEventIsDueWhenItIsCounted) {
  for (const double rate : {0.1, 3.0, 7.0, 1000.0, 999'999.0, 1e9}) {
    const RateSchedule schedule({12'345}, rate);
    for (const int64_t n :
         {int64_t{0}, int64_t{1}, int64_t{2}, int64_t{17}, int64_t{1000}, int64_t{123'456'789}}) {
      const base::MonotonicTime due = schedule.DueTime(n);
      EXPECT_GT(schedule.DueCount(due), n) << rate;
      if (rate < 1e9) {
        EXPECT_EQ(schedule.DueCount({due.nanos - 1}), n) << rate;
      }
    }
  }
}

TEST(RateSchedule, NothingIsDueBeforeTheStart) {
  const RateSchedule schedule({1000}, 10);
  EXPECT_EQ(schedule.DueCount({999}), 0);
  EXPECT_EQ(schedule.DueCount({1000}), 1);
}

TEST(RateSchedule, FastStreamsComeOnceAMillisecond) {
  RateSchedule fast({0}, 1e6);
  EXPECT_EQ(fast.AllowedCount({9'500}), 10);
  fast.Pause({9'500});
  EXPECT_EQ(fast.AllowedCount({800'000}), 0);
  EXPECT_EQ(fast.NextPoll(10).nanos, 1'009'500);
  EXPECT_EQ(fast.AllowedCount({1'009'500}), 1010);
}

TEST(RateSchedule, SlowStreamsComeWhenTheyAreDue) {
  RateSchedule slow({0}, 10);
  slow.Pause({5});
  EXPECT_EQ(slow.NextPoll(1).nanos, 100'000'000);
}

}  // namespace
}  // namespace laminar::connectors
