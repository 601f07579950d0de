#include "sql/binder/query_text.h"

#include <gtest/gtest.h>

#include "sql/binder/diagnostic_error.h"

namespace laminar::sql {
namespace {

std::string Edited(const std::string& query) {
  std::vector<base::Diagnostic> diagnostics;
  const auto text = ProgramText::Read(query, {}, diagnostics);
  const TokenRange range = text->statements().at(0);
  return EditedText(text->TextOf(range), QueryEdits(*text, range)).text();
}

TEST(QueryEdits, QuotesWindowWhereItIsAName) {
  EXPECT_EQ(Edited("SELECT window.start, a AS window FROM t GROUP BY window"),
            "SELECT \"window\".start, a AS \"window\" FROM t GROUP BY \"window\"");
  EXPECT_EQ(Edited("SELECT t.window FROM t"), "SELECT t.window FROM t");
}

TEST(QueryEdits, LeavesTheWindowClauseAlone) {
  const char* const query = "SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY b)";
  EXPECT_EQ(Edited(query), query);
}

TEST(QueryEdits, QuotesEndWhereItIsAName) {
  EXPECT_EQ(Edited("SELECT end, t.end, a AS end FROM t"),
            "SELECT \"end\", t.end, a AS \"end\" FROM t");
  EXPECT_EQ(Edited("SELECT CASE WHEN end > 1 THEN end ELSE 1 END, end"),
            "SELECT CASE WHEN \"end\" > 1 THEN \"end\" ELSE 1 END, \"end\"");
  EXPECT_EQ(Edited("SELECT CASE a WHEN 1 THEN (CASE WHEN b THEN 1 END) END"),
            "SELECT CASE a WHEN 1 THEN (CASE WHEN b THEN 1 END) END");
  EXPECT_EQ(Edited("SELECT CASE WHEN max(end) > 1 THEN 2 END"),
            "SELECT CASE WHEN max(\"end\") > 1 THEN 2 END");
}

TEST(QueryEdits, QuotesAtWhereItIsAName) {
  EXPECT_EQ(Edited("SELECT at - INTERVAL '1 s', t.at, ts AT TIME ZONE 'UTC', a AS at FROM t"),
            "SELECT \"at\" - INTERVAL '1 s', t.at, ts AT TIME ZONE 'UTC', a AS \"at\" FROM t");
}

TEST(QueryEdits, UnwrapsWindowTables) {
  EXPECT_EQ(Edited("SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) x"),
            "SELECT * FROM   TUMBLE(  t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)  x");
  EXPECT_EQ(Edited("SELECT * FROM a JOIN TABLE(HOP(DATA => TABLE t, SIZE => 1)) ON true"),
            "SELECT * FROM a JOIN   HOP(DATA =>   t, SIZE => 1)  ON true");
  EXPECT_EQ(Edited("SELECT * FROM (TABLE t)"), "SELECT * FROM (TABLE t)");
}

TEST(QueryEdits, QuotesKeywordsThatNameArguments) {
  EXPECT_EQ(Edited("SELECT * FROM nexmark(rate => 1, for => 2, end=>3) WHERE a >= 1"),
            "SELECT * FROM nexmark(rate => 1, \"for\" => 2, \"end\"=>3) WHERE a >= 1");
  EXPECT_EQ(Edited("SELECT f(window => 1, TABLE => case when a then b end)"),
            "SELECT f(\"window\" => 1, \"TABLE\" => case when a then b end)");
}

TEST(QueryEdits, RefusesPartitionsOfWindowTables) {
  try {
    Edited(
        "SELECT * FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '6' "
        "SECOND))");
    FAIL();
  } catch (const DiagnosticError& error) {
    EXPECT_EQ(error.diagnostic().code, "LM1006");
    EXPECT_EQ(error.diagnostic().span.offset, 36);
    EXPECT_NE(error.diagnostic().hint.find("GROUP BY k, session(INTERVAL"), std::string::npos);
  }
  const char* const query = "SELECT tumble(sum(a) OVER (PARTITION BY k), 1)";
  EXPECT_EQ(Edited(query), query);
}

TEST(QueryEdits, NamesUnsignedTypesAsDuckDbDoes) {
  EXPECT_EQ(Edited("SELECT a::BIGINT UNSIGNED, CAST(b AS int unsigned)"),
            "SELECT a::UBIGINT, CAST(b AS UINTEGER)");
  EXPECT_EQ(Edited("SELECT unsigned FROM t"), "SELECT unsigned FROM t");
}

TEST(QueryEdits, RenamesOrderedSetAggregates) {
  EXPECT_EQ(
      Edited("SELECT approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY a), "
             "approx_percentile_cont(a, 0.5)"),
      "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), approx_percentile_cont(a, 0.5)");
}

TEST(QueryEdits, RefusesEmitAndParameters) {
  EXPECT_THROW(Edited("SELECT 1 FROM t EMIT CHANGES"), DiagnosticError);
  EXPECT_THROW(Edited("SELECT $1"), DiagnosticError);
  EXPECT_THROW(Edited("SELECT ?"), DiagnosticError);
  EXPECT_EQ(Edited("SELECT emit FROM t"), "SELECT emit FROM t");
}

}  // namespace
}  // namespace laminar::sql
