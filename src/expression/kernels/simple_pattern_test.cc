#include "expression/kernels/simple_pattern.h"

#include <optional>

#include <gtest/gtest.h>

namespace laminar::expression {
namespace {

TEST(SimplePattern, UnderstandsKeysAndValues) {
  const auto pattern = SimplePattern::Parse("(&|^)channel_id=([^&]*)");
  ASSERT_TRUE(pattern.has_value());
  EXPECT_EQ(pattern->num_groups(), 2);
  EXPECT_EQ(pattern->Match("query=1&channel_id=77&x=2", 2), "77");
  EXPECT_EQ(pattern->Match("query=1&channel_id=77&x=2", 1), "&");
  EXPECT_EQ(pattern->Match("query=1&channel_id=77&x=2", 0), "&channel_id=77");
  EXPECT_EQ(pattern->Match("channel_id=", 2), "");
  EXPECT_EQ(pattern->Match("xchannel_id=5&channel_id=6", 2), "6");
  EXPECT_EQ(pattern->Match("channel=5", 2), std::nullopt);
}

TEST(SimplePattern, LeavesOtherFormsAlone) {
  for (const char* regex :
       {"", "a|b", "[a]*b", "(a*)*", "a.*b", "a[^b]*c[", "(?i)ab", "ab?", "a{2}", "a(?P<n>b)",
        "a\\b", "é", "a[é]*", "x(", "a[b-a]*", "a[[:alpha:]]*"}) {
    EXPECT_FALSE(SimplePattern::Parse(regex).has_value()) << regex;
  }
}

}  // namespace
}  // namespace laminar::expression
