#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/api/harness_for_test.h"
#include "connectors/nexmark/nexmark_connector.h"
#include "connectors/nexmark/nexmark_generator.h"

namespace laminar::connectors {
namespace {

using nexmark::NexmarkSchema;
using ::testing::HasSubstr;

data::ConnectorTable TableOf(const std::vector<std::pair<std::string, std::string>>& options) {
  data::ConnectorTable table;
  table.name = "events";
  table.connector = "nexmark";
  table.options = MakeOptions(NexmarkConnector().source_options(), options);
  table.schema = NexmarkSchema();
  return table;
}

std::vector<std::string> ReadShare(const data::ConnectorTable& table,
                                   int subtask,
                                   int parallelism) {
  const NexmarkConnector connector;
  SourceHarness source(connector, table, subtask, parallelism);
  EXPECT_TRUE(source.Open().ok());
  absl::StatusOr<std::vector<std::string>> rows = source.ReadAll();
  EXPECT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(source.counters().rows, static_cast<int64_t>(rows->size()));
  EXPECT_GT(source.counters().generator_cpu_nanos, 0);
  return *std::move(rows);
}

std::multiset<std::string> ReadAtParallelism(const data::ConnectorTable& table, int parallelism) {
  std::multiset<std::string> rows;
  for (int subtask = 0; subtask < parallelism; ++subtask) {
    for (std::string& row : ReadShare(table, subtask, parallelism)) {
      rows.insert(std::move(row));
    }
  }
  return rows;
}

uint64_t ChecksumOf(const std::multiset<std::string>& rows) {
  // FNV-1a over all characters.
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string& row : rows) {
    for (const char c : row) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
  }
  return hash;
}

// Values of a struct field in the rows where the struct is set.
std::vector<data::Value> FieldOf(const data::Chunk& chunk, size_t column, size_t field) {
  std::vector<data::Value> values;
  for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
    const data::Value value = chunk.column(column).GetValue(row);
    if (!value.IsNull()) {
      values.push_back(duckdb::StructValue::GetChildren(value)[field]);
    }
  }
  return values;
}

nexmark::GeneratorOptions AllColumns() {
  nexmark::GeneratorOptions options;
  options.columns = {0, 1, 2, 3};
  return options;
}

TEST(Nexmark, GivesTheSameEventsAtAnyParallelism) {
  const data::ConnectorTable table = TableOf({{"events", "10123"}});
  const std::multiset<std::string> one = ReadAtParallelism(table, 1);
  EXPECT_EQ(one.size(), 10123);
  EXPECT_EQ(one, ReadAtParallelism(table, 2));
  EXPECT_EQ(one, ReadAtParallelism(table, 4));
}

TEST(Nexmark, GivesTheSameEventsWithAndWithoutARate) {
  const auto fast =
      ReadAtParallelism(TableOf({{"events", "3000"}, {"event_time_rate", "1000000"}}), 1);
  EXPECT_EQ(fast, ReadAtParallelism(TableOf({{"events", "3000"}, {"event_rate", "1000000"}}), 1));
  EXPECT_EQ(fast, ReadAtParallelism(TableOf({{"events", "3000"}, {"event_rate", "1000000"}}), 3));
}

TEST(Nexmark, ReplaysExactlyThePreparedStream) {
  const auto live = ReadAtParallelism(TableOf({{"events", "7001"}}), 1);
  EXPECT_EQ(live, ReadAtParallelism(TableOf({{"events", "7001"}, {"replay", "true"}}), 2));
}

TEST(Nexmark, PlainStringsEqualDictionaries) {
  const auto dictionaries = ReadAtParallelism(TableOf({{"events", "2500"}}), 1);
  EXPECT_EQ(dictionaries,
            ReadAtParallelism(TableOf({{"events", "2500"}, {"dictionary", "false"}}), 1));
}

TEST(Nexmark, EventsOfASeedNeverChange) {
  EXPECT_EQ(ChecksumOf(ReadAtParallelism(TableOf({{"events", "5000"}}), 1)), 917004752238452850u);
  EXPECT_EQ(ChecksumOf(ReadAtParallelism(TableOf({{"events", "5000"}, {"seed", "42"}}), 1)),
            12295870765671086801u);
}

TEST(Nexmark, OneKindIsSetInEachRow) {
  nexmark::NexmarkGenerator generator(AllColumns());
  // Neither at the beginning of an epoch nor of the usual size.
  const data::Chunk chunk = generator.Generate({17, 1, 333});
  for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
    const auto position = static_cast<int64_t>((17 + row) % 50);
    EXPECT_EQ(chunk.column(0).GetValue(row).IsNull(), position != 0);
    EXPECT_EQ(chunk.column(1).GetValue(row).IsNull(), position < 1 || position > 3);
    EXPECT_EQ(chunk.column(2).GetValue(row).IsNull(), position < 4);
    EXPECT_FALSE(chunk.column(3).GetValue(row).IsNull());
  }
}

TEST(Nexmark, HotIdsAreAsFrequentAsTheModelSays) {
  nexmark::NexmarkGenerator generator(AllColumns());
  std::map<int64_t, int> auctions;
  std::map<int64_t, int> bidders;
  std::map<std::string, int> channels;
  int num_bids = 0;
  int num_ids = 0;
  // Late enough for all ids to be in use; within one batch of hot ids.
  const int64_t first = 2'000'000;
  for (int64_t n = first; n < first + 10'000; n += 2000) {
    const data::Chunk chunk = generator.Generate({n, 1, 2000});
    for (const data::Value& value : FieldOf(chunk, 2, 0)) {
      ++auctions[value.GetValue<int64_t>()];
      ++num_bids;
    }
    for (const data::Value& value : FieldOf(chunk, 2, 1)) {
      ++bidders[value.GetValue<int64_t>()];
    }
    for (const data::Value& value : FieldOf(chunk, 2, 3)) {
      ++channels[value.ToString()];
    }
    for (const data::Value& value : FieldOf(chunk, 2, 4)) {
      num_ids += value.ToString().find("channel_id=") != std::string::npos ? 1 : 0;
    }
  }
  EXPECT_EQ(num_bids, 9200);
  const auto share_of_hot = [&](int64_t hot_batch, const std::map<int64_t, int>& counts,
                                int64_t offset) {
    int hot = 0;
    for (const auto& [id, count] : counts) {
      hot += (id - 1000) % hot_batch == offset ? count : 0;
    }
    return static_cast<double>(hot) / num_bids;
  };
  EXPECT_NEAR(share_of_hot(100, auctions, 0), 0.5, 0.03);
  EXPECT_NEAR(share_of_hot(100, bidders, 1), 0.75, 0.03);
  const int hot_channels =
      channels["Google"] + channels["Facebook"] + channels["Baidu"] + channels["Apple"];
  EXPECT_NEAR(static_cast<double>(hot_channels) / num_bids, 0.5, 0.03);
  EXPECT_NEAR(channels["Apple"], hot_channels / 4.0, hot_channels * 0.05);
  EXPECT_NEAR(static_cast<double>(num_ids) / num_bids, 0.45, 0.03);
}

TEST(Nexmark, IdsNameWhatExistsOrSoonWill) {
  nexmark::NexmarkGenerator generator(AllColumns());
  for (const int64_t first : {0, 50, 4000, 1'000'000}) {
    const data::Chunk chunk = generator.Generate({first, 1, 2000});
    const int64_t epochs = (first + 2000) / 50;
    for (const data::Value& value : FieldOf(chunk, 2, 0)) {
      EXPECT_GE(value.GetValue<int64_t>(), 1000);
      EXPECT_LE(value.GetValue<int64_t>(), 1000 + epochs * 3 + 10);
    }
    for (const size_t column : {1, 2}) {
      for (const data::Value& value : FieldOf(chunk, column, column == 1 ? 7 : 1)) {
        EXPECT_GE(value.GetValue<int64_t>(), 1000);
        EXPECT_LE(value.GetValue<int64_t>(), 1000 + epochs + 10);
      }
    }
  }
  const data::Chunk chunk = generator.Generate({100, 1, 100});
  EXPECT_EQ(FieldOf(chunk, 0, 0)[0].GetValue<int64_t>(), 1002);
  EXPECT_EQ(FieldOf(chunk, 1, 0)[0].GetValue<int64_t>(), 1006);
  EXPECT_EQ(FieldOf(chunk, 1, 0)[5].GetValue<int64_t>(), 1011);
}

TEST(Nexmark, PricesAreLogUniform) {
  EXPECT_EQ(nexmark::PriceOf(0), 100);
  EXPECT_NEAR(static_cast<double>(nexmark::PriceOf(UINT64_MAX)), 1e8, 300);
  EXPECT_NEAR(static_cast<double>(nexmark::PriceOf(UINT64_MAX / 2)), 1e5, 1);
  for (double u = 0; u < 1; u += 0.001) {
    const auto word = static_cast<uint64_t>(u * 18446744073709551616.0);
    const double exact = std::pow(10.0, u * 6) * 100;
    EXPECT_NEAR(static_cast<double>(nexmark::PriceOf(word)), exact, 0.51 + exact * 3e-6);
  }
}

TEST(Nexmark, ExtraFillsEventsToTheirAverageSize) {
  nexmark::NexmarkGenerator generator(AllColumns());
  const data::Chunk chunk = generator.Generate({0, 1, 2000});
  double sum = 0;
  const std::vector<data::Value> extras = FieldOf(chunk, 2, 6);
  for (const data::Value& value : extras) {
    const std::string text = value.ToString();
    EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), std::string::npos);
    sum += static_cast<double>(text.size());
  }
  EXPECT_NEAR(sum / static_cast<double>(extras.size()), 68, 1.5);
}

TEST(Nexmark, AuctionsEndAfterTheyBegin) {
  nexmark::NexmarkGenerator generator(AllColumns());
  const data::Chunk chunk = generator.Generate({0, 1, 2000});
  const std::vector<data::Value> begins = FieldOf(chunk, 1, 5);
  const std::vector<data::Value> ends = FieldOf(chunk, 1, 6);
  for (size_t i = 0; i < begins.size(); ++i) {
    const int64_t open_micros = ends[i].GetValue<duckdb::timestamp_t>().value -
                                begins[i].GetValue<duckdb::timestamp_t>().value;
    EXPECT_GE(open_micros, 1000);
    // Twice the time in which a hundred auctions are made: 1666 events at 10,000 a second.
    EXPECT_LE(open_micros, 2 * 167'000);
  }
}

TEST(Nexmark, TimesFollowTheRate) {
  data::ConnectorTable table =
      TableOf({{"events", "3"}, {"event_time_rate", "4"}, {"base_time", "2026-01-01 00:00:00"}});
  table.schema.fields = {NexmarkSchema().fields[3]};
  EXPECT_THAT(ReadShare(table, 0, 1),
              ::testing::ElementsAre("2026-01-01 00:00:00", "2026-01-01 00:00:00.25",
                                     "2026-01-01 00:00:00.5"));
}

TEST(Nexmark, DeliversTheColumnsThatAreAskedFor) {
  const data::ConnectorTable table = TableOf({{"events", "60"}, {"prune", "true"}});
  const NexmarkConnector connector;
  SourceHarness source(connector, table);
  ASSERT_TRUE(source.Open({3, 2}).ok());
  data::Chunk chunk;
  ASSERT_TRUE(source.Poll(chunk).ok());
  ASSERT_EQ(chunk.num_columns(), 2);
  EXPECT_EQ(chunk.column(0).GetType(), data::LogicalType::TIMESTAMP);
  EXPECT_EQ(chunk.column(1).GetType(), NexmarkSchema().fields[2].type);
}

TEST(Nexmark, SlicesKeepStructsAndDictionariesWhole) {
  nexmark::NexmarkGenerator generator(AllColumns());
  const data::Chunk chunk = generator.Generate({0, 1, 2000});
  data::SelectionVector selection(3);
  selection.set_index(0, 0);
  selection.set_index(1, 1);
  selection.set_index(2, 4);
  const data::Chunk slice = chunk.Select(selection, 3);
  EXPECT_EQ(slice.column(0).GetValue(0).ToString(), chunk.column(0).GetValue(0).ToString());
  EXPECT_EQ(slice.column(1).GetValue(1).ToString(), chunk.column(1).GetValue(1).ToString());
  EXPECT_EQ(slice.column(2).GetValue(2).ToString(), chunk.column(2).GetValue(4).ToString());
  EXPECT_TRUE(slice.column(2).GetValue(0).IsNull());
  EXPECT_GT(chunk.EstimateBytes(), 0);
}

TEST(Nexmark, ComesAtItsRate) {
  const data::ConnectorTable table =
      TableOf({{"event_rate", "1000"}, {"events", "10"}, {"base_time", "2026-01-01"}});
  const NexmarkConnector connector;
  ManualClock clock;
  SourceHarness source(connector, table, 0, 1, clock);
  ASSERT_TRUE(source.Open().ok());
  data::Chunk chunk;
  // The first event is due at once.
  absl::StatusOr<PollResult> result = source.Poll(chunk);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->state, PollState::kChunk);
  EXPECT_EQ(chunk.num_rows(), 1);
  EXPECT_EQ(chunk.arrival(), clock.Now());
  EXPECT_EQ(result->watermark->micros, 1'767'225'600'001'000);
  result = source.Poll(chunk);
  EXPECT_EQ(result->state, PollState::kIdle);
  EXPECT_EQ(result->wake_at.nanos, clock.Now().nanos + 1'000'000);
  // What was missed is caught up, and counts as having come when it was due.
  const base::MonotonicTime before = clock.Now();
  clock.Advance(5'000'000);
  result = source.Poll(chunk);
  EXPECT_EQ(chunk.num_rows(), 5);
  EXPECT_EQ(chunk.arrival().nanos, before.nanos + 1'000'000);
  clock.Advance(1'000'000'000);
  result = source.Poll(chunk);
  EXPECT_EQ(chunk.num_rows(), 4);
  EXPECT_EQ(source.Poll(chunk)->state, PollState::kEnd);
}

TEST(Nexmark, EndsAfterItsRuntime) {
  EXPECT_EQ(ReadAtParallelism(TableOf({{"event_rate", "100000"}, {"runtime", "0.01"}}), 1).size(),
            1000);
  EXPECT_EQ(ReadAtParallelism(TableOf({{"event_rate", "100000"}, {"for", "10 ms"}}), 2).size(),
            1000);
  const data::ConnectorTable table = TableOf({{"runtime", "1"}});
  const NexmarkConnector connector;
  ManualClock clock;
  SourceHarness source(connector, table, 0, 1, clock);
  ASSERT_TRUE(source.Open().ok());
  data::Chunk chunk;
  EXPECT_EQ(source.Poll(chunk)->state, PollState::kChunk);
  clock.Advance(1'000'000'000);
  EXPECT_EQ(source.Poll(chunk)->state, PollState::kEnd);
}

TEST(Nexmark, RareEventsAreAsFarApartAsTheirRateSays) {
  data::ConnectorTable table = TableOf(
      {{"events", "3"}, {"event_time_rate", "0.0001"}, {"base_time", "2026-01-01 00:00:00"}});
  table.schema.fields = {NexmarkSchema().fields[3]};
  EXPECT_THAT(
      ReadShare(table, 0, 1),
      ::testing::ElementsAre("2026-01-01 00:00:00", "2026-01-01 02:46:40", "2026-01-01 05:33:20"));
}

TEST(Nexmark, TimesEndWithTimestamps) {
  const nexmark::EventTimes times(0, 0.000001);  // 11.6 days
  EXPECT_EQ(times.MicrosOf(1000), 1'000'000'000'000'000);
  const int64_t last = times.Count() - 1;
  EXPECT_LE(times.MicrosOf(last), INT64_MAX - 2000 * times.AuctionMillis() - 1);
  EXPECT_GT(times.MicrosOf(last), INT64_MAX - 2000 * times.AuctionMillis() - 1'000'000'000'001);
  EXPECT_EQ(nexmark::EventTimes(0, 1e9).Count(), INT64_MAX);
  EXPECT_EQ(nexmark::EventTimes(INT64_MAX - 5, 1).Count(), 0);

  const NexmarkConnector connector;
  const std::vector<std::pair<std::string, std::string>> rare = {{"event_time_rate", "0.000001"},
                                                                 {"base_time", "1970-01-01"}};
  std::vector<std::pair<std::string, std::string>> many = rare;
  many.emplace_back("events", "10000000");
  EXPECT_THAT(std::string(base::FromAbsl(connector.Validate(TableOf(many)).message())),
              HasSubstr("option event_time_rate: event 9220041 "));
}

TEST(Nexmark, FailsWhereTimestampsEnd) {
  const data::ConnectorTable table =
      TableOf({{"event_time_rate", "0.000001"}, {"base_time", "294240-01-01"}});
  const NexmarkConnector connector;
  SourceHarness source(connector, table);
  ASSERT_TRUE(source.Open({3}).ok());
  data::Chunk chunk;
  absl::StatusOr<PollResult> result = source.Poll(chunk);
  EXPECT_THAT(std::string(base::FromAbsl(result.status().message())),
              HasSubstr("option event_time_rate: event 0 "));
}

TEST(Nexmark, PreparesBlockByBlockSoThatItCanBeStopped) {
  // More than could ever be made.
  const data::ConnectorTable table = TableOf({{"events", "99999999999999"}, {"replay", "true"}});
  const NexmarkConnector connector;
  SourceHarness source(connector, table);
  source.set_memory_limit(INT64_MAX);
  ASSERT_TRUE(source.Open({3}).ok());
  data::Chunk chunk;
  EXPECT_EQ(source.Poll(chunk)->state, PollState::kIdle);
  EXPECT_EQ(source.Poll(chunk)->state, PollState::kIdle);
}

TEST(Nexmark, PreparesNoMoreThanFitsIntoTheBudget) {
  const data::ConnectorTable table = TableOf({{"events", "100000"}, {"replay", "true"}});
  const NexmarkConnector connector;
  SourceHarness source(connector, table);
  source.set_memory_limit(1 << 20);
  ASSERT_TRUE(source.Open().ok());
  data::Chunk chunk;
  EXPECT_THAT(std::string(base::FromAbsl(source.Poll(chunk).status().message())),
              ::testing::AllOf(HasSubstr("option replay"), HasSubstr("100000 events"),
                               HasSubstr("set fewer events")));
  source.Close();
  source.set_memory_limit(100 << 20);
  ASSERT_TRUE(source.Open().ok());
  EXPECT_EQ(source.ReadAll()->size(), 100000);
  EXPECT_GT(source.charged_bytes(), 100000 * 120);
  EXPECT_LT(source.charged_bytes(), 100000 * 240);
  source.Close();
  EXPECT_EQ(source.charged_bytes(), 0);
}

TEST(Nexmark, RefusesOptionsThatMakeNoSense) {
  const NexmarkConnector connector;
  const auto error = [&](const std::vector<std::pair<std::string, std::string>>& options) {
    return std::string(base::FromAbsl(connector.Validate(TableOf(options)).message()));
  };
  EXPECT_EQ(error({{"event_rate", "0"}}), "");
  EXPECT_THAT(error({{"event_rate", "-1"}}), HasSubstr("option event_rate must be 0"));
  EXPECT_THAT(error({{"event_rate", "1e12"}}), HasSubstr("option event_rate must be 0"));
  EXPECT_THAT(error({{"event_rate", "1"}, {"rate", "1"}}),
              HasSubstr("option rate is another name"));
  EXPECT_THAT(error({{"event_time_rate", "0"}}), HasSubstr("option event_time_rate"));
  EXPECT_THAT(error({{"base_time", "soon"}}), HasSubstr("option base_time must be a timestamp"));
  EXPECT_THAT(error({{"replay", "true"}}), HasSubstr("option replay needs option events"));
  EXPECT_THAT(error({{"runtime", "-5"}}), HasSubstr("option runtime"));
  EXPECT_THAT(error({{"runtime", "5"}, {"for", "5 s"}}), HasSubstr("option for"));
}

TEST(Nexmark, RefusesColumnsThatItDoesNotHave) {
  const NexmarkConnector connector;
  data::ConnectorTable table = TableOf({});
  table.schema.fields = {{"bids", data::LogicalType::BIGINT}};
  EXPECT_THAT(std::string(base::FromAbsl(connector.Validate(table).message())),
              HasSubstr("connector nexmark has no column bids"));
  table.schema.fields = {{"bid", data::LogicalType::BIGINT}};
  EXPECT_THAT(std::string(base::FromAbsl(connector.Validate(table).message())),
              HasSubstr("column bid of connector nexmark is of type STRUCT"));
}

TEST(Nexmark, GoesOnAtAnyParallelismWithTheSameRows) {
  for (const auto& options :
       {std::vector<std::pair<std::string, std::string>>{{"events", "20123"}},
        {{"events", "20123"}, {"replay", "true"}},
        {{"events", "20123"}, {"event_rate", "1000000000"}, {"event_time_rate", "1000"}}}) {
    const data::ConnectorTable table = TableOf(options);
    auto whole = ReadInterrupted(NexmarkConnector(), table, {3}, 0);
    ASSERT_TRUE(whole.ok()) << whole.status();
    std::ranges::sort(*whole);
    for (const std::vector<int>& walk : {std::vector<int>{3, 1, 1}, {3, 5, 2}}) {
      auto rows = ReadInterrupted(NexmarkConnector(), table, walk, 1);
      ASSERT_TRUE(rows.ok()) << rows.status();
      std::ranges::sort(*rows);
      EXPECT_TRUE(*rows == *whole);
    }
  }
}

TEST(Nexmark, KeepsItsBlocksAndTimesWhenTheRateChanges) {
  const data::ConnectorTable paced =
      TableOf({{"events", "10000"}, {"event_rate", "1000000000"}, {"event_time_rate", "1000"}});
  const data::ConnectorTable unpaced = TableOf({{"events", "10000"}, {"event_time_rate", "1000"}});
  for (const auto& [first, second] : {std::pair(&paced, &unpaced), std::pair(&unpaced, &paced)}) {
    std::vector<std::string> rows;
    std::vector<data::SplitPosition> positions;
    {
      SourceHarness source(NexmarkConnector(), *first);
      ASSERT_TRUE(source.Open().ok());
      ASSERT_TRUE(*source.ReadMore(rows));
      positions = *source.Positions();
    }
    SourceHarness source(NexmarkConnector(), *second);
    source.Restore(positions);
    ASSERT_TRUE(source.Open().ok());
    while (*source.ReadMore(rows)) {
    }
    EXPECT_EQ(std::multiset(rows.begin(), rows.end()), ReadAtParallelism(paced, 1));
  }
}

TEST(Nexmark, RunsNoLongerThanItsTimeInAll) {
  ManualClock clock;
  const data::ConnectorTable table = TableOf({{"runtime", "10"}});
  std::vector<data::SplitPosition> positions;
  data::Chunk chunk;
  {
    SourceHarness source(NexmarkConnector(), table, 0, 1, clock);
    ASSERT_TRUE(source.Open().ok());
    clock.Advance(6'000'000'000);
    ASSERT_EQ(source.Poll(chunk)->state, PollState::kChunk);
    positions = *source.Positions();
  }
  clock.Advance(100'000'000'000);
  {
    SourceHarness source(NexmarkConnector(), table, 0, 1, clock);
    source.Restore(positions);
    ASSERT_TRUE(source.Open().ok());
    clock.Advance(3'000'000'000);
    ASSERT_EQ(source.Poll(chunk)->state, PollState::kChunk);
    clock.Advance(1'000'000'000);
    ASSERT_EQ(source.Poll(chunk)->state, PollState::kEnd);
    positions = *source.Positions();
  }
  SourceHarness source(NexmarkConnector(), table, 0, 1, clock);
  source.Restore(positions);
  ASSERT_TRUE(source.Open().ok());
  EXPECT_EQ(source.Poll(chunk)->state, PollState::kEnd);
}

}  // namespace
}  // namespace laminar::connectors
