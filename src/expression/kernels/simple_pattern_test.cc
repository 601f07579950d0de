#include "expression/kernels/simple_pattern.h"

#include <string>

#include <gtest/gtest.h>

#include "expression/kernels/string_search.h"

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

TEST(RequiredText, IsPartOfEveryMatch) {
  EXPECT_EQ(RequiredText("(&|^)channel_id=([^&]*)"), "channel_id=");
  EXPECT_EQ(RequiredText("abc?d"), "ab");
  EXPECT_EQ(RequiredText("a+bc"), "bc");
  EXPECT_EQ(RequiredText("ab+c"), "ab");
  EXPECT_EQ(RequiredText("x{0,2}yz"), "yz");
  EXPECT_EQ(RequiredText("a\\.b\\d+cd"), "a.b");
  EXPECT_EQ(RequiredText("abc|def"), "");
  EXPECT_EQ(RequiredText("(?i)abc"), "");
  EXPECT_EQ(RequiredText("(?:abc)d"), "d");
  EXPECT_EQ(RequiredText("[abc]de[^]x]f"), "de");
  EXPECT_EQ(RequiredText("\\Qa.b\\E"), "");
  EXPECT_EQ(RequiredText("\\x41bc"), "");
}

TEST(StringSearch, FindsAtEveryPosition) {
  for (size_t length = 1; length < 70; ++length) {
    for (size_t needle = 1; needle <= 5; ++needle) {
      for (size_t at = 0; at + needle <= length; ++at) {
        std::string text(length, 'x');
        const std::string part = std::string("abcde").substr(0, needle);
        text.replace(at, needle, part);
        EXPECT_EQ(FindText(text, part, 0), at);
        EXPECT_EQ(FindText(text, part, at + 1), kNotFound);
      }
    }
  }
  EXPECT_EQ(FindText("", "ab", 0), kNotFound);
  EXPECT_EQ(CountByte(std::string(50, 'y') + "z", 'y'), 50u);
  EXPECT_TRUE(IsAscii("0123456789"));
  EXPECT_FALSE(IsAscii("01234567é"));
}

}  // namespace
}  // namespace laminar::expression
