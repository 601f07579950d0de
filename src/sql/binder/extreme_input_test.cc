// Programs that nobody writes: they are refused or bound, in bounded time, and never crash.
#include <gtest/gtest.h>

#include "sql/binder/binder_for_test.h"

namespace laminar::sql {
namespace {

constexpr const char* kBids = "CREATE TABLE bids WITH (connector = 'bids');\n";

std::string Repeat(const std::string& text, int count) {
  std::string result;
  result.reserve(text.size() * static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    result += text;
  }
  return result;
}

/// The codes of a program's errors, each once, in the order of the text; empty when it is bound.
std::string CodesOf(const std::string& query) {
  const BindResult result = BindForTest(kBids + query);
  std::string codes;
  for (const base::Diagnostic& diagnostic : result.diagnostics) {
    if (codes.find(diagnostic.code) == std::string::npos) {
      codes += (codes.empty() ? "" : " ") + diagnostic.code;
    }
  }
  return codes;
}

TEST(ExtremeInput, RefusesDepth) {
  EXPECT_EQ(CodesOf("SELECT " + Repeat("(", 100'000) + "1" + Repeat(")", 100'000)), "LM1003");
  EXPECT_EQ(CodesOf("SELECT " + Repeat("- ", 100'000) + "1"), "LM1003");
  EXPECT_EQ(CodesOf("SELECT " + Repeat("NOT ", 100'000) + "true"), "LM1003");
  EXPECT_EQ(CodesOf("SELECT " + Repeat("1 + ", 100'000) + "1"), "LM1003");
  EXPECT_EQ(CodesOf("SELECT 1" + Repeat("::INT", 100'000)), "LM1003");
  EXPECT_EQ(CodesOf("SELECT [1]" + Repeat("[1]", 100'000)), "LM1003");
  EXPECT_EQ(CodesOf("SELECT " + Repeat("CASE WHEN true THEN ", 3000) + "1" + Repeat(" END", 3000)),
            "LM1003");
  EXPECT_EQ(CodesOf("SELECT * FROM " + Repeat("(SELECT * FROM ", 900) + "bids" + Repeat(")", 900)),
            "LM1003");
  EXPECT_EQ(CodesOf("SELECT 1 FROM bids WHERE " + Repeat("EXISTS (SELECT 1 FROM bids WHERE ", 150) +
                    "true" + Repeat(")", 150)),
            "LM1003");
  EXPECT_EQ(
      CodesOf("SELECT " + Repeat("list_transform([1], lambda x: ", 300) + "[1]" + Repeat(")", 300)),
      "LM1003");
}

TEST(ExtremeInput, BindsDepthThatIsReasonable) {
  EXPECT_EQ(CodesOf("SELECT " + Repeat("(", 900) + "price" + Repeat(")", 900) + " FROM bids"), "");
  EXPECT_EQ(CodesOf("SELECT " + Repeat("price + ", 500) + "1 FROM bids"), "");
  EXPECT_EQ(CodesOf("SELECT * FROM " + Repeat("(SELECT * FROM ", 100) + "bids" + Repeat(")", 100)),
            "");
  EXPECT_EQ(CodesOf("SELECT 1 FROM bids WHERE " + Repeat("EXISTS (SELECT 1 FROM bids WHERE ", 8) +
                    "true" + Repeat(")", 8)),
            "");
}

TEST(ExtremeInput, RefusesTooManyOfEverything) {
  EXPECT_EQ(CodesOf("SELECT 1 FROM bids WHERE " + Repeat("price > 1 AND ", 100'000) + "true"),
            "LM1003");
  EXPECT_EQ(CodesOf("SELECT " + Repeat("1, ", 20'000) + "1 FROM bids"), "LM1003");
  EXPECT_EQ(CodesOf("SELECT 1 FROM " + Repeat("bids, ", 500) + "bids"), "LM1003");
  EXPECT_EQ(CodesOf(Repeat("SELECT price FROM bids UNION ALL ", 5000) + "SELECT 1"), "LM1003");
}

TEST(ExtremeInput, BindsTenThousandColumns) {
  std::string table = "CREATE TABLE t (";
  std::string more;
  std::string sink = "CREATE TABLE o (";
  std::string select = "SELECT ";
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = "c" + std::to_string(i);
    table += name + " INT, ";
    more += "d" + std::to_string(i) + " INT, ";
    sink += name + " BIGINT, ";
    select += (i == 0 ? "" : ", ") + name;
  }
  const std::string options = ") WITH (connector = 'file', format = 'json', path = 'x');";
  EXPECT_EQ(CodesOf(table + options + sink + options + "INSERT INTO o " + select +
                    " FROM t; SELECT * FROM t"),
            "");
  EXPECT_EQ(CodesOf("SELECT " + Repeat("price, ", 9'999) + "price FROM bids"), "");
  EXPECT_EQ(CodesOf(table + more + options + "SELECT 1 FROM t").substr(0, 6), "LM1003");
}

TEST(ExtremeInput, BindsMuchText) {
  EXPECT_EQ(CodesOf("SELECT '" + std::string(10 << 20, 'x') + "' FROM bids"), "");
  EXPECT_EQ(CodesOf("/*" + std::string(10 << 20, 'x') + "*/ SELECT 1 FROM bids"), "");
  EXPECT_EQ(CodesOf(Repeat("SELECT 1;", 5'000)), "");
  EXPECT_EQ(CodesOf(std::string(17 << 20, ' ')), "LM1003");
}

TEST(ExtremeInput, RefusesWhatWouldNotEnd) {
  EXPECT_EQ(CodesOf("SELECT price FROM bids WHERE price IN (" + Repeat("1, ", 100'000) + "1)"),
            "LM1003");
  std::string views = "CREATE VIEW v0 AS SELECT price FROM bids;";
  for (int i = 0; i < 30; ++i) {
    const std::string from = " SELECT price FROM v" + std::to_string(i);
    views += "CREATE VIEW v" + std::to_string(i + 1) + " AS" + from + " UNION ALL" + from + ";";
  }
  EXPECT_EQ(CodesOf(views + "SELECT price FROM v30"), "LM1003");
}

TEST(ExtremeInput, ReadsNonsense) {
  EXPECT_EQ(CodesOf(std::string(1'000'000, '$')), "LM1001");
  EXPECT_EQ(CodesOf(std::string(999'999, '\'')), "LM1002");
  EXPECT_EQ(CodesOf("SELECT \"" + std::string(1'000'000, 'x') + "\" FROM bids"), "LM1203");
  EXPECT_EQ(CodesOf("SELECT x" + Repeat(".x", 50'000) + " FROM bids"), "LM1203");
  EXPECT_EQ(CodesOf(Repeat(")", 10'000)), "LM1001");
  EXPECT_EQ(CodesOf(Repeat("CREATE TABLE ", 1000)), "LM1001");
  EXPECT_EQ(CodesOf("CREATE TABLE t (" + Repeat(",", 1000) + ")"), "LM1001");
  EXPECT_EQ(CodesOf("CREATE TABLE t (a " + Repeat("STRUCT<a ", 100'000)), "LM1003");
}

/// Every beginning of a program is read without harm.
TEST(ExtremeInput, ReadsEveryBeginningOfAProgram) {
  const std::string program =
      "CREATE TABLE t (a STRUCT<x INT, y TEXT[]>, b TIMESTAMP AS (now()::TIMESTAMP), f TEXT "
      "METADATA FROM 'filename', WATERMARK FOR b AS b - "
      "INTERVAL '1' SECOND) WITH (connector = 'file', 'path' = 'x', format = json) PARTITIONED BY "
      "(a); INSERT INTO t (a) SELECT CASE WHEN end "
      "> 1 THEN window.start END FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' "
      "MINUTE)) GROUP BY window_start; /* c */ EXPLAIN "
      "(FORMAT json) SELECT E'a\\'b', $$x$$, \"q\" FROM impulse(event_rate => 1); SET a.b = [1, "
      "2];";
  for (size_t length = 0; length <= program.size(); ++length) {
    BindForTest(program.substr(0, length));
  }
  // And without any one of its bytes.
  for (size_t i = 0; i < program.size(); ++i) {
    BindForTest(program.substr(0, i) + program.substr(i + 1));
  }
}

}  // namespace
}  // namespace laminar::sql
