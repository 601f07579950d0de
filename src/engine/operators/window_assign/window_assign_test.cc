#include "engine/operators/window_assign/window_assign.h"

#include <limits>

#include "gmock/gmock.h"

#include "engine/operators/operator_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = plan::WindowSpec::Kind;

constexpr int64_t kSecond = 1'000'000;

data::Schema InputSchema() {
  data::Schema schema;
  schema.fields = {{"k", LogicalType::INTEGER}, {"t", LogicalType::TIMESTAMP}};
  schema.AddEventTime();
  return schema;
}

plan::Node MakeNode(plan::WindowSpec window, size_t time_column) {
  plan::Node node;
  node.spec = plan::WindowAssignSpec{.window = window, .time_column = time_column};
  node.output.fields = {{"k", LogicalType::INTEGER}, {"t", LogicalType::TIMESTAMP}};
  node.output.fields.push_back({"window", LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP},
                                                               {"end", LogicalType::TIMESTAMP}})});
  node.output.AddEventTime();
  return node;
}

Value Time(int64_t micros) { return Value::TIMESTAMP(duckdb::timestamp_t(micros)); }

// Rows of (k, t, event time), all times in seconds.
data::Chunk Rows(const std::vector<std::pair<int, int64_t>>& rows) {
  std::vector<std::vector<Value>> values;
  for (const auto& [k, seconds] : rows) {
    values.push_back({Value::INTEGER(k), Time(seconds * kSecond), Time(seconds * kSecond)});
  }
  return ChunkForTest(InputSchema().Types(), values);
}

OperatorForTest MakeDriver(plan::WindowSpec window, size_t time_column = 2) {
  const plan::Node node = MakeNode(window, time_column);
  return OperatorForTest(MakeWindowAssign(node, InputSchema()), node.output.Types());
}

plan::WindowSpec Seconds(Kind kind, int64_t slide, int64_t width) {
  return {.kind = kind, .width = {width * kSecond}, .slide = {slide * kSecond}, .offset = {0}};
}

TEST(WindowAssign, AppendsTheWindowAndSetsTheEventTime) {
  auto driver = MakeDriver(Seconds(Kind::kTumble, 10, 10));
  EXPECT_THAT(ShortTimesForTest(driver.Process(0, Rows({{1, 3}, {2, 9}}))),
              ElementsAre("1|03|[00, 10)|09.999999", "2|09|[00, 10)|09.999999"));
  EXPECT_THAT(ShortTimesForTest(driver.Process(0, Rows({{3, 10}, {4, 5}}))),
              ElementsAre("3|10|[10, 20)|19.999999", "4|05|[00, 10)|09.999999"));
}

TEST(WindowAssign, RepeatsRowsForOverlappingWindows) {
  auto driver = MakeDriver(Seconds(Kind::kHop, 5, 10));
  EXPECT_THAT(ShortTimesForTest(driver.Process(0, Rows({{1, 12}, {2, 16}}))),
              ElementsAre("1|12|[05, 15)|14.999999", "1|12|[10, 20)|19.999999",
                          "2|16|[10, 20)|19.999999", "2|16|[15, 25)|24.999999"));
}

TEST(WindowAssign, CumulatesTowardsTheGreatestWidth) {
  auto driver = MakeDriver(Seconds(Kind::kCumulate, 10, 30));
  EXPECT_THAT(ShortTimesForTest(driver.Process(0, Rows({{1, 15}}))),
              ElementsAre("1|15|[00, 20)|19.999999", "1|15|[00, 30)|29.999999"));
}

TEST(WindowAssign, DropsRowsOfClosedWindowsAndCountsThem) {
  auto driver = MakeDriver(Seconds(Kind::kHop, 5, 10));
  EXPECT_THAT(driver.Advance(15 * kSecond), IsEmpty());
  EXPECT_THAT(ShortTimesForTest(driver.Process(0, Rows({{1, 4}, {2, 12}, {3, 1}}))),
              ElementsAre("2|12|[10, 20)|19.999999"));
  EXPECT_EQ(driver.late_rows(), 2);
}

TEST(WindowAssign, ForgetsWindowsOfRowsBeforeTheWatermark) {
  auto driver = MakeDriver(Seconds(Kind::kTumble, 10, 10));
  EXPECT_EQ(driver.Process(0, Rows({{1, 3}})).size(), 1);
  EXPECT_THAT(driver.Advance(10 * kSecond), IsEmpty());
  EXPECT_THAT(driver.Process(0, Rows({{1, 3}})), IsEmpty());
  EXPECT_EQ(driver.late_rows(), 1);
}

TEST(WindowAssign, AssignsByAnotherTimeColumn) {
  auto driver = MakeDriver(Seconds(Kind::kTumble, 10, 10), /*time_column=*/1);
  data::Chunk chunk = ChunkForTest(InputSchema().Types(),
                                   {{Value::INTEGER(1), Time(25 * kSecond), Time(3 * kSecond)},
                                    {Value::INTEGER(2), Value(), Time(3 * kSecond)}});
  EXPECT_THAT(ShortTimesForTest(driver.Process(0, std::move(chunk))),
              ElementsAre("1|25|[20, 30)|29.999999"));
  EXPECT_EQ(driver.invalid_rows(), 1) << "a row without a time has no window";
  EXPECT_EQ(driver.late_rows(), 0);
}

TEST(WindowAssign, KeepsRowKindsAndArrival) {
  auto driver = MakeDriver(Seconds(Kind::kHop, 5, 10));
  data::Chunk chunk = Rows({{1, 12}, {2, 16}});
  chunk.row_kinds() = {data::RowKind::kDelete, data::RowKind::kInsert};
  chunk.set_arrival({.nanos = 5});
  ASSERT_TRUE(driver.op().Process(0, std::move(chunk)).ok());
  auto output = driver.op().Produce();
  ASSERT_TRUE(output.ok() && output->has_value());
  EXPECT_EQ((*output)->arrival().nanos, 5);
  EXPECT_THAT((*output)->row_kinds(), ElementsAre(data::RowKind::kDelete, data::RowKind::kDelete,
                                                  data::RowKind::kInsert, data::RowKind::kInsert));
}

TEST(WindowAssign, HandsManyWindowsOutChunkByChunk) {
  // A microsecond's slide in a window of 30 days: 2.6e12 windows per row. Only what is asked for is
  // made.
  auto driver = MakeDriver(
      {.kind = Kind::kHop, .width = {30 * 86400 * kSecond}, .slide = {1}, .offset = {0}});
  ASSERT_TRUE(driver.op().Process(0, Rows({{1, 100}, {2, 100}})).ok());
  const std::vector<std::string> rows = ShortTimesForTest(driver.Drain(/*num_chunks_max=*/20));
  ASSERT_EQ(rows.size(), 20 * 2048);
  EXPECT_EQ(rows[1],
            "1|1970-01-01 00:01:40|[1969-12-02 00:01:40.000002, 1970-01-01 00:01:40.000002)"
            "|1970-01-01 00:01:40.000001");
}

TEST(WindowAssign, SurvivesTheLimitsOfTime) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  auto driver = MakeDriver(Seconds(Kind::kHop, 5, 10));
  std::vector<std::vector<Value>> rows;
  for (const int64_t time : {kMin, kMin + 1, kMin + 2, int64_t{0}, kMax - 1, kMax}) {
    rows.push_back({Value::INTEGER(1), Value(), Time(time)});
  }
  EXPECT_EQ(driver.Process(0, ChunkForTest(InputSchema().Types(), rows)).size(), 2);
  EXPECT_EQ(driver.invalid_rows(), 5);
  EXPECT_THAT(driver.Finish(), IsEmpty());
  EXPECT_THAT(driver.Process(0, Rows({{1, 1}})), IsEmpty());
}

TEST(WindowAssign, GivesTheSameRowsForEveryBatchSize) {
  std::vector<std::vector<std::string>> results;
  for (const size_t batch : {1, 7, 2048}) {
    auto driver = MakeDriver(Seconds(Kind::kHop, 3, 10));
    std::vector<std::string> all;
    std::vector<std::pair<int, int64_t>> pending;
    for (int i = 0; i < 3000; ++i) {
      pending.emplace_back(i, (i * 7919) % 50 + i / 10);
      if (pending.size() == batch || i == 2999) {
        const auto rows = driver.Process(0, Rows(pending));
        all.insert(all.end(), rows.begin(), rows.end());
        pending.clear();
      }
    }
    results.push_back(std::move(all));
  }
  EXPECT_GT(results[0].size(), 9000);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

}  // namespace
}  // namespace laminar::engine
