// What the comparison with DuckDB in batch (tests/differential) does not show: late and invalid
// rows, limits, resuming, refusals.
#include "engine/operators/window_aggregate/window_aggregate.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "engine/operators/operator_for_test.h"
#include "engine/state/row_store_for_test.h"
#include "expression/aggregate_for_test.h"
#include "plan/partial_aggregate.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;
using plan::WindowSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

data::Schema InputSchema() {
  data::Schema schema;
  schema.fields = {
      {"k", LogicalType::BIGINT}, {"v", LogicalType::BIGINT}, {"t", LogicalType::VARCHAR}};
  schema.AddEventTime();
  return schema;
}

LogicalType WindowType() {
  return LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP}, {"end", LogicalType::TIMESTAMP}});
}

WindowSpec Hop(int64_t slide, int64_t width) {
  return {.kind = WindowSpec::Kind::kHop,
          .width = {width * kSecond},
          .slide = {slide * kSecond},
          .offset = {0}};
}
WindowSpec Tumble(int64_t width) {
  return {.kind = WindowSpec::Kind::kTumble,
          .width = {width * kSecond},
          .slide = {width * kSecond},
          .offset = {0}};
}
WindowSpec Session(int64_t gap) {
  return {.kind = WindowSpec::Kind::kSession,
          .width = {gap * kSecond},
          .slide = {gap * kSecond},
          .offset = {0}};
}

struct Query {
  std::string calls = "count(*)";
  std::vector<size_t> keys = {0};
};

plan::Node MakeNode(std::optional<WindowSpec> window,
                    const Query& query,
                    const data::Schema& input) {
  plan::WindowAggregateSpec spec;
  spec.window = window;
  spec.window_column = input.num_columns() - 1;
  spec.keys = query.keys;
  spec.aggregates = expression::BindAggregatesForTest(query.calls, input);
  plan::Node node;
  for (const size_t key : query.keys) {
    node.output.fields.push_back(input.fields[key]);
  }
  node.output.fields.push_back({"window", WindowType()});
  for (const expression::BoundAggregate& aggregate : spec.aggregates) {
    node.output.fields.push_back({aggregate.name, aggregate.type});
  }
  node.output.AddEventTime();
  node.spec = std::move(spec);
  return node;
}

OperatorForTest MakeDriver(WindowSpec window,
                           const Query& query = {},
                           int64_t memory_limit = int64_t{1} << 40) {
  const plan::Node node = MakeNode(window, query, InputSchema());
  return {MakeWindowAggregate(node, InputSchema()), node.output.Types(), memory_limit};
}

Value Time(int64_t micros) { return Value::TIMESTAMP(duckdb::timestamp_t(micros)); }
Value Seconds(int64_t seconds) { return Time(seconds * kSecond); }

data::Chunk Rows(const std::vector<std::vector<Value>>& rows) {
  return ChunkForTest(InputSchema().Types(), rows);
}

std::vector<std::string> Short(std::vector<std::string> rows) {
  return ShortTimesForTest(std::move(rows));
}

TEST(WindowAggregate, EmitsAWindowWhenTheWatermarkReachesItsEnd) {
  OperatorForTest driver = MakeDriver(Tumble(10), {.calls = "count(*), sum(v)", .keys = {0}});
  EXPECT_THAT(
      driver.Process(
          0, Rows({{1, 5, "a", Seconds(3)}, {2, 6, "b", Seconds(4)}, {1, 7, "c", Seconds(12)}})),
      IsEmpty());
  EXPECT_THAT(driver.Advance(10 * kSecond - 1), IsEmpty());
  EXPECT_THAT(Short(driver.Advance(10 * kSecond)),
              ElementsAre("1|[00, 10)|1|5|09.999999", "2|[00, 10)|1|6|09.999999"));
  EXPECT_THAT(Short(driver.Finish()), ElementsAre("1|[10, 20)|1|7|19.999999"));
}

TEST(WindowAggregate, CountsLateRowsOnlyWhenAllTheirWindowsAreClosed) {
  OperatorForTest driver = MakeDriver(Hop(2, 10));
  driver.Process(0, Rows({{1, 1, "a", Seconds(11)}}));
  EXPECT_THAT(Short(driver.Advance(14 * kSecond)),
              ElementsAre("1|[02, 12)|1|11.999999", "1|[04, 14)|1|13.999999"));
  // 7 is in [6, 16), which is open; the last window of 5 is [4, 14).
  driver.Process(0, Rows({{1, 1, "a", Seconds(7)},
                          {1, 1, "a", Seconds(3)},
                          {1, 1, "a", Seconds(5)},
                          {1, 1, "a", Seconds(-100)}}));
  EXPECT_EQ(driver.late_rows(), 3);
  EXPECT_THAT(Short(driver.Advance(17 * kSecond)), ElementsAre("1|[06, 16)|2|15.999999"));
  EXPECT_THAT(Short(driver.Finish()),
              ElementsAre("1|[08, 18)|1|17.999999", "1|[10, 20)|1|19.999999"));
  EXPECT_EQ(driver.late_rows(), 3);
}

TEST(WindowAggregate, AddsLateRowsToWindowsUnderWayForEveryWayOfAssembly) {
  for (const std::string calls : {"count(*)", "max(v), min(t)", "count(DISTINCT v)",
                                  "sum(DISTINCT v), max(v)", "median(v)"}) {
    for (const WindowSpec& window : {Hop(2, 10), WindowSpec{.kind = WindowSpec::Kind::kCumulate,
                                                            .width = {20 * kSecond},
                                                            .slide = {2 * kSecond},
                                                            .offset = {0}}}) {
      // One stream in order of time, one whose rows come after windows over their slices have
      // closed.
      OperatorForTest in_order = MakeDriver(window, {.calls = calls, .keys = {0}});
      OperatorForTest late = MakeDriver(window, {.calls = calls, .keys = {0}});
      const data::Chunk early = Rows({{1, 5, "some longer text", Seconds(9)},
                                      {2, 7, "x", Seconds(7)},
                                      {1, 7, "y", Seconds(9)}});
      in_order.Process(0, Rows({{1, 1, "b", Seconds(3)}}));
      late.Process(0, Rows({{1, 1, "b", Seconds(3)}}));
      in_order.Advance(6 * kSecond);
      in_order.Process(0, early.Share());
      in_order.Advance(12 * kSecond);
      late.Advance(12 * kSecond);
      late.Process(0, early.Share());
      EXPECT_EQ(late.late_rows(), 0) << calls;
      EXPECT_THAT(in_order.Advance(15 * kSecond),
                  UnorderedElementsAreArray(late.Advance(15 * kSecond)))
          << calls;
      in_order.Process(0, Rows({{1, 5, "z", Seconds(15)}}));
      late.Process(0, Rows({{1, 5, "z", Seconds(15)}}));
      EXPECT_THAT(in_order.Finish(), UnorderedElementsAreArray(late.Finish())) << calls;
    }
  }
}

TEST(WindowAggregate, DoesNotFireAgainWhatIsClosed) {
  OperatorForTest driver = MakeDriver(Hop(2, 10));
  EXPECT_THAT(driver.Advance(13 * kSecond), IsEmpty());
  driver.Process(0, Rows({{1, 1, "a", Seconds(9)}}));
  EXPECT_THAT(driver.Advance(13 * kSecond + 1), IsEmpty());
  EXPECT_THAT(
      Short(driver.Finish()),
      ElementsAre("1|[04, 14)|1|13.999999", "1|[06, 16)|1|15.999999", "1|[08, 18)|1|17.999999"));
}

TEST(WindowAggregate, DropsAndCountsTimesThatHaveNoWindow) {
  for (const WindowSpec& window : {Tumble(10), Hop(3, 10), Session(5)}) {
    OperatorForTest driver = MakeDriver(window);
    driver.Process(0, Rows({{1, 1, "a", Time(kMax)},
                            {1, 1, "a", Time(-kMax)},
                            {1, 1, "a", Time(kMax - 1)},
                            {1, 1, "a", Time(-kMax + 1)},
                            {1, 1, "a", Value()},
                            {1, 1, "a", Seconds(1)}}));
    EXPECT_EQ(driver.invalid_rows(), 5);
    EXPECT_FALSE(driver.Finish().empty());
    EXPECT_EQ(driver.late_rows(), 0);
  }
}

TEST(WindowAggregate, CrossesEmptyStretchesOfTimeAtNoCost) {
  for (const std::string calls : {"count(*)", "max(v)"}) {
    OperatorForTest driver =
        MakeDriver({.kind = WindowSpec::Kind::kHop, .width = {1000}, .slide = {1}, .offset = {0}},
                   {.calls = calls, .keys = {0}});
    constexpr int64_t kYear = int64_t{365} * 86'400 * kSecond;
    driver.Process(0, Rows({{1, 1, "a", Time(-200 * kYear)},
                            {1, 1, "a", Time(0)},
                            {1, 1, "a", Time(2000 * kYear)}}));
    EXPECT_THAT(driver.Advance(100 * kYear), SizeIs(2000));
    EXPECT_THAT(driver.Finish(), SizeIs(1000));
  }
}

TEST(WindowAggregate, PutsOutLargeWindowsChunkByChunk) {
  OperatorForTest driver = MakeDriver(Tumble(10), {.calls = "sum(v), median(v)", .keys = {0, 2}});
  for (int64_t first = 0; first < 10'000; first += 1000) {
    std::vector<std::vector<Value>> rows;
    for (int64_t i = first; i < first + 1000; ++i) {
      rows.push_back({i, i, "text " + std::to_string(i), Seconds(i % 20)});
    }
    driver.Process(0, Rows(rows));
  }
  ASSERT_TRUE(driver.op().ProcessWatermark({.time = {20 * kSecond}, .arrival = {}}).ok());
  EXPECT_THAT(driver.Drain(2), SizeIs(4096));
  const std::vector<std::string> rest = driver.Drain();
  EXPECT_THAT(rest, SizeIs(10'000 - 4096));
  EXPECT_EQ(driver.num_chunks(), 2 + 4);
  EXPECT_EQ(Short({rest.back()}).at(0), "9999|text 9999|[10, 20)|9999|9999.0|19.999999");
}

TEST(WindowAggregate, AggregatesInputThatIsWindowed) {
  data::Schema input;
  input.fields = {{"k", LogicalType::BIGINT}, {"v", LogicalType::BIGINT}, {"w", WindowType()}};
  input.AddEventTime();
  plan::Node node =
      MakeNode(std::nullopt, {.calls = "sum(v), count(DISTINCT k)", .keys = {}}, input);
  std::get<plan::WindowAggregateSpec>(node.spec).window_column = 2;
  OperatorForTest driver(MakeWindowAggregate(node, input), node.output.Types());
  const auto window = [](int64_t start, int64_t end) {
    return Value::STRUCT(WindowType(), {Seconds(start), Seconds(end)});
  };
  driver.Process(0, ChunkForTest(input.Types(), {{1, 10, window(0, 10), Seconds(9)},
                                                 {2, 20, window(0, 10), Seconds(9)},
                                                 {2, 40, window(5, 10), Seconds(9)},
                                                 {2, 80, Value(WindowType()), Seconds(9)},
                                                 {1, 1, window(10, 20), Seconds(19)}}));
  EXPECT_EQ(driver.invalid_rows(), 1);
  EXPECT_THAT(Short(driver.Advance(10 * kSecond)),
              ElementsAre("[00, 10)|30|2|09.999999", "[05, 10)|40|1|09.999999"));
  driver.Process(0, ChunkForTest(input.Types(), {{1, 10, window(0, 10), Seconds(9)}}));
  EXPECT_EQ(driver.late_rows(), 1);
  EXPECT_THAT(Short(driver.Finish()), ElementsAre("[10, 20)|1|1|19.999999"));
}

TEST(WindowAggregate, CountsLateRowsOfPartialStatesByTheirRows) {
  const data::Schema input = InputSchema();
  const plan::Node whole = MakeNode(Tumble(10), {.calls = "count(*), max(t)", .keys = {0}}, input);
  const auto& spec = std::get<plan::WindowAggregateSpec>(whole.spec);
  ASSERT_TRUE(plan::CanSplit(spec));
  plan::Node local;
  local.spec = plan::LocalSpec(spec);
  local.output = plan::PartialSchema(spec, input);
  plan::Node global = whole;
  global.spec = plan::GlobalSpec(spec);
  const std::unique_ptr<Operator> locals = MakeWindowAggregate(local, input);
  MemoryForTest budget;
  OperatorMetrics metrics;
  OperatorContext context{.clock = base::SystemClock(), .memory = budget, .metrics = metrics};
  ASSERT_TRUE(locals->Open(context).ok());
  OperatorForTest driver(MakeWindowAggregate(global, local.output), global.output.Types());
  driver.Advance(10 * kSecond);
  ASSERT_TRUE(
      locals
          ->Process(
              0, Rows({{1, 1, "a", Seconds(1)}, {1, 1, "b", Seconds(2)}, {1, 1, "c", Seconds(12)}}))
          .ok());
  ASSERT_TRUE(locals->EndInput(0).ok());
  for (auto chunk = locals->Produce(); chunk.ok() && chunk->has_value();
       chunk = locals->Produce()) {
    driver.Process(0, std::move(**chunk));
  }
  locals->Close();
  EXPECT_EQ(driver.late_rows(), 2);
  EXPECT_THAT(Short(driver.Finish()), ElementsAre("1|[10, 20)|1|c|19.999999"));
}

TEST(LocalAggregate, HoldsStatesUntilAWindowOverThemCloses) {
  const data::Schema input = InputSchema();
  const plan::Node whole = MakeNode(Hop(2, 10), {.calls = "count(*)", .keys = {0}}, input);
  const auto& spec = std::get<plan::WindowAggregateSpec>(whole.spec);
  plan::Node local;
  local.spec = plan::LocalSpec(spec);
  local.output = plan::PartialSchema(spec, input);
  OperatorForTest driver(MakeWindowAggregate(local, input), local.output.Types());
  EXPECT_THAT(
      driver.Process(
          0, Rows({{1, 1, "a", Seconds(0)}, {1, 1, "a", Seconds(1)}, {1, 1, "a", Seconds(1)}})),
      IsEmpty());
  EXPECT_THAT(driver.Advance(1 * kSecond), IsEmpty());
  EXPECT_THAT(driver.Process(0, Rows({{1, 1, "a", Seconds(1)}, {1, 1, "a", Seconds(3)}})),
              IsEmpty());
  EXPECT_THAT(Short(driver.Advance(2 * kSecond)), ElementsAre("1|[00, 02)|4|4|01.999999"));
  EXPECT_THAT(Short(driver.Finish()), ElementsAre("1|[02, 04)|1|1|03.999999"));
}

TEST(LocalAggregate, SendsStatesAtOnceWhereKeysDoNotRepeat) {
  const data::Schema input = InputSchema();
  const plan::Node whole = MakeNode(Tumble(10), {.calls = "count(*)", .keys = {0}}, input);
  const auto& spec = std::get<plan::WindowAggregateSpec>(whole.spec);
  plan::Node local;
  local.spec = plan::LocalSpec(spec);
  local.output = plan::PartialSchema(spec, input);
  OperatorForTest driver(MakeWindowAggregate(local, input), local.output.Types());
  std::vector<std::vector<Value>> rows;
  for (int64_t i = 0; i < 1000; ++i) {
    rows.push_back({i, i, "a", Seconds(i % 10)});
  }
  EXPECT_THAT(driver.Process(0, Rows(rows)), SizeIs(1000));
  EXPECT_THAT(driver.Finish(), IsEmpty());
}

TEST(SessionAggregate, ExtendsMergesAndClosesSessions) {
  OperatorForTest driver =
      MakeDriver(Session(5), {.calls = "count(*), sum(v), first(t), list(v)", .keys = {0}});
  driver.Process(
      0, Rows({{1, 1, "a", Seconds(10)}, {2, 2, "b", Seconds(10)}, {1, 4, "c", Seconds(15)}}));
  // Apart by more than the gap, then tied together by a row in between.
  driver.Process(0, Rows({{1, 8, "d", Seconds(26)}, {1, 16, "e", Seconds(30)}}));
  driver.Process(0, Rows({{1, 32, "f", Seconds(21)}, {1, 64, "g", Seconds(20)}}));
  EXPECT_THAT(Short(driver.Advance(15 * kSecond)), IsEmpty());
  EXPECT_THAT(Short(driver.Advance(15 * kSecond + 1)),
              ElementsAre("2|[10, 15)|1|2|b|[2]|14.999999"));
  EXPECT_THAT(Short(driver.Finish()),
              ElementsAre("1|[10, 35)|6|125|a|[1, 4, 8, 16, 32, 64]|34.999999"));
  EXPECT_EQ(driver.late_rows(), 0);
}

TEST(SessionAggregate, CountsRowsLateThatNoOpenSessionTakes) {
  OperatorForTest driver = MakeDriver(Session(5));
  driver.Process(0, Rows({{1, 1, "a", Seconds(10)}, {1, 1, "a", Seconds(18)}}));
  EXPECT_THAT(Short(driver.Advance(16 * kSecond)), ElementsAre("1|[10, 15)|1|14.999999"));
  // 10 s would be a session that has ended; 13 s belongs to the one that is open.
  driver.Process(
      0, Rows({{1, 1, "a", Seconds(10)}, {2, 1, "a", Seconds(1)}, {1, 1, "a", Seconds(13)}}));
  EXPECT_EQ(driver.late_rows(), 2);
  EXPECT_EQ(driver.op().OutputWatermark({16 * kSecond}).micros, 16 * kSecond - 1);
  EXPECT_EQ(driver.op().OutputWatermark(data::EventTime::Max()), data::EventTime::Max());
  EXPECT_THAT(Short(driver.Finish()), ElementsAre("1|[13, 23)|2|22.999999"));
}

TEST(SessionAggregate, BearsManyOpenSessionsOfOneKey) {
  OperatorForTest driver = MakeDriver(Session(1));
  for (int64_t first = 0; first < 20'000; first += 1000) {
    std::vector<std::vector<Value>> rows;
    for (int64_t i = first; i < first + 1000; ++i) {
      rows.push_back({7, 1, "a", Seconds(i * 3)});
    }
    driver.Process(0, Rows(rows));
  }
  EXPECT_THAT(driver.Finish(), SizeIs(20'000));
}

TEST(WindowAggregate, FailsWhenTheBudgetIsExceeded) {
  for (const std::string calls : {"count(*)", "count(DISTINCT v)", "median(v)"}) {
    for (const WindowSpec& window : {Tumble(10), Session(5)}) {
      const plan::Node node = MakeNode(window, {.calls = calls, .keys = {0}}, InputSchema());
      const std::unique_ptr<Operator> op = MakeWindowAggregate(node, InputSchema());
      MemoryForTest budget(60'000);
      OperatorMetrics metrics;
      OperatorContext context{.clock = base::SystemClock(), .memory = budget, .metrics = metrics};
      ASSERT_TRUE(op->Open(context).ok());
      absl::Status status;
      for (int64_t first = 0; first < 10'000 && status.ok(); first += 1000) {
        std::vector<std::vector<Value>> rows;
        for (int64_t i = first; i < first + 1000; ++i) {
          rows.push_back({i, i, "a", Seconds(1)});
        }
        status = op->Process(0, Rows(rows));
      }
      EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << calls;
      op->Close();
      EXPECT_EQ(budget.used_bytes(), 0) << calls;
    }
  }
}

// The error of a window over rows that lie in a row store and cannot be read.
absl::Status ErrorOfUnreadableWindow(const WindowSpec& window, const std::string& calls) {
  const plan::Node node = MakeNode(window, {.calls = calls, .keys = {0}}, InputSchema());
  const std::unique_ptr<Operator> op = MakeWindowAggregate(node, InputSchema());
  RowStoreForTest memory;
  OperatorMetrics metrics;
  OperatorContext context{.clock = base::SystemClock(), .memory = memory, .metrics = metrics};
  EXPECT_TRUE(op->Open(context).ok());
  constexpr int64_t kRowsPerChunk = 2000;
  constexpr int64_t kNumRows = 60'000;
  for (int64_t first = 0; first < kNumRows; first += kRowsPerChunk) {
    std::vector<std::vector<Value>> rows;
    for (int64_t i = first; i < first + kRowsPerChunk; ++i) {
      rows.push_back({calls == "count(DISTINCT v)" ? i % 10 : i, i, "a", Seconds(1 + i % 20)});
    }
    const absl::Status processed = op->Process(0, Rows(rows));
    EXPECT_TRUE(processed.ok()) << processed;
  }
  memory.BreakFiles();
  EXPECT_TRUE(op->ProcessWatermark({.time = {kMax}, .arrival = {}}).ok());
  absl::Status status;
  for (bool done = false; !done;) {
    const auto chunk = op->Produce();
    status = chunk.status();
    done = !chunk.ok() || !chunk->has_value();
  }
  op->Close();
  return status;
}

TEST(WindowAggregate, FailsWhereRowsOfAWindowCannotBeRead) {
  for (const std::string calls : {"count(*)", "max(v)", "count(DISTINCT v)"}) {
    for (const WindowSpec& window : {Tumble(20), Hop(5, 10), Hop(5, 20)}) {
      if (calls == "count(DISTINCT v)" && window.kind == WindowSpec::Kind::kTumble) {
        continue;  // the set of a single slice is not read again
      }
      const absl::Status status = ErrorOfUnreadableWindow(window, calls);
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable)
          << calls << " " << window.width.micros << " " << status;
    }
  }
}

TEST(WindowAggregate, CountsWhatFunctionsOverAllValuesKeep) {
  for (const WindowSpec& window : {Tumble(10), Hop(2, 10), Session(5)}) {
    std::vector<std::vector<Value>> rows;
    for (int64_t i = 0; i < 2000; ++i) {
      rows.push_back({1, i, "a text that is not inlined", Seconds(1)});
    }
    const plan::Node node = MakeNode(window, {.calls = "list(t)", .keys = {0}}, InputSchema());
    int64_t bytes_of_rows = 0;
    for (const bool is_enough : {true, false}) {
      const std::unique_ptr<Operator> op = MakeWindowAggregate(node, InputSchema());
      MemoryForTest budget(is_enough ? int64_t{1} << 40 : bytes_of_rows + 1000);
      OperatorMetrics metrics;
      OperatorContext context{.clock = base::SystemClock(), .memory = budget, .metrics = metrics};
      ASSERT_TRUE(op->Open(context).ok());
      ASSERT_TRUE(op->Process(0, Rows(rows)).ok());
      bytes_of_rows = budget.used_bytes();
      ASSERT_TRUE(op->ProcessWatermark({.time = {100 * kSecond}, .arrival = {}}).ok());
      EXPECT_EQ(op->Produce().status().code(),
                is_enough ? absl::StatusCode::kOk : absl::StatusCode::kResourceExhausted);
      op->Close();
      EXPECT_EQ(budget.used_bytes(), 0);
    }
  }
}

TEST(WindowAggregate, RefusesWindowsThatMakeNoSense) {
  for (const WindowSpec& window : {Tumble(0), Hop(0, 5), Session(0), Session(-1)}) {
    const plan::Node node = MakeNode(window, {}, InputSchema());
    const std::unique_ptr<Operator> op = MakeWindowAggregate(node, InputSchema());
    MemoryForTest budget;
    OperatorMetrics metrics;
    OperatorContext context{.clock = base::SystemClock(), .memory = budget, .metrics = metrics};
    EXPECT_EQ(op->Open(context).code(), absl::StatusCode::kInvalidArgument);
    op->Close();
  }
}

TEST(WindowAggregate, PassesOnErrorsOfFunctions) {
  data::Schema input;
  input.fields = {{"h", LogicalType::HUGEINT}, {"d", LogicalType::DOUBLE}};
  input.AddEventTime();
  for (const std::string calls : {"sum(h)", "stddev(d)"}) {
    const plan::Node node = MakeNode(Tumble(10), {.calls = calls, .keys = {}}, input);
    const std::unique_ptr<Operator> op = MakeWindowAggregate(node, input);
    MemoryForTest budget;
    OperatorMetrics metrics;
    OperatorContext context{.clock = base::SystemClock(), .memory = budget, .metrics = metrics};
    ASSERT_TRUE(op->Open(context).ok());
    absl::Status status = op->Process(
        0,
        ChunkForTest(input.Types(),
                     {{Value("170141183460469231731687303715884105727"), Value("inf"), Seconds(1)},
                      {Value("170141183460469231731687303715884105727"), Value(1), Seconds(1)}}));
    if (status.ok()) {
      ASSERT_TRUE(op->ProcessWatermark({.time = data::EventTime::Max(), .arrival = {}}).ok());
      status = op->Produce().status();
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << calls;
    op->Close();
  }
}

TEST(WindowAggregate, TellsItsStateInGauges) {
  OperatorForTest driver = MakeDriver(Tumble(10));
  driver.Process(0, Rows({{1, 1, "a", Seconds(1)}, {2, 1, "a", Seconds(1)}}));
  driver.Advance(1);
  EXPECT_EQ(driver.metrics().state_keys.Get(), 2);
  EXPECT_EQ(driver.metrics().state_bytes.Get(), driver.budget().used_bytes());
}

}  // namespace
}  // namespace laminar::engine
