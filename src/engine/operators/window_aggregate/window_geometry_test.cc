#include "engine/operators/window_aggregate/window_geometry.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace laminar::engine {
namespace {

using Kind = plan::WindowSpec::Kind;
using Place = WindowGeometry::Place;

WindowGeometry Make(Kind kind, int64_t slide, int64_t width, int64_t offset = 0) {
  auto made =
      WindowGeometry::Make({.kind = kind, .width = {width}, .slide = {slide}, .offset = {offset}});
  EXPECT_TRUE(made.ok()) << made.status();
  return *made;
}

std::string SliceAt(const WindowGeometry& geometry, int64_t time) {
  SliceId slice;
  switch (geometry.Locate(time, slice)) {
    case Place::kSlice:
      return std::to_string(slice.start) + ".." + std::to_string(slice.end);
    case Place::kGap:
      return "gap";
    case Place::kOutOfRange:
      return "out of range";
  }
  return "";
}

// The windows over the slice of `time`, as they would close.
std::string WindowsAt(const WindowGeometry& geometry, int64_t time) {
  SliceId slice;
  EXPECT_EQ(geometry.Locate(time, slice), Place::kSlice);
  std::string text;
  for (int64_t closed = std::numeric_limits<int64_t>::min(); geometry.LastEnd(slice) > closed;) {
    const SliceId window = geometry.FirstOpenWindow(slice, closed);
    EXPECT_LE(window.start, slice.start);
    EXPECT_GE(window.end, slice.end);
    text += (text.empty() ? "" : " ") + std::to_string(window.start) + ".." +
            std::to_string(window.end);
    closed = window.end;
  }
  return text;
}

TEST(WindowGeometry, CutsTumblingWindows) {
  const WindowGeometry geometry = Make(Kind::kTumble, 10, 10);
  EXPECT_TRUE(geometry.single());
  EXPECT_EQ(SliceAt(geometry, 0), "0..10");
  EXPECT_EQ(SliceAt(geometry, 9), "0..10");
  EXPECT_EQ(SliceAt(geometry, 10), "10..20");
  EXPECT_EQ(SliceAt(geometry, -1), "-10..0");
  EXPECT_EQ(SliceAt(geometry, -10), "-10..0");
  EXPECT_EQ(SliceAt(geometry, -11), "-20..-10");
  EXPECT_EQ(WindowsAt(geometry, 3), "0..10");
}

TEST(WindowGeometry, MovesWindowsByTheirOffset) {
  EXPECT_EQ(SliceAt(Make(Kind::kTumble, 10, 10, 3), 2), "-7..3");
  EXPECT_EQ(SliceAt(Make(Kind::kTumble, 10, 10, 3), 3), "3..13");
  EXPECT_EQ(SliceAt(Make(Kind::kTumble, 10, 10, -27), 3), "3..13");
  EXPECT_EQ(WindowsAt(Make(Kind::kHop, 5, 10, 2), 4), "-3..7 2..12");
}

TEST(WindowGeometry, SharesSlicesBetweenHoppingWindows) {
  const WindowGeometry geometry = Make(Kind::kHop, 2, 10);
  EXPECT_EQ(geometry.slices_per_window(), 5);
  EXPECT_EQ(SliceAt(geometry, 5), "4..6");
  EXPECT_EQ(WindowsAt(geometry, 5), "-4..6 -2..8 0..10 2..12 4..14");
}

TEST(WindowGeometry, CutsTwicePerSlideWhereTheWidthIsNoMultiple) {
  const WindowGeometry geometry = Make(Kind::kHop, 3, 10);
  EXPECT_EQ(geometry.slices_per_window(), 7);
  EXPECT_EQ(SliceAt(geometry, 3), "3..4");
  EXPECT_EQ(SliceAt(geometry, 4), "4..6");
  EXPECT_EQ(SliceAt(geometry, 5), "4..6");
  EXPECT_EQ(SliceAt(geometry, -1), "-2..0");
  EXPECT_EQ(WindowsAt(geometry, 3), "-6..4 -3..7 0..10 3..13");
  EXPECT_EQ(WindowsAt(geometry, 5), "-3..7 0..10 3..13");
  // A width just beside a multiple does not make a million slices.
  EXPECT_EQ(Make(Kind::kHop, 3'000'001, 10'000'000).slices_per_window(), 7);
}

TEST(WindowGeometry, LeavesGapsBetweenWindowsThatDoNotTouch) {
  const WindowGeometry geometry = Make(Kind::kHop, 10, 4);
  EXPECT_TRUE(geometry.single());
  EXPECT_EQ(SliceAt(geometry, 3), "0..4");
  EXPECT_EQ(SliceAt(geometry, 4), "gap");
  EXPECT_EQ(SliceAt(geometry, 9), "gap");
  EXPECT_EQ(SliceAt(geometry, -7), "-10..-6");
  EXPECT_EQ(SliceAt(geometry, -6), "gap");
  EXPECT_EQ(WindowsAt(geometry, 12), "10..14");
}

TEST(WindowGeometry, CumulatesUpToTheWidth) {
  const WindowGeometry geometry = Make(Kind::kCumulate, 3, 9);
  EXPECT_TRUE(geometry.cumulates());
  EXPECT_EQ(SliceAt(geometry, 4), "3..6");
  EXPECT_EQ(WindowsAt(geometry, 4), "0..6 0..9");
  EXPECT_EQ(WindowsAt(geometry, 0), "0..3 0..6 0..9");
  EXPECT_EQ(WindowsAt(geometry, 8), "0..9");
  EXPECT_EQ(WindowsAt(geometry, -1), "-9..0");
  // The last step is shorter where the width is no multiple.
  EXPECT_EQ(WindowsAt(Make(Kind::kCumulate, 4, 9), 1), "0..4 0..8 0..9");
  EXPECT_EQ(SliceAt(Make(Kind::kCumulate, 4, 9), 8), "8..9");
}

TEST(WindowGeometry, SkipsWindowsThatAreClosed) {
  const WindowGeometry geometry = Make(Kind::kHop, 2, 10);
  const SliceId slice{.end = 6, .start = 4};
  EXPECT_EQ(geometry.FirstOpenWindow(slice, 7), (SliceId{.end = 8, .start = -2}));
  EXPECT_EQ(geometry.FirstOpenWindow(slice, 8), (SliceId{.end = 10, .start = 0}));
  EXPECT_EQ(geometry.FirstOpenWindow(slice, 13), (SliceId{.end = 14, .start = 4}));
}

TEST(WindowGeometry, NumbersSlicesWithoutHoles) {
  for (const WindowGeometry& geometry : {Make(Kind::kHop, 3, 10), Make(Kind::kHop, 2, 10),
                                         Make(Kind::kHop, 5, 10, 1), Make(Kind::kHop, 7, 9)}) {
    SliceId last;
    ASSERT_EQ(geometry.Locate(-50, last), Place::kSlice);
    for (int64_t time = -49; time < 50; ++time) {
      SliceId slice;
      ASSERT_EQ(geometry.Locate(time, slice), Place::kSlice);
      if (slice != last) {
        EXPECT_EQ(slice.start, last.end);
        EXPECT_EQ(geometry.OrdinalOf(slice), geometry.OrdinalOf(last) + 1);
      }
      last = slice;
    }
  }
}

TEST(WindowGeometry, RefusesTimesAtTheLimits) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  for (const WindowGeometry& geometry :
       {Make(Kind::kTumble, 10, 10), Make(Kind::kHop, 3, 10, 2), Make(Kind::kHop, 10, 3, 9),
        Make(Kind::kCumulate, 2, 10)}) {
    for (const int64_t time : {kMax, kMax - 1, kMin, kMin + 1}) {
      EXPECT_EQ(SliceAt(geometry, time), "out of range") << time;
    }
    for (const int64_t time : {kMax - 60, kMin + 60}) {
      SliceId slice;
      if (geometry.Locate(time, slice) == Place::kSlice) {
        EXPECT_LE(slice.start, time);
        EXPECT_GT(slice.end, time);
        EXPECT_GE(geometry.LastEnd(slice), slice.end);
        EXPECT_LE(geometry.FirstOpenWindow(slice, kMin).end, geometry.LastEnd(slice));
        geometry.OrdinalOf(slice);
      }
    }
  }
}

TEST(WindowGeometry, RefusesWidthsThatMakeNoSense) {
  const auto status = [](int64_t slide, int64_t width) {
    return WindowGeometry::Make(
               {.kind = Kind::kHop, .width = {width}, .slide = {slide}, .offset = {0}})
        .status();
  };
  EXPECT_EQ(status(0, 10).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status(10, 0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status(-1, 10).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status(10, std::numeric_limits<int64_t>::max()).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(WindowGeometry, TakesTimesFarBeforeAFarOffset) {
  constexpr int64_t kYear = int64_t{366} * 86'400 * 1'000'000;
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  // The time less the offset has no room in 64 bits.
  const WindowGeometry geometry = Make(Kind::kHop, 90'000 * kYear, 10, 89'999 * kYear);
  SliceId slice;
  int64_t time = 89'999 * kYear;
  while (time > kLeast + 100'000 * kYear) {
    time -= 90'000 * kYear;
  }
  ASSERT_EQ(geometry.Locate(time, slice), Place::kSlice);
  EXPECT_EQ(geometry.LastEnd(slice), slice.end);
}

}  // namespace
}  // namespace laminar::engine
