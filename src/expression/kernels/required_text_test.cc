#include "expression/kernels/required_text.h"

#include <gtest/gtest.h>

namespace laminar::expression {
namespace {

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

}  // namespace
}  // namespace laminar::expression
