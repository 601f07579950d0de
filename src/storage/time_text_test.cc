#include "storage/time_text.h"

#include <gtest/gtest.h>

namespace laminar::storage {
namespace {

TEST(TimeText, WritesTimesAsStoresReadThem) {
  EXPECT_EQ(BasicTime({1'369'353'600'000'000}), "20130524T000000Z");
  EXPECT_EQ(HttpTime({1'369'353'600'000'000}), "Fri, 24 May 2013 00:00:00 GMT");
  EXPECT_EQ(BasicTime({951'827'696'999'999}), "20000229T123456Z");
  EXPECT_EQ(HttpTime({0}), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(TimeText, ReadsIsoTimesWithFractionsAndOffsets) {
  const base::WallTime expected{1'369'353'600'000'000};
  for (const char* text : {"2013-05-24T00:00:00Z", "2013-05-24T00:00:00.123456Z",
                           "2013-05-24T02:00:00+02:00", "2013-05-23T19:30:00-04:30"}) {
    EXPECT_EQ(ParseIsoTime(text), expected) << text;
  }
}

TEST(TimeText, TakesNothingForATimeThatIsNone) {
  for (const char* text : {"", "2013", "2013-05-24", "2013-05-24T00:00:00", "2013-13-24T00:00:00Z",
                           "2013-02-30T00:00:00Z", "2013-05-24T24:00:00Z", "2013-05-24T00:00:00.",
                           "x013-05-24T00:00:00Z", "2013-05-24T00:00:00+0200"}) {
    EXPECT_FALSE(ParseIsoTime(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace laminar::storage
