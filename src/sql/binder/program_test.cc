#include "sql/binder/program.h"

#include <gtest/gtest.h>

#include "duckdb.hpp"
#include "duckdb/planner/operator/logical_aggregate.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "duckdb/planner/operator/logical_projection.hpp"

#include "sql/binder/binder_for_test.h"
#include "sql/catalog/scan_function.h"
#include "sql/catalog/window_functions.h"

namespace laminar::sql {
namespace {

using duckdb::LogicalOperatorType;

constexpr const char* kBids = "CREATE TABLE bids WITH (connector = 'bids');\n";

/// Binds a program over `bids`; fails the test on any error.
BoundProgram BindBids(const std::string& text) {
  BindResult result = BindForTest(kBids + text);
  EXPECT_TRUE(result.program.has_value()) << text << "\n"
                                          << DiagnosticsForTest(kBids + text, result);
  return result.program.has_value() ? *std::move(result.program) : BoundProgram();
}

template <typename T>
const T* FindOperator(const duckdb::LogicalOperator& op, LogicalOperatorType type) {
  if (op.type == type) {
    return static_cast<const T*>(&op);
  }
  for (const auto& child : op.children) {
    if (const T* found = FindOperator<T>(*child, type); found != nullptr) {
      return found;
    }
  }
  return nullptr;
}

/// The window call by which the only query of a program groups; null when it groups by none.
const WindowCall* GroupedWindow(const BoundProgram& program) {
  const auto* aggregate = FindOperator<duckdb::LogicalAggregate>(
      *program.queries.at(0).plan, LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY);
  if (aggregate == nullptr) {
    return nullptr;
  }
  for (const auto& group : aggregate->groups) {
    if (const WindowCall* call = FindWindowCall(*group); call != nullptr) {
      return call;
    }
  }
  return nullptr;
}

TEST(Bind, BindsAQueryIntoTheDefaultSink) {
  const BoundProgram program =
      BindBids("SELECT auction AS a, price * 2 FROM bids WHERE price > 10");
  ASSERT_EQ(program.queries.size(), 1u);
  EXPECT_EQ(program.queries[0].names, (std::vector<std::string>{"a", "(price * 2)"}));
  EXPECT_EQ(program.queries[0].types[1], data::LogicalType::BIGINT);
  ASSERT_EQ(program.sinks.size(), 1u);
  EXPECT_EQ(program.sinks[0].table.connector, "null");
  EXPECT_EQ(program.sinks[0].table.schema.ToString(), "a BIGINT, (price * 2) BIGINT");
  EXPECT_EQ(program.sinks[0].table.kind, data::ConnectorTable::Kind::kSink);
  EXPECT_NE(FindOperator<duckdb::LogicalOperator>(*program.queries[0].plan,
                                                  LogicalOperatorType::LOGICAL_FILTER),
            nullptr);
}

TEST(Bind, ShowsScansToThePlanner) {
  const BoundProgram program = BindBids("SELECT price FROM bids");
  const auto* scan =
      FindOperator<duckdb::LogicalGet>(*program.queries[0].plan, LogicalOperatorType::LOGICAL_GET);
  ASSERT_NE(scan, nullptr);
  const SourceTable* source = FindScanSource(*scan);
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->name, "bids");
  EXPECT_EQ(source, program.sources.at(0).get());
  for (const std::optional<size_t>& column : ScanColumns(*scan)) {
    ASSERT_TRUE(column.has_value());
    EXPECT_LT(*column, source->table.schema.num_columns());
  }
}

TEST(Bind, GivesNamesOfTheDefaultSinkOnce) {
  const BoundProgram program =
      BindBids("SELECT price, price, price AS PRICE FROM bids; SELECT 1 AS one FROM bids");
  EXPECT_EQ(program.sinks[0].table.schema.Names(),
            (std::vector<std::string>{"price", "price_1", "PRICE_2"}));
  EXPECT_EQ(program.sinks[1].name, "null_2");
}

TEST(Bind, TakesEventTimeFromTheConnector) {
  const BoundProgram program = BindBids("SELECT 1 FROM bids");
  ASSERT_TRUE(program.sources[0]->event_time.has_value());
  EXPECT_EQ(program.sources[0]->event_time->AsColumn(), 4u);
  EXPECT_FALSE(program.sources[0]->watermark.has_value());
}

TEST(Bind, ComputesEventTimeAndWatermarkOverPhysicalColumns) {
  const std::string text =
      "CREATE TABLE t (a TEXT, s BIGINT, at TIMESTAMP GENERATED ALWAYS AS (make_timestamp(s)), "
      "WATERMARK FOR at AS at - INTERVAL '5' SECOND) WITH (connector = 'file', format = 'json', "
      "path = 'x');"
      "SELECT a FROM t";
  const BindResult result = BindForTest(text);
  ASSERT_TRUE(result.program.has_value()) << DiagnosticsForTest(text, result);
  const SourceTable& source = *result.program->sources.at(0);
  EXPECT_EQ(source.table.schema.ToString(), "a VARCHAR, s BIGINT");
  EXPECT_EQ(source.event_time->ToString(), "make_timestamp(s)");
  EXPECT_EQ(source.event_time->type(), data::LogicalType::TIMESTAMP);
  // The watermark uses the event time behind the table's columns, not its expression again.
  EXPECT_EQ(source.watermark->ToString(), "(event_time - '00:00:05'::INTERVAL)");
}

TEST(Bind, CastsEventTimeOfOtherResolutions) {
  const std::string text =
      "CREATE TABLE t (at TIMESTAMP(3), WATERMARK FOR at) WITH (connector = 'file', format = "
      "'json', path = 'x'); SELECT 1 FROM t";
  const BindResult result = BindForTest(text);
  ASSERT_TRUE(result.program.has_value()) << DiagnosticsForTest(text, result);
  EXPECT_EQ(result.program->sources[0]->event_time->ToString(), "CAST(at AS TIMESTAMP)");
}

TEST(Bind, TakesEventTimeFromOptions) {
  const std::string text =
      "CREATE TABLE t (at TIMESTAMP, wm TIMESTAMP) WITH (connector = 'file', format = 'json', path "
      "= 'x', "
      "event_time_field = at, watermark_field = 'wm'); SELECT 1 FROM t";
  const BindResult result = BindForTest(text);
  ASSERT_TRUE(result.program.has_value()) << DiagnosticsForTest(text, result);
  EXPECT_EQ(result.program->sources[0]->event_time->AsColumn(), 0u);
  EXPECT_EQ(result.program->sources[0]->watermark->AsColumn(), 1u);
}

TEST(Bind, TakesConnectorsAsTableFunctions) {
  const BoundProgram program = BindBids(
      "SELECT counter FROM impulse(event_rate => 10);"
      "SELECT a, b FROM file('x', format => 'json') WHERE file.a > 1;"
      "SELECT f.a, g.b FROM file('x', format => 'json') f JOIN file('x', format => json) g ON f.a "
      "= g.a;"
      "SELECT ts FROM bids()");
  std::vector<std::string> names;
  for (const auto& source : program.sources) {
    names.push_back(source->name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"bids", "impulse", "file", "file_2", "bids_2"}));
  EXPECT_EQ(program.sources[1]->table.options.GetFloat("event_rate"), 10.0);
  EXPECT_EQ(program.sources[2]->table.format, "json");
  EXPECT_TRUE(program.sources[4]->event_time.has_value());
}

TEST(Bind, SharesASourceThatIsCalledTwice) {
  const BoundProgram program = BindBids(
      "SELECT * FROM impulse(event_rate => 5) a JOIN impulse(event_rate => 5) b ON a.counter = "
      "b.counter;"
      "SELECT * FROM impulse(event_rate => 6)");
  EXPECT_EQ(program.sources.size(), 3u);
}

TEST(Bind, UsesWordsThatAreKeywordsElsewhere) {
  const std::string text =
      "CREATE TABLE t (end TEXT, timestamp TIMESTAMP, window INT, \"order\" INT) WITH (connector = "
      "'file', format = 'json', path = "
      "'x'); SELECT end, timestamp, window, t.end, CASE WHEN window > 1 THEN end ELSE 'x' END AS "
      "c, \"order\" FROM t";
  const BindResult result = BindForTest(text);
  ASSERT_TRUE(result.program.has_value()) << DiagnosticsForTest(text, result);
  EXPECT_EQ(result.program->queries[0].names,
            (std::vector<std::string>{"end", "timestamp", "window", "end", "c", "order"}));
}

struct WindowCase {
  const char* query;
  WindowCall::Kind kind;
  int64_t width;
  int64_t slide;
  bool has_time;
};

class WindowForms : public testing::TestWithParam<WindowCase> {};

TEST_P(WindowForms, GroupByOneWindow) {
  const BoundProgram program = BindBids(GetParam().query);
  const WindowCall* call = GroupedWindow(program);
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(call->kind, GetParam().kind);
  EXPECT_EQ(call->width.micros, GetParam().width * 1'000'000);
  EXPECT_EQ(call->slide.micros, GetParam().slide * 1'000'000);
  EXPECT_EQ(call->has_time_argument, GetParam().has_time);
}

INSTANTIATE_TEST_SUITE_P(
    InGroupBy,
    WindowForms,
    testing::Values(
        WindowCase{"SELECT count(*) FROM bids GROUP BY tumble(INTERVAL '1 minute')",
                   WindowCall::Kind::kTumble, 60, 60, false},
        WindowCase{"SELECT count(*) FROM bids GROUP BY tumble('1 minute')",
                   WindowCall::Kind::kTumble, 60, 60, false},
        WindowCase{"SELECT count(*) FROM bids GROUP BY tumble(ts, INTERVAL '1' MINUTE)",
                   WindowCall::Kind::kTumble, 60, 60, true},
        WindowCase{"SELECT count(*) FROM bids GROUP BY hop('2 seconds', '10 seconds')",
                   WindowCall::Kind::kHop, 10, 2, false},
        WindowCase{"SELECT count(*) FROM bids GROUP BY hop('10 seconds', '10 seconds')",
                   WindowCall::Kind::kTumble, 10, 10, false},
        WindowCase{
            "SELECT count(*) FROM bids GROUP BY hop(ts, '2 seconds', '10 seconds', '1 second')",
            WindowCall::Kind::kHop, 10, 2, true},
        WindowCase{"SELECT count(*) FROM bids GROUP BY session(INTERVAL '30' SECOND)",
                   WindowCall::Kind::kSession, 30, 30, false},
        WindowCase{"SELECT count(*) FROM bids GROUP BY cumulate('1 minute', '1 hour')",
                   WindowCall::Kind::kCumulate, 3600, 60, false},
        WindowCase{"SELECT tumble('1 s') AS w, count(*) FROM bids GROUP BY 1",
                   WindowCall::Kind::kTumble, 1, 1, false},
        WindowCase{"SELECT tumble('1 s') AS window, count(*) FROM bids GROUP BY window",
                   WindowCall::Kind::kTumble, 1, 1, false},
        WindowCase{"SELECT tumble('1 s') AS w, w.start, count(*) FROM bids GROUP BY w",
                   WindowCall::Kind::kTumble, 1, 1, false},
        WindowCase{"SELECT tumble('1 s') AS w, count(*) FROM bids GROUP BY ALL",
                   WindowCall::Kind::kTumble, 1, 1, false},
        WindowCase{"SELECT window_start, window_end, window_time, window, count(*) FROM bids GROUP "
                   "BY tumble('1 s')",
                   WindowCall::Kind::kTumble, 1, 1, false},
        WindowCase{"SELECT window.start, window.end, count(*) FROM bids GROUP BY tumble('1 s') "
                   "HAVING window_end > TIMESTAMP '2020-01-01'",
                   WindowCall::Kind::kTumble, 1, 1, false},
        WindowCase{"SELECT tumble_start(ts, INTERVAL '1' SECOND), tumble_end(ts, INTERVAL '1' "
                   "SECOND), count(*) FROM bids "
                   "GROUP BY tumble(ts, INTERVAL '1' SECOND)",
                   WindowCall::Kind::kTumble, 1, 1, true},
        WindowCase{"SELECT hop_start('1 s', '2 s'), count(*) FROM bids GROUP BY hop('1 s', '2 s')",
                   WindowCall::Kind::kHop, 2, 1, false}));

/// The window call that a window table computes, however it was written.
const WindowCall* ProjectedWindow(const duckdb::LogicalOperator& op) {
  for (const auto& expression : op.expressions) {
    if (const WindowCall* call = FindWindowCall(*expression); call != nullptr) {
      return call;
    }
  }
  for (const auto& child : op.children) {
    if (const WindowCall* call = ProjectedWindow(*child); call != nullptr) {
      return call;
    }
  }
  return nullptr;
}

class WindowTables : public testing::TestWithParam<WindowCase> {};

TEST_P(WindowTables, GroupByTheWindowOfTheTable) {
  const BoundProgram program = BindBids(GetParam().query);
  const WindowCall* call = ProjectedWindow(*program.queries[0].plan);
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(call->kind, GetParam().kind);
  EXPECT_EQ(call->width.micros, GetParam().width * 1'000'000);
  EXPECT_EQ(call->slide.micros, GetParam().slide * 1'000'000);
  EXPECT_EQ(call->has_time_argument, GetParam().has_time);
  const auto* aggregate = FindOperator<duckdb::LogicalAggregate>(
      *program.queries[0].plan, LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY);
  ASSERT_NE(aggregate, nullptr);
  // One group, the window as a whole: its start and end are computed from it afterwards.
  ASSERT_EQ(aggregate->groups.size(), 1u);
  EXPECT_EQ(aggregate->groups[0]->return_type.id(), data::LogicalTypeId::STRUCT);
}

INSTANTIATE_TEST_SUITE_P(
    InFrom,
    WindowTables,
    testing::Values(WindowCase{"SELECT window_start, window_end, count(*) FROM tumble(bids, ts, "
                               "INTERVAL '1' MINUTE) GROUP BY window_start, window_end",
                               WindowCall::Kind::kTumble, 60, 60, true},
                    WindowCase{"SELECT window_start, count(*) FROM tumble(bids, INTERVAL '1' "
                               "MINUTE) GROUP BY window_start",
                               WindowCall::Kind::kTumble, 60, 60, false},
                    WindowCase{"SELECT window_start, window_end, count(*) FROM TABLE(TUMBLE(TABLE "
                               "bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) "
                               "GROUP BY window_start, window_end",
                               WindowCall::Kind::kTumble, 60, 60, true},
                    WindowCase{"SELECT w.window_start, count(*) FROM hop(bids, ts, '1 minute', '2 "
                               "minutes') AS w GROUP BY w.window_start, w.window_end",
                               WindowCall::Kind::kHop, 120, 60, true},
                    WindowCase{"SELECT 1, count(*), window_start FROM TABLE(HOP(DATA => TABLE "
                               "bids, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' "
                               "MINUTES, SLIDE => INTERVAL '5' MINUTES)) GROUP BY 3",
                               WindowCall::Kind::kHop, 600, 300, true},
                    WindowCase{"SELECT window_end, window_time, count(*) FROM cumulate(bids, ts, "
                               "'1 minute', '1 hour') GROUP BY window_end, window_time",
                               WindowCall::Kind::kCumulate, 3600, 60, true},
                    WindowCase{"SELECT window_start, count(*) FROM tumble((SELECT * FROM bids "
                               "WHERE price > 1), ts, '1 minute') GROUP BY window_start",
                               WindowCall::Kind::kTumble, 60, 60, true},
                    WindowCase{"SELECT count(*) FROM tumble(bids, bids.ts, '1 minute') GROUP BY "
                               "window_start, window_end HAVING window_start > "
                               "TIMESTAMP '2020-01-01'",
                               WindowCall::Kind::kTumble, 60, 60, true}));

TEST(Bind, KeepsColumnsOfWindowTablesBehindThoseOfTheTable) {
  const BoundProgram program = BindBids("SELECT * FROM tumble(bids, ts, '1 minute')");
  EXPECT_EQ(program.queries[0].names,
            (std::vector<std::string>{"auction", "bidder", "price", "channel", "ts", "window",
                                      "window_start", "window_end", "window_time"}));
}

TEST(Bind, LeavesWindowStartOfTheInputAlone) {
  const BoundProgram program = BindBids(
      "SELECT max(window_start) AS m, window_start FROM (SELECT ts AS window_start FROM bids) "
      "GROUP BY tumble('1 s'), window_start");
  EXPECT_NE(GroupedWindow(program), nullptr);
}

TEST(Bind, CopiesWindowCallsOfSharedQueries) {
  const BoundProgram program = BindBids(
      "WITH w AS (SELECT auction, tumble(ts, '1 minute') AS w FROM bids), v AS (SELECT row_time() "
      "AS r, hop('1 s', '2 s') AS h FROM "
      "bids) SELECT a.auction FROM w a JOIN w b ON a.w = b.w; "
      "WITH v AS MATERIALIZED (SELECT hop('1 s', '2 s') AS h FROM bids) SELECT a.h FROM v a JOIN v "
      "b ON a.h = b.h");
  EXPECT_EQ(program.queries.size(), 2u);
}

TEST(Bind, InsertsIntoSinksByPositionNameAndList) {
  const std::string text =
      "CREATE TABLE o (a BIGINT, b TEXT, c DOUBLE) WITH (connector = 'file', format = 'json', path "
      "= 'o');\n" +
      std::string(kBids) +
      "INSERT INTO o SELECT price, channel, auction FROM bids;"
      "INSERT INTO o BY NAME SELECT channel AS b, auction AS a FROM bids;"
      "INSERT INTO O (c, a) SELECT price, '7' FROM bids;"
      "WITH x AS (SELECT price AS c FROM bids) INSERT INTO o BY NAME SELECT * FROM x;";
  const BindResult result = BindForTest(text);
  ASSERT_TRUE(result.program.has_value()) << DiagnosticsForTest(text, result);
  ASSERT_EQ(result.program->sinks.size(), 1u);
  EXPECT_EQ(result.program->sinks[0].table.schema.ToString(), "a BIGINT, b VARCHAR, c DOUBLE");
  ASSERT_EQ(result.program->queries.size(), 4u);
  for (const BoundQuery& query : result.program->queries) {
    EXPECT_EQ(query.sink, 0u);
    EXPECT_EQ(query.names, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(query.plan->types.size(), 3u);
    EXPECT_EQ(query.plan->types[2], data::LogicalType::DOUBLE);
  }
}

TEST(Bind, GivesSinksTheColumnsOfTheirFirstInsert) {
  const BoundProgram program = BindBids(
      "CREATE TABLE o WITH (connector = 'file', format = 'json', path = 'o');"
      "INSERT INTO o SELECT price, channel FROM bids; INSERT INTO o SELECT 1::TINYINT, 'x' FROM "
      "bids;"
      "CREATE TABLE p WITH (connector = 'file', format = 'json', path = 'p') PARTITIONED BY "
      "(channel) AS SELECT channel FROM bids");
  ASSERT_EQ(program.sinks.size(), 2u);
  EXPECT_EQ(program.sinks[0].table.schema.ToString(), "price BIGINT, channel VARCHAR");
  EXPECT_EQ(program.sinks[1].table.schema.ToString(), "channel VARCHAR");
  EXPECT_EQ(program.sinks[1].table.partitioned_by, (std::vector<std::string>{"channel"}));
  EXPECT_EQ(program.queries[1].types[0], data::LogicalType::BIGINT);
}

TEST(Bind, ReadsMemoryTablesAndViews) {
  const BoundProgram program = BindBids(
      "CREATE TABLE m (a INT, b TEXT, c INT); INSERT INTO m (b, a) SELECT channel, auction FROM "
      "bids;"
      "CREATE TABLE n AS SELECT a + 1 AS a FROM m; CREATE VIEW v (x) AS SELECT * FROM n;"
      "CREATE OR REPLACE VIEW v AS SELECT x + 1 AS y FROM (SELECT a AS x FROM n);"
      "CREATE VIEW IF NOT EXISTS v AS SELECT 1; SELECT y FROM v; SELECT * FROM m");
  EXPECT_EQ(program.queries[0].names, (std::vector<std::string>{"y"}));
  EXPECT_EQ(program.queries[1].types,
            (std::vector<data::LogicalType>{data::LogicalType::INTEGER, data::LogicalType::VARCHAR,
                                            data::LogicalType::INTEGER}));
}

TEST(Bind, AppliesSettingsToWhatFollows) {
  const BoundProgram program = BindBids(
      "SELECT 1 FROM bids; SET updating_ttl = INTERVAL '1 hour'; SET parallelism TO 4; SELECT 2 "
      "FROM bids");
  EXPECT_FALSE(program.queries[0].settings.updating_ttl.has_value());
  EXPECT_EQ(program.queries[1].settings.updating_ttl->micros, 3'600'000'000);
  EXPECT_EQ(program.settings.parallelism, 4);
}

TEST(Bind, MarksQueriesToBeExplained) {
  const BoundProgram program = BindBids(
      "EXPLAIN SELECT 1 FROM bids; EXPLAIN LOGICAL SELECT 1 FROM bids; EXPLAIN (FORMAT json) WITH "
      "x AS (SELECT 1) SELECT * FROM x, bids;"
      "CREATE TABLE o WITH (connector = 'file', format = 'json', path = 'o'); EXPLAIN json INSERT "
      "INTO o SELECT 1 FROM bids; SELECT 1 FROM bids;"
      "EXPLAIN (SELECT 1 FROM bids)");
  EXPECT_EQ(program.queries[0].explain, ExplainKind::kPhysical);
  EXPECT_EQ(program.queries[1].explain, ExplainKind::kLogical);
  EXPECT_EQ(program.queries[2].explain, ExplainKind::kJson);
  EXPECT_EQ(program.queries[3].explain, ExplainKind::kJson);
  EXPECT_FALSE(program.queries[4].explain.has_value());
  EXPECT_EQ(program.queries[5].explain, ExplainKind::kPhysical);
}

TEST(Bind, AnswersShowAndDescribe) {
  const BoundProgram program = BindBids(
      "CREATE TABLE t (id INT PRIMARY KEY, f TEXT METADATA FROM 'filename', at TIMESTAMP GENERATED "
      "ALWAYS AS (now()::TIMESTAMP), "
      "WATERMARK FOR at) WITH (connector = 'file', format = 'json', path = 'x'); CREATE VIEW v AS "
      "SELECT 1 AS one; CREATE TABLE m (a INT);"
      "SHOW TABLES; DESCRIBE t; DESC SELECT auction FROM bids; DESCRIBE m; DESCRIBE v; SHOW "
      "CONNECTORS");
  using Rows = std::vector<std::vector<std::string>>;
  EXPECT_EQ(program.reports.at(0).rows, (Rows{{"bids", "source", "bids"},
                                              {"m", "memory", ""},
                                              {"t", "source", "file"},
                                              {"v", "view", ""}}));
  EXPECT_EQ(program.reports.at(1).rows,
            (Rows{{"id", "INTEGER", "no", "primary key"},
                  {"f", "VARCHAR", "yes", "metadata 'filename'"},
                  {"at", "TIMESTAMP", "yes", "generated, event time"}}));
  EXPECT_EQ(program.reports.at(2).rows, (Rows{{"auction", "BIGINT", "yes", ""}}));
  EXPECT_EQ(program.reports.at(3).rows, (Rows{{"a", "INTEGER", "yes", ""}}));
  EXPECT_EQ(program.reports.at(4).rows, (Rows{{"one", "INTEGER", "yes", ""}}));
  EXPECT_EQ(program.reports.at(5).rows.size(), 4u);
}

TEST(Bind, ChecksOptionsOfTablesIntoTheirPlaces) {
  const BoundProgram program = BindBids(
      "CREATE TABLE t (a JSON, f TEXT METADATA FROM 'filename') WITH (connector = 'file', format = "
      "'json', path = 'x', bad_data = "
      "'dead_letter', dead_letter_path = 'bad.jsonl', idle_micros = 5, json.unstructured = true); "
      "SELECT * FROM t");
  const data::ConnectorTable& table = program.sources.at(1)->table;
  EXPECT_EQ(table.options.GetString("path"), "x");
  EXPECT_FALSE(table.options.Has("json.unstructured"));
  EXPECT_TRUE(table.format_options.GetBoolean("json.unstructured"));
  EXPECT_EQ(table.bad_data, data::BadDataPolicy::kDeadLetter);
  EXPECT_EQ(table.dead_letter_path, "bad.jsonl");
  EXPECT_EQ(table.idle_after.micros, 5);
  ASSERT_EQ(table.metadata.size(), 1u);
  EXPECT_EQ(table.metadata[0].column, "f");
  EXPECT_EQ(table.metadata[0].key, "filename");
}

TEST(Bind, ReplacesVariables) {
  const std::string text = "SELECT ${column} FROM impulse(event_rate => ${rate})";
  const BindResult result = BindForTest(text, {{"column", "counter"}, {"rate", "100"}});
  ASSERT_TRUE(result.program.has_value()) << DiagnosticsForTest(text, result);
  EXPECT_EQ(result.program->text, text);
}

TEST(Bind, TakesNamesOfFunctionsOfOtherSystems) {
  const BoundProgram program = BindBids(
      "SELECT approx_distinct(auction) FILTER (WHERE price > 1), approx_median(price), "
      "approx_percentile_cont(price, 0.9), "
      "approx_percentile_cont(0.9) WITHIN GROUP (ORDER BY price), var(price), last_value(price), "
      "array_agg(DISTINCT channel), "
      "stddev(price) FROM bids GROUP BY tumble('1 s');"
      "SELECT extract_json('{}', '$.a[*]'), extract_json(channel, '$.a'), "
      "extract_json_string(channel, '$.a'), initcap(channel), "
      "date_bin(INTERVAL '1 minute', ts), to_char(ts, '%Y'), make_array(1, 2), "
      "regexp_like(channel, 'x'), json_get_str(channel, 'a'), "
      "char_length(channel), nvl(channel, 'x'), to_timestamp_millis(1), array_union([1], [2]) FROM "
      "bids");
  EXPECT_EQ(program.queries.size(), 2u);
}

TEST(FindSpan, PointsAtTheTextOfBoundExpressions) {
  const std::string text =
      std::string(kBids) + "SELECT ${c} + 1, upper(channel) FROM bids WHERE lower(channel)  =  'x'";
  const BindResult result = BindForTest(text, {{"c", "price * 100000"}});
  ASSERT_TRUE(result.program.has_value()) << DiagnosticsForTest(text, result);
  const auto written = [&](const base::SourceSpan& span) {
    return text.substr(static_cast<size_t>(span.offset), static_cast<size_t>(span.length));
  };
  const auto& plan = *result.program->queries[0].plan;
  const auto* projection =
      FindOperator<duckdb::LogicalProjection>(plan, LogicalOperatorType::LOGICAL_PROJECTION);
  EXPECT_EQ(written(FindSpan(text, *projection->expressions[0])), "+");
  EXPECT_EQ(written(FindSpan(text, *projection->expressions[1])), "upper(channel)");
  const auto* filter =
      FindOperator<duckdb::LogicalOperator>(plan, LogicalOperatorType::LOGICAL_FILTER);
  EXPECT_EQ(written(FindSpan(text, *filter)), "lower(channel)");
}

TEST(Bind, BindsProgramsIndependentlyOfEachOther) {
  const BindResult one =
      BindForTest("CREATE TABLE t WITH (connector = 'bids'); SELECT auction FROM t");
  const BindResult other = BindForTest(
      "CREATE TABLE t WITH (connector = 'impulse', event_rate = 1); SELECT counter FROM t");
  EXPECT_TRUE(one.program.has_value());
  EXPECT_TRUE(other.program.has_value());
  EXPECT_FALSE(BindForTest("SELECT * FROM t").program.has_value());
}

}  // namespace
}  // namespace laminar::sql
