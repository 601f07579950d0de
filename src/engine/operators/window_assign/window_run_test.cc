#include "engine/operators/window_assign/window_run.h"

#include <limits>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace laminar::engine {
namespace {

using data::EventTime;
using plan::WindowSpec;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = plan::WindowSpec::Kind;
using Windows = std::vector<std::pair<int64_t, int64_t>>;

WindowSpec Tumble(int64_t width, int64_t offset = 0) {
  return {.kind = Kind::kTumble, .width = {width}, .slide = {width}, .offset = {offset}};
}
WindowSpec Hop(int64_t slide, int64_t width, int64_t offset = 0) {
  return {.kind = Kind::kHop, .width = {width}, .slide = {slide}, .offset = {offset}};
}
WindowSpec Cumulate(int64_t step, int64_t width, int64_t offset = 0) {
  return {.kind = Kind::kCumulate, .width = {width}, .slide = {step}, .offset = {offset}};
}

Windows List(const WindowRun& run) {
  Windows windows;
  for (int64_t i = 0; i < run.num_windows; ++i) {
    windows.emplace_back(run.start(i), run.end(i));
  }
  return windows;
}

Windows Open(const WindowSpec& spec, int64_t time, EventTime watermark = EventTime::Min()) {
  return List(FindOpenWindows(spec, time, watermark));
}

TEST(WindowRun, TumblingWindowsPartitionTime) {
  EXPECT_THAT(Open(Tumble(10), 0), ElementsAre(std::pair(0, 10)));
  EXPECT_THAT(Open(Tumble(10), 9), ElementsAre(std::pair(0, 10)));
  EXPECT_THAT(Open(Tumble(10), -1), ElementsAre(std::pair(-10, 0)));
  EXPECT_THAT(Open(Tumble(10, 3), 2), ElementsAre(std::pair(-7, 3)));
  EXPECT_THAT(Open(Tumble(10, -3), 7), ElementsAre(std::pair(7, 17)));
}

TEST(WindowRun, HoppingWindowsAscend) {
  EXPECT_THAT(Open(Hop(2, 6), 5), ElementsAre(std::pair(0, 6), std::pair(2, 8), std::pair(4, 10)));
  EXPECT_THAT(Open(Hop(4, 6), 5), ElementsAre(std::pair(0, 6), std::pair(4, 10)));
  EXPECT_THAT(Open(Hop(4, 6), 7), ElementsAre(std::pair(4, 10)));
}

TEST(WindowRun, HopWiderThanItsWindowsLeavesGapsThatAreNotLate) {
  const WindowRun run = FindOpenWindows(Hop(10, 4), 5, EventTime::Min());
  EXPECT_EQ(run.num_windows, 0);
  EXPECT_FALSE(run.late);
  EXPECT_THAT(Open(Hop(10, 4), 13), ElementsAre(std::pair(10, 14)));
}

TEST(WindowRun, CumulatingWindowsShareTheirStart) {
  EXPECT_THAT(Open(Cumulate(2, 6), 7),
              ElementsAre(std::pair(6, 8), std::pair(6, 10), std::pair(6, 12)));
  EXPECT_THAT(Open(Cumulate(2, 6), 11), ElementsAre(std::pair(6, 12)));
}

TEST(WindowRun, CutsTheLastCumulatingWindowAtItsWidth) {
  EXPECT_THAT(Open(Cumulate(4, 10), 1),
              ElementsAre(std::pair(0, 4), std::pair(0, 8), std::pair(0, 10)));
  EXPECT_THAT(Open(Cumulate(4, 10), 9), ElementsAre(std::pair(0, 10)));
  EXPECT_THAT(Open(Cumulate(20, 10), 9), ElementsAre(std::pair(0, 10)));
}

TEST(WindowRun, LeavesClosedWindowsOut) {
  EXPECT_THAT(Open(Hop(2, 6), 5, EventTime{8}), ElementsAre(std::pair(4, 10)));
  EXPECT_THAT(Open(Hop(2, 6), 5, EventTime{7}), ElementsAre(std::pair(2, 8), std::pair(4, 10)));
  EXPECT_THAT(Open(Cumulate(2, 6), 0, EventTime{4}), ElementsAre(std::pair(0, 6)));
  const WindowRun run = FindOpenWindows(Hop(2, 6), 5, EventTime{10});
  EXPECT_EQ(run.num_windows, 0);
  EXPECT_TRUE(run.late);
  EXPECT_TRUE(FindOpenWindows(Cumulate(2, 6), 0, EventTime{6}).late);
  EXPECT_TRUE(FindOpenWindows(Tumble(10), 5, EventTime{10}).late);
  EXPECT_FALSE(FindOpenWindows(Tumble(10), 5, EventTime{9}).late);
}

TEST(WindowRun, HasNoWindowsBeyondTheRangeOfTimestamps) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  for (const WindowSpec& spec : {Tumble(1000), Hop(7, 1000), Cumulate(7, 1000), Tumble(kMax),
                                 Hop(1, kMax), Hop(kMax, 1), Cumulate(1, kMax)}) {
    for (const int64_t time : {kMin, kMin + 1, kMin + 2, kMax - 1, kMax}) {
      for (const EventTime watermark : {EventTime::Min(), EventTime{0}, EventTime::Max()}) {
        const WindowRun run = FindOpenWindows(spec, time, watermark);
        ASSERT_GE(run.num_windows, 0);
        if (run.num_windows == 0) {
          continue;
        }
        for (const int64_t i : {int64_t{0}, run.num_windows / 2, run.num_windows - 1}) {
          EXPECT_LE(run.start(i), time);
          EXPECT_GT(run.end(i), time);
          EXPECT_GT(run.end(i), watermark.micros);
        }
      }
    }
  }
  EXPECT_TRUE(FindOpenWindows(Tumble(1000), kMax, EventTime::Min()).out_of_range);
  EXPECT_TRUE(FindOpenWindows(Tumble(1000), kMin, EventTime::Min()).out_of_range);
  EXPECT_EQ(FindOpenWindows(Hop(1, kMax / 2), 0, EventTime::Min()).num_windows, kMax / 2);
}

// The windows by definition: try every start near the time.
Windows ListByDefinition(const WindowSpec& spec, int64_t time, int64_t watermark) {
  Windows windows;
  const int64_t width = spec.width.micros;
  const int64_t slide = spec.slide.micros;
  const auto add = [&](int64_t start, int64_t end) {
    if (start <= time && time < end && end > watermark) {
      windows.emplace_back(start, end);
    }
  };
  const int64_t stride = spec.kind == Kind::kCumulate ? width : slide;
  for (int64_t k = -400; k <= 400; ++k) {
    const int64_t start = spec.offset.micros + k * stride;
    if (spec.kind != Kind::kCumulate) {
      add(start, start + width);
      continue;
    }
    for (int64_t length = slide; length < width + slide; length += slide) {
      add(start, start + std::min(length, width));
    }
  }
  return windows;
}

TEST(WindowRun, AgreesWithTheDefinitionOnRandomWindows) {
  std::mt19937_64 random(7);
  const auto draw = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (int round = 0; round < 3000; ++round) {
    WindowSpec spec{.kind = static_cast<Kind>(std::vector{0, 1, 3}[draw(0, 2)]),
                    .width = {draw(1, 30)},
                    .slide = {draw(1, 30)},
                    .offset = {draw(-20, 20)}};
    if (spec.kind == Kind::kTumble) {
      spec.slide = spec.width;
    }
    const int64_t time = draw(-50, 50);
    const int64_t watermark = draw(-60, 80);
    const WindowRun run = FindOpenWindows(spec, time, EventTime{watermark});
    EXPECT_EQ(List(run), ListByDefinition(spec, time, watermark)) << spec.ToString();
    ASSERT_TRUE(run.Covers(time));
    for (int64_t same = run.same_from; same < run.same_until; ++same) {
      EXPECT_EQ(List(run), ListByDefinition(spec, same, watermark)) << spec.ToString();
    }
  }
}

}  // namespace
}  // namespace laminar::engine
