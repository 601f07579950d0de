#include "cli/number_argument.h"

#include <gtest/gtest.h>

namespace laminar::cli {
namespace {

TEST(NumberArgument, CountsHaveUnits) {
  EXPECT_EQ(*ParseCount("1"), 1);
  EXPECT_EQ(*ParseCount("20k"), 20'000);
  EXPECT_EQ(*ParseCount("20K"), 20'000);
  EXPECT_EQ(*ParseCount("10M"), 10'000'000);
  EXPECT_EQ(*ParseCount("9223372036854M"), 9'223'372'036'854'000'000);
}

TEST(NumberArgument, RefusesWhatIsNoCount) {
  for (const char* text : {"", "0", "-1", "M", "10G", "1.5M", "10 M", "9223372036855M",
                           "99999999999999M", "99999999999999999999"}) {
    EXPECT_FALSE(ParseCount(text).ok()) << text;
  }
}

TEST(NumberArgument, ParallelismIsANumberOrAuto) {
  EXPECT_EQ(*ParseParallelism("1"), 1);
  EXPECT_EQ(*ParseParallelism("1024"), 1024);
  EXPECT_GE(*ParseParallelism("auto"), 1);
}

TEST(NumberArgument, RefusesWhatIsNoParallelism) {
  for (const char* text : {"", "0", "-1", "1025", "4294967297", "two", "2x", "1.0"}) {
    EXPECT_FALSE(ParseParallelism(text).ok()) << text;
  }
}

}  // namespace
}  // namespace laminar::cli
