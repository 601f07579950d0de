// Every kind of wrong program: which errors it gives, where, and with which hint.
#include <gtest/gtest.h>

#include "sql/binder/binder_for_test.h"

namespace laminar::sql {
namespace {

/// Diagnostics of a program whose first line declares `bids`.
std::string Problems(const std::string& text) {
  const std::string program = "CREATE TABLE bids WITH (connector = 'bids');\n" + text;
  const BindResult result = BindForTest(program);
  EXPECT_FALSE(result.program.has_value()) << text;
  return DiagnosticsForTest(program, result);
}

struct BadProgram {
  const char* name;
  const char* text;
  const char* problems;
};

class BadPrograms : public testing::TestWithParam<BadProgram> {};

TEST_P(BadPrograms, AreRefusedWithPlaceAndHint) {
  EXPECT_EQ(Problems(GetParam().text), GetParam().problems);
}

std::string NameOf(const testing::TestParamInfo<BadProgram>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Statements,
    BadPrograms,
    testing::Values(
        BadProgram{"Empty", "",
                   "LM1005 the program has no query | write a SELECT, or INSERT INTO a sink\n"},
        BadProgram{"Misspelt", "SELEC 1",
                   "2:1 LM1001 syntax error at or near \"SELEC\" | did you mean SELECT?\n"},
        BadProgram{"NoStatement", "hello world",
                   "2:1 LM1001 syntax error at or near \"hello\" | a statement starts with CREATE, "
                   "INSERT, SELECT, WITH, FROM, SET, EXPLAIN, "
                   "SHOW, DESCRIBE, VALUES\n"},
        BadProgram{"Syntax", "SELECT a b c FROM bids",
                   "2:12 LM1001 syntax error at or near \"c\"\n"},
        BadProgram{"SyntaxAtTheEnd", "SELECT a FROM", "2:14 LM1001 syntax error at end of input\n"},
        BadProgram{"SyntaxBehindEdits", "SELECT window, end b c FROM bids",
                   "2:22 LM1001 syntax error at or near \"c\"\n"},
        BadProgram{"OpenText", "SELECT 'abc FROM bids",
                   "2:8 LM1002 text is not closed: a quote is missing\n"},
        BadProgram{"Copy", "COPY bids TO 'x'",
                   "2:1 LM1006 COPY is not supported in a streaming program | use a table with the "
                   "filesystem connector and INSERT INTO it\n"},
        BadProgram{"Update", "UPDATE bids SET price = 1",
                   "2:1 LM1006 UPDATE is not supported in a streaming program | write a query that "
                   "computes the new values\n"},
        BadProgram{"CreateIndex", "CREATE INDEX i ON bids (price)",
                   "2:8 LM1006 CREATE INDEX is not supported | CREATE TABLE ... WITH (connector = "
                   "'...') and CREATE VIEW are\n"},
        BadProgram{"CreateNothing", "CREATE FOO",
                   "2:8 LM1001 syntax error at or near \"FOO\", expected TABLE or VIEW\n"},
        BadProgram{"Parameter", "SELECT ? FROM bids",
                   "2:8 LM1006 parameters are not supported in a program | use ${name} and -D "
                   "name=value\n"},
        BadProgram{"Variable", "SELECT ${x} FROM bids",
                   "2:8 LM1004 unknown variable \"x\" | set it with -D x=VALUE\n"},
        BadProgram{"Emit", "SELECT * FROM bids EMIT CHANGES",
                   "2:20 LM1006 EMIT is not supported yet | leave it out: windows are emitted "
                   "once, when they close\n"},
        BadProgram{"Setting", "SET updating_tl = INTERVAL '1 day'; SELECT 1 FROM bids",
                   "2:5 LM1007 unknown setting 'updating_tl' | did you mean 'updating_ttl'?\n"},
        BadProgram{"SettingValue", "SET parallelism = 0; SELECT 1 FROM bids",
                   "2:19 LM1008 option 'parallelism': value is too small: 0, the least is 1 | "
                   "subtasks of every operator\n"},
        BadProgram{"ExplainAnalyze", "EXPLAIN ANALYZE SELECT 1",
                   "2:9 LM1006 EXPLAIN ANALYZE is not supported yet | EXPLAIN shows the plan\n"},
        BadProgram{
            "ExplainKind", "EXPLAIN (FORMAT html) SELECT 1",
            "2:17 LM1006 EXPLAIN does not know \"html\" | possible: LOGICAL, PHYSICAL, JSON\n"},
        BadProgram{"ExplainNothing", "EXPLAIN SET x = 1",
                   "2:9 LM1001 syntax error at or near \"SET\", expected a query or INSERT\n"},
        BadProgram{
            "Show", "SHOW COLUMNS",
            "2:6 LM1001 syntax error at or near \"COLUMNS\", expected TABLES or CONNECTORS\n"},
        BadProgram{"Describe", "DESCRIBE bid",
                   "2:10 LM1201 unknown table \"bid\" | did you mean \"bids\"?\n"},
        BadProgram{"Pivot", "PIVOT bids ON channel USING sum(price)",
                   "2:1 LM1006 PIVOT is not supported in a streaming program\n"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Names,
    BadPrograms,
    testing::Values(
        BadProgram{"Table", "SELECT * FROM bidz",
                   "2:15 LM1201 unknown table \"bidz\" | did you mean \"bids\"?\n"},
        BadProgram{"SeveralTables", "SELECT * FROM bidz a, (SELECT * FROM bds) b",
                   "2:15 LM1201 unknown table \"bidz\" | did you mean \"bids\"?\n"
                   "2:38 LM1201 unknown table \"bds\" | did you mean \"bids\"?\n"},
        BadProgram{"Schema", "SELECT * FROM main.bids",
                   "2:15 LM1201 unknown table \"main.bids\" | tables of a program have no schema: "
                   "write the name alone\n"},
        BadProgram{"File", "SELECT * FROM 'x.csv'",
                   "2:15 LM1201 unknown table \"x.csv\" | files are read by the filesystem "
                   "connector: FROM filesystem('x.csv', format => '...')\n"},
        BadProgram{"ReadCsv", "SELECT * FROM read_csv('x.csv')",
                   "2:15 LM1202 function \"read_csv\" reads a whole file and cannot be used on "
                   "streams | use the filesystem connector: FROM "
                   "filesystem('path', format => '...')\n"},
        BadProgram{"ConnectorWithoutParentheses", "SELECT * FROM impulse",
                   "2:15 LM1201 unknown table \"impulse\" | connectors in FROM take parentheses: "
                   "FROM impulse(...)\n"},
        BadProgram{"Columns", "SELECT prize, amount FROM bids WHERE chanel = 'x'",
                   "2:8 LM1203 unknown column \"prize\" | did you mean \"price\"?\n"
                   "2:15 LM1203 unknown column \"amount\" | there is: \"auction\", \"channel\"\n"
                   "2:38 LM1203 unknown column \"chanel\" | did you mean \"channel\"?\n"},
        BadProgram{"ColumnOfTable", "SELECT bids.prize FROM bids",
                   "2:8 LM1203 unknown column \"prize\" of \"bids\" | did you mean \"price\"?\n"},
        BadProgram{"ColumnInCte", "WITH x AS (SELECT prize FROM bids) SELECT * FROM x",
                   "2:19 LM1203 unknown column \"prize\" | did you mean \"price\"?\n"},
        BadProgram{"TableOfColumn", "SELECT b.auction FROM bids",
                   "2:8 LM1203 unknown table \"b\" | there is: \"bids\"\n"},
        BadProgram{"Field", "SELECT {'name': 1}.nme FROM bids",
                   "2:20 LM1203 unknown field \"nme\" | did you mean \"name\"?\n"},
        BadProgram{"Ambiguous",
                   "SELECT 1 FROM bids a JOIN bids b ON a.auction = b.auction WHERE price > 1",
                   "2:65 LM1204 ambiguous column \"price\" | write a.price or b.price\n"},
        BadProgram{"Function", "SELECT lenght(channel) FROM bids",
                   "2:8 LM1202 unknown function \"lenght\" | did you mean \"length\"?\n"},
        BadProgram{"Arguments", "SELECT upper(channel, 1) FROM bids",
                   "2:8 LM1205 no function takes these argument types: upper(VARCHAR, "
                   "INTEGER_LITERAL) | there is: upper(VARCHAR) -> VARCHAR\n"},
        BadProgram{"Operator", "SELECT price + channel FROM bids",
                   "2:14 LM1205 no function takes these argument types: +(BIGINT, VARCHAR) | an "
                   "explicit cast may be needed: CAST(value AS "
                   "type)\n"},
        BadProgram{"Type", "SELECT CAST(channel AS INTT) FROM bids",
                   "2:24 LM1102 unknown type \"INTT\" | did you mean INT?\n"},
        BadProgram{"Ungrouped", "SELECT auction, price FROM bids GROUP BY auction",
                   "2:17 LM1206 column \"price\" must be in GROUP BY or inside an aggregate | add "
                   "it to GROUP BY, or take any_value(price)\n"},
        BadProgram{"Nested", "SELECT sum(count(*)) FROM bids",
                   "2:12 LM1207 aggregate function calls cannot be nested\n"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Windows,
    BadPrograms,
    testing::Values(
        BadProgram{"HopOrder",
                   "SELECT 1 FROM bids GROUP BY hop(INTERVAL '10 minutes', INTERVAL '1 minute')",
                   "2:42 LM1401 the first interval of hop() is the slide (INTERVAL '00:10:00') and "
                   "the second the width (INTERVAL '00:01:00'): "
                   "the slide must not be larger than the width | did you mean hop(INTERVAL "
                   "'00:01:00', INTERVAL '00:10:00')?\n"},
        BadProgram{"Months", "SELECT 1 FROM bids GROUP BY tumble(INTERVAL '1 month')",
                   "2:45 LM1402 the width of tumble() must not be in months or years: they have no "
                   "fixed length\n"},
        BadProgram{"Zero", "SELECT 1 FROM bids GROUP BY tumble(INTERVAL '0 s')",
                   "2:45 LM1402 the width of tumble() must be greater than zero\n"},
        BadProgram{"NoInterval", "SELECT 1 FROM bids GROUP BY tumble('abc')",
                   "2:36 LM1402 the width of tumble() is not an interval: abc\n"},
        BadProgram{"Column", "SELECT 1 FROM bids GROUP BY tumble(ts, to_seconds(price))",
                   "2:40 LM1402 the width of tumble() must be a constant interval\n"},
        BadProgram{"Cumulate", "SELECT 1 FROM bids GROUP BY cumulate('7 s', '10 s')",
                   "2:45 LM1402 the width of cumulate() must be a multiple of its step\n"},
        BadProgram{"TimeType", "SELECT 1 FROM bids GROUP BY tumble(channel, '1 s')",
                   "2:36 LM1403 the first argument of tumble() is neither an interval nor a time, "
                   "but VARCHAR | usage: tumble([time,] width [, "
                   "offset])\n"},
        BadProgram{
            "Count", "SELECT 1 FROM bids GROUP BY session(ts, '1 s', '2 s')",
            "2:48 LM1403 session() does not take 3 arguments | usage: session([time,] gap)\n"},
        BadProgram{"TableOfWindow", "SELECT 1 FROM tumble(bidz, ts, '1 s')",
                   "2:22 LM1201 unknown table \"bidz\" | did you mean \"bids\"?\n"},
        BadProgram{"ColumnOfWindow", "SELECT 1 FROM tumble(bids, t, '1 s')",
                   "2:28 LM1203 unknown column \"t\" | did you mean \"ts\"?\n"},
        BadProgram{"NoTable", "SELECT 1 FROM tumble(1, ts, '1 s')",
                   "2:15 LM1403 the first argument of tumble() in FROM must be a table | usage: "
                   "FROM tumble(table, time, ...)\n"},
        BadProgram{"NoWidth", "SELECT 1 FROM tumble(bids)",
                   "2:15 LM1403 tumble() in FROM needs a table, a time and intervals | usage: FROM "
                   "tumble(table, time, ...)\n"},
        BadProgram{"ArgumentName", "SELECT 1 FROM tumble(bids, ts, length => '1 s')",
                   "2:15 LM1403 unknown argument of tumble(): length | the arguments are data, "
                   "timecol, slide or step, size or gap, offset\n"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Streams,
    BadPrograms,
    testing::Values(
        BadProgram{
            "OrderBy", "SELECT price FROM bids ORDER BY price",
            "2:33 LM1304 ORDER BY over a stream is not supported yet: its rows never end, so there "
            "is no last one to sort | rank inside "
            "a window instead: QUALIFY row_number() OVER (PARTITION BY ... ORDER BY ...) <= n\n"},
        BadProgram{"Limit", "SELECT price FROM bids LIMIT 3",
                   "2:30 LM1305 LIMIT over a stream is not supported yet | to stop after some "
                   "rows, run with --limit; to rank, use QUALIFY\n"},
        BadProgram{"Sample", "SELECT price FROM bids TABLESAMPLE 10%",
                   "2:19 LM1318 sampling a stream is not supported | filter by random() instead\n"},
        BadProgram{
            "Recursive",
            "WITH RECURSIVE x AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM x) SELECT * FROM x",
            "2:29 LM1308 recursive queries are not supported on streams\n"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Connectors,
    BadPrograms,
    testing::Values(
        BadProgram{"Missing", "SELECT * FROM impulse()",
                   "2:15 LM1113 required option is missing: 'event_rate' | option event_rate\n"},
        BadProgram{
            "Several", "SELECT * FROM impulse(event_rate => 'fast', evnt => 1)",
            "2:37 LM1112 option 'event_rate': expected a number, found 'fast' | option event_rate\n"
            "2:45 LM1111 unknown option 'evnt' | possible options: event_rate, connector, type, "
            "idle_micros, event_time_field, "
            "watermark_field\n"},
        BadProgram{"Positional", "SELECT * FROM impulse(1000)",
                   "2:23 LM1111 connector 'impulse' takes named options only | write "
                   "impulse(option => value, ...)\n"},
        BadProgram{
            "Twice", "SELECT * FROM file('a', path => 'b', format => 'json')",
            "2:33 LM1111 option is given twice: 'path' | write file(option => value, ...)\n"},
        BadProgram{"Format", "SELECT * FROM file('a', format => 'jsn')",
                   "2:35 LM1114 unknown format 'jsn' | did you mean 'json'?\n"},
        BadProgram{"NoFormat", "SELECT * FROM file('a')",
                   "2:15 LM1113 required option is missing: 'format' | possible: json, csv\n"},
        BadProgram{"Inference", "SELECT * FROM file('missing', format => 'json')",
                   "2:15 LM1116 the columns are not declared and cannot be inferred: file does not "
                   "exist: missing | declare them: CREATE TABLE "
                   "name (column TYPE, ...) WITH (...)\n"},
        BadProgram{"Validation", "SELECT * FROM file('bad', format => 'json')",
                   "2:20 LM1112 option 'path' names no file: bad\n"},
        BadProgram{
            "Unknown", "SELECT * FROM fil('a')",
            "2:15 LM1202 unknown connector or table function \"fil\" | did you mean \"file\"?\n"},
        BadProgram{"Column", "SELECT * FROM impulse(event_rate => counter)",
                   "2:37 LM1112 option 'event_rate': expected a number, found 'counter' | option "
                   "event_rate\n"},
        BadProgram{"EventTime", "SELECT * FROM file('a', format => 'json', event_time_field => b)",
                   "2:63 LM1106 the event time must be a TIMESTAMP, column \"b\" is VARCHAR | add "
                   "a column: event_time TIMESTAMP GENERATED "
                   "ALWAYS AS (CAST(... AS TIMESTAMP))\n"}),
    NameOf);

constexpr const char* kFile =
    " WITH (connector = 'file', path = 'x', format = 'json'); SELECT 1 FROM t";

/// Problems of `CREATE TABLE t <columns>` over the file connector, which is then read.
std::string TableProblems(const std::string& columns) {
  return Problems("CREATE TABLE t " + columns + kFile);
}

TEST(TableDiagnostics, BlameTheTableAndNotItsReaders) {
  EXPECT_EQ(TableProblems("(a BIGIN, b INT, b INT)"),
            "2:19 LM1102 unknown type \"bigin\" | did you mean BIGINT?\n2:33 LM1103 column is "
            "declared twice: \"b\"\n");
  EXPECT_EQ(TableProblems("(a INT"),
            "2:23 LM1001 syntax error at or near \"WITH\", expected NOT NULL, PRIMARY KEY, "
            "GENERATED ALWAYS AS "
            "(...), METADATA FROM '...', \",\" or \")\"\n");
}

TEST(TableDiagnostics, TellOfBadColumns) {
  EXPECT_EQ(TableProblems("(a INT, f INT METADATA FROM 'filename')"),
            "2:26 LM1108 incorrect data type for metadata field 'filename'; expected VARCHAR, but "
            "found INTEGER\n");
  EXPECT_EQ(TableProblems("(a INT, f TEXT METADATA FROM 'filenam')"),
            "2:45 LM1108 unknown metadata key 'filenam' | did you mean 'filename'?\n");
  EXPECT_EQ(TableProblems("(a INT, b INT GENERATED ALWAYS AS (aa + 1))"),
            "2:51 LM1203 unknown column \"aa\" | did you mean \"a\"?\n");
  EXPECT_EQ(TableProblems("(a INT, b INT GENERATED ALWAYS AS (unnest([1])))"),
            "2:14 LM1107 generated columns must be computed from the columns of their row alone\n");
  for (const std::string text :
       {"1, 2", "a GROUP BY a", "a HAVING true", "a QUALIFY true", "DISTINCT a", "a WHERE true"}) {
    EXPECT_EQ(TableProblems("(a INT, b INT GENERATED ALWAYS AS (" + text + "))"),
              "2:51 LM1001 an expression is expected here\n")
        << text;
  }
}

TEST(TableDiagnostics, TellOfBadWatermarks) {
  EXPECT_EQ(TableProblems("(a INT, WATERMARK FOR a)"),
            "2:38 LM1106 the event time must be a TIMESTAMP, column \"a\" is INTEGER | add a "
            "column: event_time TIMESTAMP GENERATED ALWAYS AS "
            "(CAST(... AS TIMESTAMP))\n");
  EXPECT_EQ(TableProblems("(a TIMESTAMP, WATERMARK FOR b)"),
            "2:44 LM1203 unknown column \"b\" | there is: \"a\"\n");
  EXPECT_EQ(TableProblems("(a TIMESTAMP, WATERMARK FOR a AS 1)"),
            "2:49 LM1106 the watermark must be a TIMESTAMP, the expression is INTEGER | for "
            "example: WATERMARK FOR a AS a - INTERVAL '5 "
            "seconds'\n");
  EXPECT_EQ(
      TableProblems("(a TIMESTAMP, WATERMARK FOR a AS a - INTERVAL '5 secnds')").substr(0, 12),
      "2:62 LM1205 ");
}

TEST(TableDiagnostics, TellOfBadOptions) {
  EXPECT_EQ(Problems("CREATE TABLE t (a INT) WITH (connector = 'fil'); SELECT 1 FROM t"),
            "2:42 LM1110 unknown connector 'fil' | did you mean 'file'?\n");
  EXPECT_EQ(Problems("CREATE TABLE t (a INT) WITH (conector = 'file'); SELECT 1 FROM t"),
            "2:30 LM1117 a memory table takes no options, found 'conector' | did you mean "
            "'connector'?\n");
  EXPECT_EQ(Problems("CREATE TABLE t (a INT) WITH (connector = 'file', path = 'x', format = "
                     "'json', bad_data = 'dorp', foo = 1);"
                     "SELECT 1 FROM t"),
            "2:90 LM1112 option 'bad_data': unknown value 'dorp' | did you mean 'drop'?\n"
            "2:98 LM1111 unknown option 'foo' | possible options: path, json.unstructured, "
            "connector, type, format, bad_data, "
            "dead_letter_path, framing, idle_micros, event_time_field, watermark_field\n");
  EXPECT_EQ(Problems("CREATE TABLE t (a INT) WITH (connector = 'file', path = 'x', format = "
                     "'json', bad_data = 'dead_letter'); SELECT 1 "
                     "FROM t"),
            "2:90 LM1113 bad_data = 'dead_letter' needs the option 'dead_letter_path'\n");
  EXPECT_EQ(Problems("CREATE TABLE t WITH (connector = 'impulse', event_rate = 5, type = 'sink'); "
                     "SELECT 1 FROM t"),
            "2:68 LM1115 connector 'impulse' cannot be written: it is a source only\n");
  EXPECT_EQ(
      Problems(
          "CREATE TABLE t (a INT) WITH (connector = 'null', type = 'source'); SELECT 1 FROM t"),
      "2:57 LM1115 connector 'null' cannot be read: it is a sink only\n");
  EXPECT_EQ(
      Problems("CREATE TABLE t (a INT) WITH (connector = 'null', type = 'srce'); SELECT 1 FROM t"),
      "2:57 LM1112 option 'type': unknown value 'srce' | possible values: source, sink\n");
  EXPECT_EQ(
      Problems(
          "CREATE TABLE t (a INT) WITH (connector = 'impulse', event_rate = 5); SELECT 1 FROM t"),
      "2:17 LM1109 connector 'impulse' has columns of its own: counter, subtask_index | leave them "
      "out; WATERMARK FOR and computed "
      "columns are fine\n");
  EXPECT_EQ(Problems("CREATE TEMPORARY TABLE t (a INT) WITH (connector = 'file'); SELECT 1 FROM t"),
            "2:24 LM1006 lookup tables (CREATE TEMPORARY TABLE) are not supported yet\n");
}

TEST(TableDiagnostics, TellOfNamesThatAreTaken) {
  EXPECT_EQ(Problems("CREATE VIEW BIDS AS SELECT 1 AS a; SELECT 1 FROM bids"),
            "2:13 LM1101 table \"BIDS\" exists already | use another name, CREATE OR REPLACE, or "
            "IF NOT EXISTS\n");
}

TEST(MemoryTableDiagnostics, TellOfMisuse) {
  EXPECT_EQ(Problems("CREATE TABLE m (a INT); SELECT * FROM m; INSERT INTO m SELECT 1; INSERT INTO "
                     "m SELECT 2"),
            "2:39 LM1117 memory table \"m\" is read before any INSERT INTO it | write the INSERT "
            "first, or give the table a connector\n"
            "2:78 LM1117 memory table \"m\" is written twice | use one INSERT with UNION ALL\n");
  EXPECT_EQ(Problems("CREATE TABLE m (a TIMESTAMP, WATERMARK FOR a); SELECT * FROM m"),
            "2:30 LM1117 a memory table takes its event time from the query that is inserted | "
            "remove WATERMARK FOR\n");
  EXPECT_EQ(Problems("CREATE TABLE m (a INT, b INT AS (a)); SELECT * FROM m"),
            "2:24 LM1117 a memory table has no computed and no metadata columns | compute it in "
            "the query that is inserted\n");
  EXPECT_EQ(Problems("CREATE TABLE m; SELECT * FROM m"),
            "2:14 LM1116 the table has no columns | declare them, or give the table a connector: "
            "WITH (connector = '...')\n");
  EXPECT_EQ(
      Problems("CREATE TABLE m (a INT); INSERT INTO m SELECT prize FROM bids; SELECT * FROM m"),
      "2:46 LM1203 unknown column \"prize\" | did you mean \"price\"?\n");
}

constexpr const char* kSink =
    "CREATE TABLE o (a BIGINT, b STRUCT<x INT>, c TEXT NOT NULL) WITH (connector = 'file', format "
    "= 'json', path = 'o');\n";

TEST(InsertDiagnostics, TellWhatDoesNotFit) {
  const auto problems = [](const std::string& insert) { return Problems(kSink + insert); };
  EXPECT_EQ(problems("INSERT INTO o SELECT 1 FROM bids"),
            "3:13 LM1503 the query has 1 column, the table 3 columns: a, b, c | name the columns: "
            "INSERT INTO table (column, ...), or use "
            "INSERT INTO table BY NAME\n");
  EXPECT_EQ(problems("INSERT INTO o SELECT price, price, channel FROM bids"),
            "3:29 LM1504 column \"price\" is BIGINT and cannot become STRUCT(x INTEGER) of \"b\" | "
            "convert it in the query\n");
  EXPECT_EQ(problems("INSERT INTO o (a) SELECT 1 FROM bids"),
            "3:13 LM1503 column \"c\" is NOT NULL and gets no value\n");
  EXPECT_EQ(problems("INSERT INTO o (cc) SELECT 1 FROM bids"),
            "3:16 LM1203 the table has no column \"cc\" | did you mean \"c\"?\n");
  EXPECT_EQ(problems("INSERT INTO o (a, a) SELECT 1, 2 FROM bids"),
            "3:16 LM1503 column is given twice: \"a\"\n");
  EXPECT_EQ(problems("INSERT INTO o (a, c) SELECT 1 FROM bids"),
            "3:13 LM1503 INSERT names 2 columns, the query has 1 column\n");
}

TEST(InsertDiagnostics, TellWhereNothingCanBeWritten) {
  EXPECT_EQ(Problems("INSERT INTO bids SELECT * FROM bids"),
            "2:13 LM1501 table \"bids\" is a source: it can be read, not written\n");
  EXPECT_EQ(Problems("CREATE VIEW v AS SELECT 1 AS a; INSERT INTO v SELECT 1"),
            "2:45 LM1501 table \"v\" is a view: it can be read, not written\n");
  EXPECT_EQ(Problems("INSERT INTO o SELECT 1"),
            "2:13 LM1201 unknown table \"o\" | declare it first: CREATE TABLE o (...) WITH "
            "(connector = '...')\n");
  EXPECT_EQ(Problems(std::string(kSink) +
                     "INSERT INTO o BY NAME SELECT 'x' AS c FROM bids; SELECT * FROM o"),
            "3:64 LM1502 table \"o\" is a sink: it can be written, not read\n");
  EXPECT_EQ(Problems(std::string(kSink) + "INSERT INTO o VALUES (1) RETURNING a"),
            "3:13 LM1006 this form of INSERT is not supported: only INSERT INTO table [(columns)] "
            "query is\n");
}

TEST(InsertDiagnostics, TellOfSinksThatPromiseTooMuch) {
  const std::string rest =
      ") WITH (connector = 'file', format = 'json', path = 'o', type = 'sink'); SELECT 1 FROM bids";
  EXPECT_EQ(Problems("CREATE TABLE o (a TIMESTAMP, WATERMARK FOR a" + rest),
            "2:30 LM1104 a sink has no watermark of its own | remove WATERMARK FOR\n");
  EXPECT_EQ(Problems("CREATE TABLE o (a INT, b INT AS (a)" + rest),
            "2:24 LM1107 a sink has no computed and no metadata columns | compute it in the query "
            "that is inserted\n");
  EXPECT_EQ(Problems("CREATE TABLE o (name TEXT) WITH (connector = 'file', format = 'json', path = "
                     "'o', type = 'sink') PARTITIONED BY "
                     "(nme); SELECT 1 FROM bids"),
            "2:114 LM1203 unknown column \"nme\" in PARTITIONED BY | did you mean \"name\"?\n");
}

TEST(Diagnostics, AreInTheOrderOfTheText) {
  const std::string text =
      "SELECT * FROM x; SELECT a FROM impulse(event_rate => 1); SELECT ${v} FROM y";
  EXPECT_EQ(DiagnosticsForTest(text, BindForTest(text)),
            "1:15 LM1201 unknown table \"x\"\n1:25 LM1203 unknown column \"a\" | there is: "
            "\"subtask_index\"\n"
            "1:65 LM1004 unknown variable \"v\" | set it with -D v=VALUE\n1:75 LM1201 unknown "
            "table \"y\"\n");
}

TEST(Diagnostics, DoNotFollowFromEachOther) {
  EXPECT_EQ(Problems("CREATE VIEW v AS SELECT prize FROM bids; SELECT a FROM v; CREATE VIEW w AS "
                     "SELECT * FROM v; SELECT x FROM w;"
                     "INSERT INTO v SELECT 1; DESCRIBE w"),
            "2:25 LM1203 unknown column \"prize\" | did you mean \"price\"?\n");
}

TEST(Diagnostics, DoNotFollowFromAnUnknownVariable) {
  for (const std::string text :
       {"SELECT counter FROM impulse(event_rate => ${n})",
        "CREATE TABLE t (a INT) WITH (connector = 'file', path = 'x', format = '${n}'); "
        "SELECT a FROM t"}) {
    const BindResult result = BindForTest(text);
    ASSERT_EQ(result.diagnostics.size(), 1u) << DiagnosticsForTest(text, result);
    EXPECT_EQ(result.diagnostics[0].code, "LM1004");
  }
}

TEST(Diagnostics, PointIntoTextBehindVariables) {
  const std::string text = "SELECT ${long}, prize FROM impulse(event_rate => 1)";
  EXPECT_EQ(DiagnosticsForTest(text, BindForTest(text, {{"long", "counter + 1000000000000"}}))
                .substr(0, 42),
            "1:17 LM1203 unknown column \"prize\" | there");
}

TEST(Diagnostics, WarnWithoutRefusing) {
  const std::string text =
      "CREATE TABLE t (a INT, f TEXT GENERATED ALWAYS AS (metadata('filename'))) WITH (connector = "
      "'file', path = 'x', format = 'json');"
      "CREATE TABLE m (a INT); SELECT * FROM t";
  const BindResult result = BindForTest(text);
  EXPECT_TRUE(result.program.has_value());
  EXPECT_EQ(DiagnosticsForTest(text, result),
            "1:24 LM2101 metadata('key') in a generated column is an older form | write f VARCHAR "
            "METADATA FROM 'filename'\n"
            "1:143 LM2103 memory table \"m\" is never written\n");
}

}  // namespace
}  // namespace laminar::sql
