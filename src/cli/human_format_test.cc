#include "cli/human_format.h"

#include <gtest/gtest.h>

namespace laminar::cli {
namespace {

TEST(HumanFormat, GroupsDigitsByThree) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1 000");
  EXPECT_EQ(FormatCount(1234567), "1 234 567");
  EXPECT_EQ(FormatCount(-123), "-123");
  EXPECT_EQ(FormatCount(-1234), "-1 234");
}

TEST(HumanFormat, ChoosesUnitsBySize) {
  EXPECT_EQ(FormatRate(12), "12/s");
  EXPECT_EQ(FormatRate(44'000), "44 k/s");
  EXPECT_EQ(FormatRate(1'250'000), "1.2 M/s");
  EXPECT_EQ(FormatBytes(2048), "2 KiB");
  EXPECT_EQ(FormatBytes(int64_t{18} << 20), "18 MiB");
  EXPECT_EQ(FormatSeconds(2.64), "2.6 s");
  EXPECT_EQ(FormatSeconds(185), "3 min 5 s");
  EXPECT_EQ(FormatMillis(300'000), "0.3 ms");
  EXPECT_EQ(FormatMillis(14'000'000), "14 ms");
  EXPECT_EQ(FormatMillis(1'200'000'000), "1.2 s");
}

}  // namespace
}  // namespace laminar::cli
