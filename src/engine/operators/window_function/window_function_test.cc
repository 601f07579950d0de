#include "engine/operators/window_function/window_function.h"

#include <map>
#include <random>

#include "gmock/gmock.h"

#include "engine/operators/operator_for_test.h"
#include "expression/batch_window_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr int64_t kSecond = 1'000'000;

LogicalType WindowType() {
  return LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP}, {"end", LogicalType::TIMESTAMP}});
}

Value Time(int64_t micros) { return Value::TIMESTAMP(duckdb::timestamp_t(micros)); }

// Columns: k VARCHAR, w (the window), v of any type, id INTEGER, hidden event time.
data::Schema InputSchema(const LogicalType& v = LogicalType::BIGINT) {
  data::Schema schema;
  schema.fields = {
      {"k", LogicalType::VARCHAR}, {"w", WindowType()}, {"v", v}, {"id", LogicalType::INTEGER}};
  schema.AddEventTime();
  return schema;
}

struct Row {
  Value key;
  Value v;
  int id = 0;
  int64_t start = 0;
  int64_t end = 10;
};

Row Make(const char* key, int64_t v, int id, int64_t start = 0, int64_t end = 10) {
  return {Value(key), Value::BIGINT(v), id, start, end};
}

struct Options {
  std::string calls;
  std::vector<size_t> partition_by = {};
  std::optional<int64_t> top_n = std::nullopt;
  LogicalType v = LogicalType::BIGINT;
  int64_t memory_limit = int64_t{1} << 40;
};

class Functions {
 public:
  explicit Functions(Options options) : schema_(InputSchema(options.v)) {
    plan::WindowFunctionSpec spec;
    spec.window_column = 1;
    spec.partition_by = options.partition_by;
    spec.top_n = options.top_n;
    plan::Node node;
    node.output.fields.assign(schema_.fields.begin(), schema_.fields.end() - 1);
    for (const auto& call : expression::BindWindowCallsForTest(options.calls, schema_)) {
      spec.functions.push_back({call, "function"});
      node.output.fields.push_back({"function", call.type()});
    }
    node.output.AddEventTime();
    node.spec = std::move(spec);
    driver_ = std::make_unique<OperatorForTest>(MakeWindowFunction(node, schema_),
                                                node.output.Types(), options.memory_limit);
  }

  OperatorForTest& driver() { return *driver_; }

  absl::Status TryFeed(const std::vector<Row>& rows) {
    std::vector<std::vector<Value>> values;
    for (const Row& row : rows) {
      values.push_back(
          {row.key,
           Value::STRUCT(WindowType(), {Time(row.start * kSecond), Time(row.end * kSecond)}), row.v,
           Value::INTEGER(row.id), Time(row.end * kSecond - 1)});
    }
    return driver_->op().Process(0, ChunkForTest(schema_.Types(), values));
  }
  void Feed(const std::vector<Row>& rows) {
    const absl::Status status = TryFeed(rows);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_THAT(driver_->Drain(), IsEmpty());
  }
  std::vector<std::string> Advance(int64_t seconds) {
    return ShortTimesForTest(driver_->Advance(seconds * kSecond));
  }

 private:
  const data::Schema schema_;
  std::unique_ptr<OperatorForTest> driver_;
};

// Of a row: id and function values only.
std::vector<std::string> IdAndValues(const std::vector<std::string>& rows) {
  std::vector<std::string> result;
  for (const std::string& row : rows) {
    const size_t window_end = row.find(")|");
    const size_t v_end = row.find('|', window_end + 2);
    result.push_back(row.substr(v_end + 1, row.rfind('|') - v_end - 1));
  }
  return result;
}

TEST(WindowFunction, RanksWhenTheWindowEnds) {
  Functions functions({.calls = "row_number() OVER (PARTITION BY w, k ORDER BY v DESC)"});
  functions.Feed({Make("a", 1, 1), Make("b", 9, 2), Make("a", 3, 3), Make("a", 2, 4)});
  EXPECT_THAT(functions.Advance(9), IsEmpty());
  EXPECT_THAT(functions.Advance(10),
              ElementsAre("a|[00, 10)|3|3|1|09.999999", "a|[00, 10)|2|4|2|09.999999",
                          "a|[00, 10)|1|1|3|09.999999", "b|[00, 10)|9|2|1|09.999999"));
  EXPECT_THAT(functions.driver().Finish(), IsEmpty());
}

TEST(WindowFunction, NumbersEqualRowsByArrivalAndRanksThemAlike) {
  Functions functions({.calls = "row_number() OVER (PARTITION BY w ORDER BY v), "
                                "rank() OVER (PARTITION BY w ORDER BY v), "
                                "dense_rank() OVER (PARTITION BY w ORDER BY v)"});
  functions.Feed({Make("a", 5, 1), Make("a", 7, 2), Make("a", 5, 3)});
  functions.Feed({Make("a", 9, 4), Make("a", 7, 5), Make("a", 5, 6)});
  EXPECT_THAT(IdAndValues(functions.Advance(10)),
              ElementsAre("1|1|1|1", "3|2|1|1", "6|3|1|1", "2|4|4|2", "5|5|4|2", "4|6|6|3"));
}

TEST(WindowFunction, KeepsTheBestRowsOnly) {
  const std::vector<Row> rows = {Make("a", 5, 1), Make("a", 7, 2), Make("a", 5, 3),
                                 Make("b", 1, 4), Make("a", 9, 5), Make("a", 7, 6)};
  for (const auto& [function, n, expected] :
       std::vector<std::tuple<std::string, int, std::vector<std::string>>>{
           {"row_number", 1, {"1|1", "4|1"}},
           {"row_number", 3, {"1|1", "3|2", "2|3", "4|1"}},
           {"row_number", 100, {"1|1", "3|2", "2|3", "6|4", "5|5", "4|1"}},
           {"rank", 1, {"1|1", "3|1", "4|1"}},
           {"rank", 2, {"1|1", "3|1", "4|1"}},
           {"rank", 3, {"1|1", "3|1", "2|3", "6|3", "4|1"}},
           {"dense_rank", 2, {"1|1", "3|1", "2|2", "6|2", "4|1"}},
           {"row_number", 0, {}},
           {"rank", -5, {}},
           {"dense_rank", 0, {}}}) {
    Functions functions({.calls = function + "() OVER (PARTITION BY w, k ORDER BY v)", .top_n = n});
    functions.Feed(rows);
    EXPECT_THAT(IdAndValues(functions.Advance(10)), testing::ElementsAreArray(expected))
        << function << " <= " << n;
  }
}

TEST(WindowFunction, PartitionsByTheColumnsOfTheNode) {
  for (const std::string calls :
       {"row_number() OVER (ORDER BY v)", "row_number() OVER (PARTITION BY w, k ORDER BY v)",
        "count(*) OVER (ORDER BY v ROWS UNBOUNDED PRECEDING)"}) {
    Functions functions({.calls = calls, .partition_by = {0}});
    functions.Feed({Make("a", 1, 1), Make("b", 2, 2), Make("a", 3, 3), Make("b", 4, 4)});
    EXPECT_THAT(IdAndValues(functions.Advance(10)),
                UnorderedElementsAre("1|1", "2|1", "3|2", "4|2"))
        << calls;
  }
}

TEST(WindowFunction, RankingWithoutAnOrderIsByArrival) {
  Functions functions(
      {.calls = "row_number() OVER (PARTITION BY w), rank() OVER (PARTITION BY w)"});
  functions.Feed({Make("a", 3, 1), Make("b", 1, 2), Make("a", 2, 3)});
  EXPECT_THAT(IdAndValues(functions.Advance(10)), ElementsAre("1|1|1", "2|2|1", "3|3|1"));
}

TEST(WindowFunction, OrdersByTheRulesOfEveryType) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  // Each in ascending order; equal ones share a number.
  const std::vector<std::pair<LogicalType, std::vector<std::pair<Value, int>>>> cases = {
      {LogicalType::BOOLEAN, {{Value::BOOLEAN(false), 1}, {Value::BOOLEAN(true), 2}}},
      {LogicalType::TINYINT,
       {{Value::TINYINT(-128), 1}, {Value::TINYINT(0), 2}, {Value::TINYINT(127), 3}}},
      {LogicalType::UBIGINT,
       {{Value::UBIGINT(0), 1}, {Value::UBIGINT(1), 2}, {Value::UBIGINT(UINT64_MAX), 3}}},
      {LogicalType::BIGINT,
       {{Value::BIGINT(INT64_MIN), 1}, {Value::BIGINT(-1), 2}, {Value::BIGINT(INT64_MAX), 3}}},
      {LogicalType::HUGEINT,
       {{Value::HUGEINT(duckdb::hugeint_t(-5, 0)), 1}, {Value::HUGEINT(7), 2}}},
      {LogicalType::DOUBLE,
       {{Value::DOUBLE(-inf), 1},
        {Value::DOUBLE(-1.5), 2},
        {Value::DOUBLE(-0.0), 3},
        {Value::DOUBLE(0.0), 3},
        {Value::DOUBLE(1e-300), 5},
        {Value::DOUBLE(inf), 6},
        {Value::DOUBLE(nan), 7},
        {Value::DOUBLE(nan), 7}}},
      {LogicalType::FLOAT,
       {{Value::FLOAT(-2.5F), 1}, {Value::FLOAT(0.0F), 2}, {Value::FLOAT(3.5F), 3}}},
      {LogicalType::VARCHAR,
       {{Value(""), 1},
        {Value("A"), 2},
        {Value("a"), 3},
        {Value("a long text, longer than twelve"), 4},
        {Value("b"), 5}}},
      {LogicalType::TIMESTAMP, {{Time(-1), 1}, {Time(0), 2}, {Time(0), 2}, {Time(1), 4}}},
      {LogicalType::DECIMAL(9, 2), {{Value("-1.50"), 1}, {Value("1.49"), 2}}},
      {LogicalType::DECIMAL(38, 2), {{Value("-1.50"), 1}, {Value("1.49"), 2}}},
      {LogicalType::INTERVAL,
       {{Value::INTERVAL(0, 29, 0), 1},
        {Value::INTERVAL(1, 0, 0), 2},
        {Value::INTERVAL(0, 30, 0), 2}}},
  };
  for (const auto& [type, values] : cases) {
    for (const bool with_null : {false, true}) {
      for (const bool reverse_arrival : {false, true}) {
        Functions functions(
            {.calls = "rank() OVER (PARTITION BY w ORDER BY v NULLS LAST)", .v = type});
        std::vector<Row> rows;
        std::vector<std::string> expected;
        int id = 0;
        for (const auto& [value, rank] : values) {
          rows.push_back({Value("a"), value, id});
          expected.push_back(std::to_string(id++) + "|" + std::to_string(rank));
        }
        if (with_null) {
          rows.push_back({Value("a"), Value(type), id});
          expected.push_back(std::to_string(id) + "|" + std::to_string(values.size() + 1));
        }
        if (reverse_arrival) {
          std::reverse(rows.begin(), rows.end());
        }
        functions.Feed(rows);
        EXPECT_THAT(IdAndValues(functions.Advance(10)),
                    testing::UnorderedElementsAreArray(expected))
            << type.ToString();
      }
    }
  }
}

TEST(WindowFunction, PutsNullsWhereAsked) {
  const std::vector<Row> rows = {
      Make("a", 1, 1), {Value("a"), Value(LogicalType::BIGINT), 2}, Make("a", 2, 3)};
  for (const auto& [order, expected] :
       std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"v NULLS FIRST", {"2|1", "1|2", "3|3"}},
           {"v NULLS LAST", {"1|1", "3|2", "2|3"}},
           {"v DESC NULLS FIRST", {"2|1", "3|2", "1|3"}},
           {"v DESC NULLS LAST", {"3|1", "1|2", "2|3"}},
           {"k, v DESC NULLS LAST", {"3|1", "1|2", "2|3"}}}) {
    Functions functions({.calls = "row_number() OVER (PARTITION BY w ORDER BY " + order + ")"});
    functions.Feed(rows);
    EXPECT_THAT(IdAndValues(functions.Advance(10)), testing::ElementsAreArray(expected)) << order;
  }
}

TEST(WindowFunction, NullIsAPartitionOfItsOwn) {
  Functions functions({.calls = "row_number() OVER (PARTITION BY w, k ORDER BY v)"});
  functions.Feed({{Value(LogicalType::VARCHAR), Value::BIGINT(2), 1},
                  Make("a", 1, 2),
                  {Value(LogicalType::VARCHAR), Value::BIGINT(1), 3}});
  EXPECT_THAT(IdAndValues(functions.Advance(10)), ElementsAre("3|1", "1|2", "2|1"));
}

TEST(WindowFunction, EvaluatesOtherFunctionsPerWindow) {
  Functions functions(
      {.calls =
           "lag(id, 1, -1) OVER (PARTITION BY w, k ORDER BY v), "
           "sum(v) OVER (PARTITION BY w ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), "
           "count(*) OVER (PARTITION BY w)"});
  functions.Feed({Make("a", 2, 1), Make("a", 1, 2), Make("b", 4, 3), Make("a", 8, 4, 10, 20)});
  functions.Feed({Make("a", 16, 5), Make("b", 32, 6, 10, 20)});
  EXPECT_THAT(IdAndValues(functions.Advance(10)),
              ElementsAre("1|2|2|4", "2|-1|3|4", "3|-1|5|4", "5|1|20|4"));
  EXPECT_THAT(functions.Advance(20),
              ElementsAre("a|[10, 20)|8|4|-1|8|2|19.999999", "b|[10, 20)|32|6|-1|40|2|19.999999"));
}

TEST(WindowFunction, EvaluatesManyWindowsTogetherAndKeepsThemApart) {
  Functions functions(
      {.calls = "sum(v) OVER (PARTITION BY w ORDER BY id), last_value(k) OVER (PARTITION BY w)"});
  for (int i = 0; i < 3000; i += 100) {
    std::vector<Row> rows;
    for (int j = i; j < i + 100; ++j) {
      rows.push_back(Make("a", j, j, j / 3, j / 3 + 1));
    }
    functions.Feed(rows);
  }
  const std::vector<std::string> rows = IdAndValues(ShortTimesForTest(functions.driver().Finish()));
  ASSERT_EQ(rows.size(), 3000);
  for (int i = 0; i < 3000; ++i) {
    int64_t sum = 0;
    for (int j = i / 3 * 3; j <= i; ++j) {
      sum += j;
    }
    ASSERT_EQ(rows[i], std::to_string(i) + "|" + std::to_string(sum) + "|a");
  }
}

TEST(WindowFunction, WindowsWithOneEndAreKeptApartByTheirStart) {
  for (const std::string calls : {"row_number() OVER (PARTITION BY w ORDER BY v)",
                                  "count(*) OVER (PARTITION BY w ORDER BY v)"}) {
    Functions functions({.calls = calls});
    functions.Feed({Make("a", 1, 1, 0, 10), Make("a", 2, 2, 5, 10), Make("a", 3, 3, 0, 10)});
    EXPECT_THAT(IdAndValues(functions.Advance(10)), ElementsAre("1|1", "3|2", "2|1"));
  }
}

TEST(WindowFunction, MixesRankingsWithOtherFunctionsUnderALimit) {
  Functions functions({.calls = "row_number() OVER (PARTITION BY w, k ORDER BY v, id), "
                                "max(v) OVER (PARTITION BY w, k)",
                       .top_n = 2});
  functions.Feed({Make("a", 5, 1), Make("a", 7, 2), Make("a", 6, 3), Make("b", 1, 4)});
  EXPECT_THAT(IdAndValues(functions.Advance(10)), ElementsAre("1|1|7", "3|2|7", "4|1|1"));
}

TEST(WindowFunction, RankingsWithDifferentOrdersAreAllRight) {
  Functions functions({.calls = "row_number() OVER (PARTITION BY w ORDER BY v), "
                                "row_number() OVER (PARTITION BY w ORDER BY id DESC)",
                       .top_n = 2});
  functions.Feed({Make("a", 5, 1), Make("a", 4, 2), Make("a", 6, 3)});
  EXPECT_THAT(IdAndValues(functions.Advance(10)), ElementsAre("1|2|3", "2|1|2"));
}

TEST(WindowFunction, DropsAndCountsRowsOfEndedWindows) {
  Functions functions({.calls = "row_number() OVER (PARTITION BY w ORDER BY v)"});
  functions.Feed({Make("a", 1, 1)});
  EXPECT_EQ(functions.Advance(10).size(), 1);
  functions.Feed({Make("a", 2, 2), Make("a", 3, 3, 10, 20)});
  EXPECT_EQ(functions.driver().late_rows(), 1);
  EXPECT_THAT(IdAndValues(functions.Advance(20)), ElementsAre("3|1"));
}

TEST(WindowFunction, KeepsMemoryBoundedByTheBestRows) {
  for (const std::string function : {"row_number", "rank", "dense_rank"}) {
    Functions functions(
        {.calls = function + "() OVER (PARTITION BY w, k ORDER BY v DESC, id)", .top_n = 3});
    int64_t most = 0;
    for (int i = 0; i < 100; ++i) {
      std::vector<Row> rows;
      for (int j = 0; j < 2000; ++j) {
        const int id = i * 2000 + j;
        rows.push_back(Make(id % 2 == 0 ? "even" : "odd", (id * int64_t{7919}) % 200'003, id));
      }
      functions.Feed(rows);
      most = std::max(most, functions.driver().budget().used_bytes());
    }
    EXPECT_LT(most, 1 << 20) << "200,000 rows of 28 bytes would be 5.6 MB";
    const std::vector<std::string> rows =
        IdAndValues(ShortTimesForTest(functions.driver().Finish()));
    std::vector<std::pair<int64_t, int>> best[2];
    for (int id = 0; id < 200'000; ++id) {
      best[id % 2].emplace_back(-((id * int64_t{7919}) % 200'003), id);
    }
    std::vector<std::string> expected;
    for (auto& partition : best) {
      std::sort(partition.begin(), partition.end());
      for (int i = 0; i < 3; ++i) {
        expected.push_back(std::to_string(partition[i].second) + "|" + std::to_string(i + 1));
      }
    }
    EXPECT_EQ(rows, expected);
  }
}

TEST(WindowFunction, GoesOnFromRestoredState) {
  const Options options{.calls = "row_number() OVER (ORDER BY v)", .partition_by = {0}, .top_n = 2};
  Functions before(options);
  before.Feed({Make("a", 1, 1), Make("a", 7, 2, 10, 20), Make("a", 5, 3, 10, 20)});
  EXPECT_EQ(before.Advance(10).size(), 1);
  Functions after(options);
  before.driver().RestoreTo(after.driver());
  after.Feed({Make("a", 0, 4), Make("a", 6, 5, 10, 20)});
  EXPECT_EQ(after.driver().late_rows(), 1);
  EXPECT_THAT(IdAndValues(after.Advance(20)), ElementsAre("3|1", "5|2"));
}

TEST(WindowFunction, HandsALargeWindowOutChunkByChunk) {
  Functions functions({.calls = "row_number() OVER (PARTITION BY w ORDER BY v)"});
  for (int i = 0; i < 5; ++i) {
    std::vector<Row> rows;
    for (int j = 0; j < 2000; ++j) {
      rows.push_back(Make("a", 10'000 - i * 2000 - j, i * 2000 + j));
    }
    functions.Feed(rows);
  }
  ASSERT_TRUE(functions.driver()
                  .op()
                  .ProcessWatermark({.time = data::EventTime::Max(), .arrival = {9}})
                  .ok());
  std::vector<std::string> rows;
  for (auto part = functions.driver().Drain(1); !part.empty(); part = functions.driver().Drain(1)) {
    const auto values = IdAndValues(ShortTimesForTest(part));
    rows.insert(rows.end(), values.begin(), values.end());
  }
  EXPECT_EQ(functions.driver().num_chunks(), 5);
  ASSERT_EQ(rows.size(), 10'000);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(rows[i], std::to_string(9'999 - i) + "|" + std::to_string(i + 1));
  }
  EXPECT_EQ(functions.driver().budget().used_bytes(), 0);
}

TEST(WindowFunction, FailsWhereTheBudgetIsTooSmall) {
  Functions buffering({.calls = "count(*) OVER (PARTITION BY w)", .memory_limit = 100});
  std::vector<Row> rows;
  for (int i = 0; i < 100; ++i) {
    rows.push_back(Make("a", i, i));
  }
  EXPECT_EQ(buffering.TryFeed(rows).code(), absl::StatusCode::kResourceExhausted);
  for (const std::string calls :
       {"count(*) OVER (PARTITION BY w)", "rank() OVER (PARTITION BY w ORDER BY v)"}) {
    Functions evaluating({.calls = calls, .memory_limit = 3500});
    evaluating.Feed(rows);
    ASSERT_TRUE(evaluating.driver()
                    .op()
                    .ProcessWatermark({.time = data::EventTime::Max(), .arrival = {}})
                    .ok());
    EXPECT_EQ(evaluating.driver().op().Produce().status().code(),
              absl::StatusCode::kResourceExhausted);
  }
}

TEST(WindowFunction, ReportsAFailingFunction) {
  Functions functions({.calls = "sum(k::INTEGER) OVER (PARTITION BY w)"});
  functions.Feed({Make("a", 1, 1)});
  ASSERT_TRUE(functions.driver()
                  .op()
                  .ProcessWatermark({.time = data::EventTime::Max(), .arrival = {}})
                  .ok());
  EXPECT_EQ(functions.driver().op().Produce().status().code(), absl::StatusCode::kInvalidArgument);
}

// --- Against the definition
// -----------------------------------------------------------------------------------------

struct Entry {
  std::string key;
  std::optional<int64_t> v;
  int id = 0;
  int64_t end = 10;
};

// Rank of `entry` by its definition: how many go before it, by function.
int64_t RankByDefinition(const std::string& function,
                         const std::vector<Entry>& all,
                         const Entry& entry) {
  const auto order = [](const Entry& e) { return std::pair(!e.v.has_value(), e.v.value_or(0)); };
  int64_t rank = 1;
  std::map<std::pair<bool, int64_t>, int> distinct;
  for (const Entry& other : all) {
    if (other.key != entry.key || other.end != entry.end) {
      continue;
    }
    const bool before = order(other) < order(entry);
    const bool ties_before = order(other) == order(entry) && other.id < entry.id;
    if (before) {
      distinct[order(other)] = 1;
    }
    rank += before || (function == "row_number" && ties_before) ? 1 : 0;
  }
  return function == "dense_rank" ? static_cast<int64_t>(distinct.size()) + 1 : rank;
}

TEST(WindowFunction, AgreesWithTheDefinitionOfRankingOnRandomRows) {
  std::mt19937_64 random(5);
  const auto draw = [&](int high) { return std::uniform_int_distribution<int>(0, high)(random); };
  for (int round = 0; round < 60; ++round) {
    const std::string function =
        std::vector<std::string>{"row_number", "rank", "dense_rank"}[draw(2)];
    const std::optional<int64_t> top_n =
        draw(2) == 0 ? std::nullopt : std::optional<int64_t>(draw(6));
    const int num_keys = draw(5);
    const int num_values = 1 + draw(20);
    const bool has_nulls = draw(1) == 0;
    std::vector<Entry> all;
    const int num_rows = draw(300);
    for (int id = 0; id < num_rows; ++id) {
      Entry entry{.key = std::string(1, static_cast<char>('a' + draw(num_keys))),
                  .v = draw(num_values),
                  .id = id,
                  .end = 10 + 10 * draw(2)};
      if (has_nulls && draw(9) == 0) {
        entry.v = std::nullopt;
      }
      all.push_back(entry);
    }
    std::vector<std::string> expected;
    for (const Entry& entry : all) {
      const int64_t rank = RankByDefinition(function, all, entry);
      if (!top_n || rank <= *top_n) {
        expected.push_back(std::to_string(entry.id) + "|" + std::to_string(rank));
      }
    }
    std::sort(expected.begin(), expected.end());
    for (const size_t batch : {1, 7, 2048}) {
      Functions functions({.calls = function + "() OVER (PARTITION BY w, k ORDER BY v NULLS LAST)",
                           .top_n = top_n});
      for (size_t at = 0; at < all.size(); at += batch) {
        std::vector<Row> rows;
        for (size_t i = at; i < std::min(at + batch, all.size()); ++i) {
          rows.push_back({Value(all[i].key),
                          all[i].v ? Value::BIGINT(*all[i].v) : Value(LogicalType::BIGINT),
                          all[i].id, all[i].end - 10, all[i].end});
        }
        functions.Feed(rows);
      }
      std::vector<std::string> rows = IdAndValues(ShortTimesForTest(functions.driver().Finish()));
      std::sort(rows.begin(), rows.end());
      EXPECT_EQ(rows, expected) << function << " batch " << batch;
    }
  }
}

}  // namespace
}  // namespace laminar::engine
