#include "sql/binder/program_text.h"

#include <gtest/gtest.h>

namespace laminar::sql {
namespace {

struct ReadResult {
  std::unique_ptr<ProgramText> text;
  std::vector<base::Diagnostic> diagnostics;
};

ReadResult Read(const std::string& original, std::map<std::string, std::string> variables = {}) {
  ReadResult result;
  result.text = ProgramText::Read(original, variables, result.diagnostics);
  return result;
}

std::vector<std::string> Statements(const ReadResult& result) {
  std::vector<std::string> statements;
  for (const TokenRange& range : result.text->statements()) {
    statements.emplace_back(result.text->TextOf(range));
  }
  return statements;
}

TEST(ProgramText, SplitsAtSemicolonsOutsideTexts) {
  EXPECT_EQ(Statements(Read("a; b 'x;y' ;; -- c;\n d $$;$$;")),
            (std::vector<std::string>{"a", "b 'x;y'", "d $$;$$"}));
  EXPECT_TRUE(Statements(Read(" ; ;\n")).empty());
}

TEST(ProgramText, ReplacesVariables) {
  const ReadResult result =
      Read("SELECT ${column} FROM t WHERE x = '${value}'", {{"column", "price"}, {"value", "a b"}});
  EXPECT_TRUE(result.diagnostics.empty());
  EXPECT_EQ(result.text->text(), "SELECT price FROM t WHERE x = 'a b'");
  EXPECT_EQ(result.text->ToOriginal(13), 17);
}

TEST(ProgramText, LeavesVariablesInCommentsAlone) {
  EXPECT_TRUE(Read("SELECT 1 -- ${nothing}\n, 2").diagnostics.empty());
}

TEST(ProgramText, RefusesUnknownAndOpenVariables) {
  const ReadResult unknown = Read("SELECT ${rat}", {{"rate", "1"}});
  ASSERT_EQ(unknown.diagnostics.size(), 1u);
  EXPECT_EQ(unknown.diagnostics[0].code, "LM1004");
  EXPECT_EQ(unknown.diagnostics[0].span.offset, 7);
  EXPECT_EQ(unknown.diagnostics[0].span.length, 6);
  EXPECT_EQ(unknown.diagnostics[0].hint, "did you mean \"rate\"?");
  EXPECT_EQ(Read("SELECT ${rate").diagnostics.at(0).message,
            "variable is not closed: } is missing");
}

TEST(ProgramText, RefusesWhatIsNoText) {
  EXPECT_EQ(Read("SELECT '\xFF'").diagnostics.at(0).code, "LM1009");
  EXPECT_EQ(Read("SELECT '\xC0\x80'").diagnostics.at(0).span.offset, 8);
  EXPECT_EQ(Read("SELECT '\xED\xA0\x80'").diagnostics.at(0).code, "LM1009");
  EXPECT_EQ(Read("SELECT '\xE2\x82").diagnostics.at(0).code, "LM1009");
  EXPECT_EQ(Read(std::string("SELECT 1\0", 9)).diagnostics.at(0).message,
            "the text contains a zero byte");
  EXPECT_EQ(Read("SELECT '${v}'", {{"v", "\xFF"}}).diagnostics.at(0).code, "LM1003");
}

TEST(ProgramText, RefusesTooMuchOfEverything) {
  EXPECT_EQ(Read(std::string(17 << 20, ' ')).diagnostics.at(0).code, "LM1003");
  EXPECT_EQ(Read("SELECT " + std::string(100'000, '(')).diagnostics.at(0).code, "LM1003");
  std::string conditions = "SELECT 1 WHERE true";
  for (int i = 0; i < 10'001; ++i) {
    conditions += " AND true";
  }
  EXPECT_EQ(Read(conditions).diagnostics.at(0).message,
            "the statement has too many conditions: at most 10000");
}

TEST(ProgramText, DropsAStatementThatIsCutOff) {
  const ReadResult result = Read("SELECT 1; SELECT 'a");
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].code, "LM1002");
  EXPECT_EQ(Statements(result), (std::vector<std::string>{"SELECT 1"}));
}

}  // namespace
}  // namespace laminar::sql
