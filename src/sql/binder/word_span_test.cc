#include "sql/binder/word_span.h"

#include <gtest/gtest.h>

namespace laminar::sql {
namespace {

std::string At(const std::string& text, int64_t offset) {
  const base::SourceSpan span = WordSpan(text, offset);
  return span.offset < 0
             ? "nowhere"
             : text.substr(static_cast<size_t>(span.offset), static_cast<size_t>(span.length));
}

TEST(WordSpan, CoversWhatStartsThere) {
  EXPECT_EQ(At("a + b.c", 4), "b.c");
  EXPECT_EQ(At("a >= b", 2), ">=");
  EXPECT_EQ(At("f(x, (1)) + 1", 0), "f(x, (1))");
  EXPECT_EQ(At("f(')') + 1", 0), "f(')')");
  EXPECT_EQ(At("f(x,\n1)", 0), "f");
  EXPECT_EQ(At("'a b' c", 0), "'a b'");
  EXPECT_EQ(At("\"a b\".c d", 0), "\"a b\".c");
  EXPECT_EQ(At("${name} x", 0), "${name}");
  EXPECT_EQ(At("1.5 x", 0), "1.5");
  EXPECT_EQ(At("(x)", 0), "(");
}

TEST(WordSpan, IsEmptyBetweenWordsAndOutside) {
  EXPECT_EQ(At("a b", 1), "");
  EXPECT_EQ(At("a", 1), "");
  EXPECT_EQ(At("a", 2), "nowhere");
  EXPECT_EQ(At("a", -1), "nowhere");
}

TEST(FindWord, FindsNamesThatStandAlone) {
  const std::string text = "select nameless, t.name, 'name', Name from t";
  EXPECT_EQ(FindWord(text, {0, 44}, "name").offset, 33);
  EXPECT_EQ(FindWord(text, {0, 44}, "name", /*is_member=*/true).offset, 19);
  EXPECT_EQ(FindWord(text, {0, 20}, "name").offset, -1);
  EXPECT_EQ(FindWord(text, {-1, 0}, "name").offset, -1);
  EXPECT_EQ(FindWord(text, {0, 44}, "").offset, -1);
}

TEST(ArgumentNameBefore, FindsTheNameOfAValue) {
  const std::string text = "f(rate => 1, x := 2, y = 3, 4)";
  EXPECT_EQ(ArgumentNameBefore(text, 10).offset, 2);
  EXPECT_EQ(ArgumentNameBefore(text, 10).length, 4);
  EXPECT_EQ(ArgumentNameBefore(text, 18).offset, 13);
  EXPECT_EQ(ArgumentNameBefore(text, 25).offset, 21);
  EXPECT_EQ(ArgumentNameBefore(text, 28).offset, -1);
}

}  // namespace
}  // namespace laminar::sql
