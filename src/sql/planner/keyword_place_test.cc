#include "sql/planner/keyword_place.h"

#include <string>

#include <gtest/gtest.h>

namespace laminar::sql {
namespace {

std::string Place(const std::string& text, const std::string& code) {
  const base::SourceSpan span = FindPlace(text, {0, static_cast<int64_t>(text.size())}, code);
  return text.substr(static_cast<size_t>(span.offset), static_cast<size_t>(span.length));
}

TEST(FindPlace, PointsAtTheOnlyClause) {
  EXPECT_EQ(Place("SELECT k FROM a group   by k", "LM1301"), "group   by");
  EXPECT_EQ(Place("SELECT DISTINCT k FROM a", "LM1303"), "DISTINCT");
  EXPECT_EQ(Place("SELECT 'join', \"join\" FROM a -- join\n JOIN b /* join */ ON true", "LM1306"),
            "JOIN");
}

TEST(FindPlace, PointsAtTheStatementOtherwise) {
  EXPECT_EQ(Place("a JOIN b JOIN c", "LM1306"), "a JOIN b JOIN c");
  EXPECT_EQ(Place("SELECT count(*) FROM a", "LM1301"), "SELECT count(*) FROM a");
  EXPECT_EQ(Place("SELECT 1", "LM1311"), "SELECT 1");
  EXPECT_EQ(FindPlace("JOIN", {-1, 0}, "LM1306").offset, -1);
  EXPECT_EQ(FindPlace("JOIN", {2, 9}, "LM1306").offset, 2);
  EXPECT_EQ(Place("SELECT 'open JOIN", "LM1306"), "SELECT 'open JOIN");
}

}  // namespace
}  // namespace laminar::sql
