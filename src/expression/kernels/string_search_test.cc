#include "expression/kernels/string_search.h"

#include <string>

#include <gtest/gtest.h>

namespace laminar::expression {
namespace {

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
