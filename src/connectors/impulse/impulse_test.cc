#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/api/harness_for_test.h"
#include "connectors/impulse/impulse_connector.h"
#include "connectors/impulse/impulse_source.h"

namespace laminar::connectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

data::ConnectorTable TableOf(const std::vector<std::pair<std::string, std::string>>& options) {
  data::ConnectorTable table;
  table.name = "counts";
  table.connector = "impulse";
  table.options = MakeOptions(ImpulseConnector().source_options(), options);
  table.schema = impulse::ImpulseSchema();
  return table;
}

TEST(Impulse, CountsWithTimesThatAreAlikeInEachRun) {
  const ImpulseConnector connector;
  const data::ConnectorTable table =
      TableOf({{"message_count", "3"}, {"event_time_interval", "1 second"}});
  SourceHarness source(connector, table);
  ASSERT_TRUE(source.Open().ok());
  EXPECT_THAT(*source.ReadAll(), ElementsAre("0,0,1970-01-01 00:00:00", "1,0,1970-01-01 00:00:01",
                                             "2,0,1970-01-01 00:00:02"));
  EXPECT_EQ(source.counters().rows, 3);
}

TEST(Impulse, SubtasksCountEachNumberOnce) {
  const ImpulseConnector connector;
  const data::ConnectorTable table = TableOf({{"message_count", "10001"}});
  std::vector<int64_t> counters;
  for (int subtask = 0; subtask < 4; ++subtask) {
    SourceHarness source(connector, table, subtask, 4);
    ASSERT_TRUE(source.Open({0}).ok());
    const absl::StatusOr<std::vector<std::string>> rows = source.ReadAll();
    ASSERT_TRUE(rows.ok()) << rows.status();
    for (const std::string& row : *rows) {
      counters.push_back(std::stoll(row));
      EXPECT_EQ(counters.back() % 4, subtask);
    }
  }
  std::ranges::sort(counters);
  ASSERT_EQ(counters.size(), 10001);
  EXPECT_EQ(counters.front(), 0);
  EXPECT_EQ(counters.back(), 10000);
  EXPECT_EQ(std::ranges::adjacent_find(counters), counters.end());
}

TEST(Impulse, ComesAtItsRateAndCatchesUp) {
  const ImpulseConnector connector;
  const data::ConnectorTable table = TableOf({{"event_rate", "500"}});
  ManualClock clock;
  SourceHarness source(connector, table, 0, 1, clock);
  ASSERT_TRUE(source.Open({2, 0}).ok());
  const base::MonotonicTime start = clock.Now();
  data::Chunk chunk;
  EXPECT_EQ(source.Poll(chunk)->state, PollState::kChunk);
  EXPECT_EQ(chunk.num_rows(), 1);
  const PollResult idle = *source.Poll(chunk);
  EXPECT_EQ(idle.state, PollState::kIdle);
  EXPECT_EQ(idle.wake_at.nanos, start.nanos + 2'000'000);
  clock.Advance(1'000'000'000);
  const PollResult late = *source.Poll(chunk);
  EXPECT_EQ(late.state, PollState::kChunk);
  EXPECT_EQ(chunk.num_rows(), 500);
  EXPECT_EQ(chunk.arrival().nanos, start.nanos + 2'000'000);
  // Events are 2 ms apart from the second at which the source was opened.
  EXPECT_EQ(RowsOf(chunk)[0], "2020-09-13 12:26:41.002,1");
  EXPECT_EQ(late.watermark->micros, 1'600'000'001'000'000 + 501 * 2000);
}

TEST(Impulse, GivesWhatComesWithinAMillisecondTogether) {
  const ImpulseConnector connector;
  const data::ConnectorTable table = TableOf({{"rate", "100000"}});
  ManualClock clock;
  SourceHarness source(connector, table, 0, 1, clock);
  ASSERT_TRUE(source.Open({0}).ok());
  data::Chunk chunk;
  ASSERT_EQ(source.Poll(chunk)->state, PollState::kChunk);
  EXPECT_EQ(source.Poll(chunk)->wake_at.nanos, clock.Now().nanos + 1'000'000);
  clock.Advance(1'000'000);
  ASSERT_EQ(source.Poll(chunk)->state, PollState::kChunk);
  EXPECT_EQ(chunk.num_rows(), 100);
}

TEST(Impulse, EndsAtOnceWhenNothingIsWanted) {
  const ImpulseConnector connector;
  const data::ConnectorTable table = TableOf({{"message_count", "0"}});
  SourceHarness source(connector, table);
  ASSERT_TRUE(source.Open().ok());
  EXPECT_TRUE(source.ReadAll()->empty());
}

TEST(Impulse, RefusesTimesThatATimestampCannotHold) {
  const ImpulseConnector connector;
  const std::vector<std::pair<std::string, std::string>> century = {
      {"event_time_interval", "100000000 days"}};
  std::vector<std::pair<std::string, std::string>> four = century;
  four.emplace_back("message_count", "2");
  EXPECT_TRUE(connector.Validate(TableOf(four)).ok());
  four.back().second = "4";
  EXPECT_THAT(std::string(base::FromAbsl(connector.Validate(TableOf(four)).message())),
              HasSubstr("option event_time_interval: event 2 comes after the year 294246"));
  // Without an end, those that have a time come first.
  std::vector<std::pair<std::string, std::string>> endless = century;
  endless.emplace_back("base_time", "1970-01-01");
  const data::ConnectorTable table = TableOf(endless);
  SourceHarness source(connector, table);
  ASSERT_TRUE(source.Open({2}).ok());
  data::Chunk chunk;
  absl::StatusOr<PollResult> result = source.Poll(chunk);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(RowsOf(chunk), ElementsAre("1970-01-01 00:00:00", "275760-09-13 00:00:00"));
  EXPECT_EQ(result->watermark, std::nullopt);
  result = source.Poll(chunk);
  EXPECT_THAT(std::string(base::FromAbsl(result.status().message())),
              HasSubstr("option event_time_interval: event 2"));
}

TEST(Impulse, RefusesOptionsThatMakeNoSense) {
  const ImpulseConnector connector;
  EXPECT_TRUE(connector.Validate(TableOf({{"event_rate", "1"}})).ok());
  EXPECT_THAT(
      std::string(base::FromAbsl(connector.Validate(TableOf({{"event_rate", "-1"}})).message())),
      HasSubstr("option event_rate must be 0"));
  EXPECT_THAT(
      std::string(base::FromAbsl(connector.Validate(TableOf({{"base_time", "x"}})).message())),
      HasSubstr("option base_time"));
  data::ConnectorTable table = TableOf({});
  table.schema.fields[0].name = "count";
  EXPECT_THAT(std::string(base::FromAbsl(connector.Validate(table).message())),
              HasSubstr("no column count"));
}

TEST(Impulse, GoesOnAtAnyParallelismWithTheSameRows) {
  const ImpulseConnector connector;
  const data::ConnectorTable table =
      TableOf({{"message_count", "100000"}, {"event_time_interval", "1 second"}});
  auto whole = ReadInterrupted(connector, table, {3}, 0);
  ASSERT_TRUE(whole.ok()) << whole.status();
  std::ranges::sort(*whole);
  for (const std::vector<int>& walk :
       {std::vector<int>{3, 1, 1}, {3, 5, 2}, {3, 3, 3}, {3, 2, 4, 1}}) {
    auto rows = ReadInterrupted(connector, table, walk, 3);
    ASSERT_TRUE(rows.ok()) << rows.status();
    std::ranges::sort(*rows);
    EXPECT_EQ(*rows, *whole);
  }
}

TEST(Impulse, ItsPromiseIsThatOfAllItsSplits) {
  const ImpulseConnector connector;
  const data::ConnectorTable table =
      TableOf({{"message_count", "10000"}, {"event_time_interval", "1 second"}});
  std::vector<data::SplitPosition> positions;
  for (int subtask = 0; subtask < 2; ++subtask) {
    SourceHarness source(connector, table, subtask, 2);
    ASSERT_TRUE(source.Open().ok());
    std::vector<std::string> rows;
    for (int poll = 0; poll < subtask; ++poll) {
      ASSERT_TRUE(*source.ReadMore(rows));
    }
    positions.push_back((*source.Positions())[0]);
  }
  SourceHarness source(connector, table);
  source.Restore(positions);
  ASSERT_TRUE(source.Open().ok());
  // The second subtask had come to 4097, the first had not begun.
  data::Chunk chunk;
  PollResult poll = *source.Poll(chunk);
  EXPECT_EQ(RowsOf(chunk)[0], "0,0,1970-01-01 00:00:00");
  EXPECT_EQ(poll.watermark->micros, 4096'000'000);
  EXPECT_FALSE(poll.splits_wait);
  poll = *source.Poll(chunk);
  EXPECT_EQ(RowsOf(chunk)[0], "4096,0,1970-01-01 01:08:16");
  EXPECT_EQ(poll.watermark->micros, 4097'000'000);
  EXPECT_TRUE(poll.splits_wait);
}

TEST(Impulse, GoesOnAtItsRateAndTimesWithoutCatchingUp) {
  const ImpulseConnector connector;
  const data::ConnectorTable table = TableOf({{"event_rate", "1000"}});
  ManualClock clock;
  std::vector<data::SplitPosition> positions;
  std::string next;
  {
    SourceHarness source(connector, table, 0, 1, clock);
    ASSERT_TRUE(source.Open().ok());
    clock.Advance(1'999'000'000);
    data::Chunk chunk;
    ASSERT_EQ(source.Poll(chunk)->state, PollState::kChunk);
    EXPECT_EQ(chunk.num_rows(), 2000);
    positions = *source.Positions();
    clock.Advance(1'000'000);
    ASSERT_EQ(source.Poll(chunk)->state, PollState::kChunk);
    next = RowsOf(chunk)[0];
  }
  clock.Advance(3600'000'000'000);
  SourceHarness source(connector, table, 0, 1, clock);
  source.Restore(positions);
  ASSERT_TRUE(source.Open().ok());
  data::Chunk chunk;
  ASSERT_EQ(source.Poll(chunk)->state, PollState::kChunk);
  EXPECT_EQ(chunk.num_rows(), 1);
  EXPECT_EQ(RowsOf(chunk)[0], next);
}

TEST(Impulse, RefusesPositionsThatAreNotItsOwn) {
  const ImpulseConnector connector;
  const data::ConnectorTable table = TableOf({{"message_count", "10"}});
  const auto error = [&](const std::vector<data::SplitPosition>& positions) {
    SourceHarness source(connector, table);
    source.Restore(positions);
    const absl::Status status = source.Open();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    return std::string(base::FromAbsl(status.message()));
  };
  EXPECT_THAT(error({{"a.json", "{}"}}), HasSubstr("none of this source's: a.json"));
  EXPECT_THAT(error({{"0", "["}}), HasSubstr("position of split 0 cannot be read: ["));
  EXPECT_THAT(error({{"0", "{}"}}), HasSubstr("position of split 0 lacks splits: {}"));
  EXPECT_THAT(error({{"0", R"({"splits":2})"}}), HasSubstr("1 positions of a source of 2 splits"));
  EXPECT_THAT(error({{"0", R"({"splits":1})"}}), HasSubstr("lacks next"));
}

}  // namespace
}  // namespace laminar::connectors
