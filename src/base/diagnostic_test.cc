#include "base/diagnostic.h"

#include <gtest/gtest.h>

namespace laminar::base {
namespace {

TEST(FindPosition, CountsLinesAndCharactersFromOne) {
  EXPECT_EQ(FindPosition("abc", 0).line, 1);
  EXPECT_EQ(FindPosition("abc", 2).column, 3);
  EXPECT_EQ(FindPosition("a\nbc", 3).line, 2);
  EXPECT_EQ(FindPosition("a\nbc", 3).column, 2);
}

TEST(FindPosition, CountsUtf8CharactersNotBytes) { EXPECT_EQ(FindPosition("äöü x", 7).column, 5); }

TEST(FindPosition, StopsAtTheEndsOfTheText) {
  EXPECT_EQ(FindPosition("ab", 99).column, 3);
  EXPECT_EQ(FindPosition("ab", -1).column, 1);
}

TEST(RenderDiagnostic, UnderlinesTheSpanAndGivesTheHint) {
  const std::string text = "select 1;\nselect sum(amout) from orders";
  const Diagnostic diagnostic{
      "LM1203", Severity::kError, {21, 5}, "unknown column \"amout\"", "did you mean \"amount\"?"};
  EXPECT_EQ(RenderDiagnostic("orders.sql", text, diagnostic),
            "orders.sql:2:12: error[LM1203]: unknown column \"amout\"\n"
            "2 │ select sum(amout) from orders\n"
            "  │            ^^^^^ did you mean \"amount\"?\n");
}

TEST(RenderDiagnostic, PutsALongHintOnItsOwnLine) {
  const Diagnostic diagnostic{
      "LM2107", Severity::kWarning, {0, 6}, "state grows", std::string(80, 'h')};
  EXPECT_EQ(RenderDiagnostic("q", "select", diagnostic),
            "q:1:1: warning[LM2107]: state grows\n1 │ select\n  │ ^^^^^^\n  = hint: " +
                std::string(80, 'h') + "\n");
}

TEST(RenderDiagnostic, LeavesOutThePlaceOfTheWholeProgram) {
  const Diagnostic diagnostic{
      "LM1005", Severity::kError, {}, "the program is empty", "write a SELECT"};
  EXPECT_EQ(RenderDiagnostic("q", "", diagnostic),
            "q: error[LM1005]: the program is empty\n  = hint: write a SELECT\n");
}

TEST(RenderDiagnostic, MarksAPointAtTheEndOfTheText) {
  const Diagnostic diagnostic{"LM1001", Severity::kError, {6, 0}, "text ends too early", ""};
  EXPECT_EQ(RenderDiagnostic("q", "select", diagnostic),
            "q:1:7: error[LM1001]: text ends too early\n1 │ select\n  │       ^\n");
}

TEST(RenderDiagnostic, ShowsTabsAndControlCharactersAsSpaces) {
  const Diagnostic diagnostic{"X", Severity::kError, {2, 1}, "m", ""};
  EXPECT_EQ(RenderDiagnostic("q", "\t\x01z\xFFy", diagnostic),
            "q:1:3: error[X]: m\n1 │   z?y\n  │   ^\n");
}

TEST(RenderDiagnostic, UnderlinesBehindWideCharacters) {
  const Diagnostic diagnostic{"X", Severity::kError, {4, 1}, "m", ""};
  EXPECT_EQ(RenderDiagnostic("q", "漢 z", diagnostic), "q:1:3: error[X]: m\n1 │ 漢 z\n  │    ^\n");
}

TEST(RenderDiagnostic, CutsALongLineAroundTheSpan) {
  const std::string text = std::string(500, 'a') + "BAD" + std::string(500, 'b');
  const std::string rendered =
      RenderDiagnostic("q", text, {"X", Severity::kError, {500, 3}, "m", ""});
  EXPECT_NE(rendered.find("…aaa"), std::string::npos);
  EXPECT_NE(rendered.find("aBADb"), std::string::npos);
  EXPECT_NE(rendered.find("bbb…"), std::string::npos);
  EXPECT_NE(rendered.find(" ^^^\n"), std::string::npos);
  EXPECT_LT(rendered.size(), 400u);
}

TEST(RenderDiagnostic, UnderlinesOnlyTheFirstLineOfASpan) {
  const Diagnostic diagnostic{"X", Severity::kError, {0, 9}, "m", ""};
  EXPECT_EQ(RenderDiagnostic("q", "abc\r\ndefgh", diagnostic),
            "q:1:1: error[X]: m\n1 │ abc\n  │ ^^^\n");
}

TEST(FindNearest, FindsMisspellings) {
  EXPECT_EQ(FindNearest("amout", {"id", "amount", "account"}), "amount");
  EXPECT_EQ(FindNearest("conector", {"format", "connector"}), "connector");
  EXPECT_EQ(FindNearest("teh", {"the", "ten"}), "the");
  EXPECT_EQ(FindNearest("AMOUT", {"amount"}), "amount");
}

TEST(FindNearest, FindsNothingForWordsThatAreFarFromAll) {
  EXPECT_EQ(FindNearest("zebra", {"amount", "id"}), "");
  EXPECT_EQ(FindNearest("", {"a"}), "");
  EXPECT_EQ(FindNearest("x", {"y"}), "");
  EXPECT_EQ(FindNearest(std::string(5000, 'a'), {std::string(4999, 'a')}), "");
}

}  // namespace
}  // namespace laminar::base
