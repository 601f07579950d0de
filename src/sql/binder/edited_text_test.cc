#include "sql/binder/edited_text.h"

#include <gtest/gtest.h>

namespace laminar::sql {
namespace {

TEST(EditedText, ReplacesPiecesAndFindsTheWayBack) {
  const EditedText text("one two three", {{4, 3, "2"}, {8, 5, "III"}});
  EXPECT_EQ(text.text(), "one 2 III");
  EXPECT_EQ(text.ToOriginal(0), 0);
  EXPECT_EQ(text.ToOriginal(4), 4);
  EXPECT_EQ(text.ToOriginal(5), 7);
  EXPECT_EQ(text.ToOriginal(6), 8);
  EXPECT_EQ(text.ToOriginal(8), 8);
  EXPECT_EQ(text.ToOriginal(9), 13);
}

TEST(EditedText, MapsSpansToAllThatTheyCameFrom) {
  const EditedText text("one two three", {{4, 3, "2"}});
  const base::SourceSpan replaced = text.ToOriginal(base::SourceSpan{4, 1});
  EXPECT_EQ(replaced.offset, 4);
  EXPECT_EQ(replaced.length, 3);
  const base::SourceSpan around = text.ToOriginal(base::SourceSpan{2, 5});
  EXPECT_EQ(around.offset, 2);
  EXPECT_EQ(around.length, 7);
  EXPECT_EQ(text.ToOriginal(base::SourceSpan{}).offset, -1);
}

TEST(EditedText, KeepsATextWithoutEdits) {
  const EditedText text("abc", {});
  EXPECT_EQ(text.text(), "abc");
  EXPECT_EQ(text.ToOriginal(2), 2);
}

TEST(EditedText, TakesInsertions) {
  const EditedText text("a + 1", {{0, 0, "SELECT "}});
  EXPECT_EQ(text.text(), "SELECT a + 1");
  EXPECT_EQ(text.ToOriginal(7), 0);
  EXPECT_EQ(text.ToOriginal(11), 4);
  EXPECT_EQ(text.ToOriginal(3), 0);
}

}  // namespace
}  // namespace laminar::sql
