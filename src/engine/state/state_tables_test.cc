// What is written to snapshots comes back, by key group, for every kind of table.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "data/key_group.h"
#include "engine/state/chained_rows.h"
#include "engine/state/memory_for_test.h"
#include "engine/state/row_log.h"
#include "engine/state/sliced_table.h"
#include "engine/state/state_for_test.h"
#include "engine/state/value_table.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::LogicalType;
using data::Value;

data::Chunk MakeRows(int64_t first, int64_t count) {
  data::Chunk chunk = data::Chunk::Allocate(
      {LogicalType::VARCHAR, LogicalType::BIGINT, LogicalType::LIST(LogicalType::INTEGER)});
  for (int64_t i = 0; i < count; ++i) {
    const int64_t number = first + i;
    chunk.column(0).SetValue(
        i, number % 5 == 0 ? Value() : Value("text of some length " + std::to_string(number)));
    chunk.column(1).SetValue(i, Value::BIGINT(number));
    chunk.column(2).SetValue(
        i, Value::LIST(LogicalType::INTEGER, {Value::INTEGER(static_cast<int32_t>(number))}));
  }
  chunk.set_num_rows(count);
  return chunk;
}

StateSchema TableSchema(bool sliced) {
  return {
      .name = "groups",
      .version = 1,
      .keys = {{"text", LogicalType::VARCHAR}, {"list", LogicalType::LIST(LogicalType::INTEGER)}},
      .values = {{"number", LogicalType::BIGINT},
                 {"name", LogicalType::VARCHAR},
                 {"count", LogicalType::BIGINT, false}},
      .sliced = sliced};
}

// Rows keyed by columns 0 and 2, with columns 1 and 0 as values.
void Fill(SlicedTable& table, SliceId slice, int64_t first, int64_t count) {
  const data::Chunk chunk = MakeRows(first, count);
  KeyColumns keys(table.layout(), {0, 2});
  keys.Set(chunk);
  std::vector<uint8_t*> rows(count);
  KeyedTable& groups = table.Slice(slice);
  groups.FindOrInsert(keys, nullptr, count, rows.data());
  for (const auto& [column, source] : {std::pair<size_t, idx_t>{2, 1}, {3, 0}, {4, 1}}) {
    data::Vector holder(LogicalType::BLOB);
    data::UnifiedVectorFormat format;
    table.layout().Unify(column, chunk.column(source), count, holder, format);
    table.layout().Scatter(column, format, nullptr, count, rows.data(), groups.strings());
  }
}

TEST(SlicedTable, ComesBackFromItsSnapshot) {
  MemoryForTest memory;
  SlicedTable table(TableSchema(true), KeyGroupRule::kKeys, memory);
  Fill(table, {.end = 20, .start = 10}, 0, 1000);
  Fill(table, {.end = 30, .start = 20}, 500, 1500);
  const std::vector<std::string> rows = RowsForTest(table);
  EXPECT_EQ(rows.size(), 2500U);
  SlicedTable restored(TableSchema(true), KeyGroupRule::kKeys, memory);
  TransferForTest(table, restored, {});
  EXPECT_EQ(RowsForTest(restored), rows);
  EXPECT_EQ(restored.num_rows(), 2500);
  EXPECT_EQ(restored.Slices().size(), 2U);
  table.Drop({.end = 20, .start = 10});
  EXPECT_EQ(table.num_rows(), 1500);
  EXPECT_EQ(table.FindSlice({.end = 20, .start = 10}), nullptr);
  EXPECT_NE(table.FindSlice({.end = 30, .start = 20}), nullptr);
}

TEST(SlicedTable, SplitsByKeyGroup) {
  MemoryForTest memory;
  SlicedTable table(TableSchema(false), KeyGroupRule::kKeys, memory);
  Fill(table, {}, 0, 2000);
  const KeyGroupRange low{.begin = 0, .end = 100, .num_key_groups = 256};
  const KeyGroupRange high{.begin = 100, .end = 256, .num_key_groups = 256};
  SlicedTable lows(TableSchema(false), KeyGroupRule::kKeys, memory);
  SlicedTable highs(TableSchema(false), KeyGroupRule::kKeys, memory);
  TransferForTest(table, lows, low);
  TransferForTest(table, highs, high);
  EXPECT_GT(lows.num_rows(), 500);
  EXPECT_GT(highs.num_rows(), 500);
  std::vector<std::string> both = RowsForTest(lows, low);
  for (std::string& row : RowsForTest(highs, high)) {
    both.push_back(std::move(row));
  }
  std::sort(both.begin(), both.end());
  EXPECT_EQ(both, RowsForTest(table));
}

StateSchema LogSchema() {
  return {.name = "rows",
          .version = 1,
          .keys = {},
          .values = {{"text", LogicalType::VARCHAR},
                     {"number", LogicalType::BIGINT},
                     {"list", LogicalType::LIST(LogicalType::INTEGER)}},
          .sliced = true};
}

RowLog::KeyGroups ByColumns(std::vector<size_t> columns) {
  return {.rule = KeyGroupRule::kKeys, .columns = std::move(columns)};
}

TEST(RowLog, KeepsRowsOfASliceInOrderOfArrival) {
  MemoryForTest memory;
  RowLog log(LogSchema(), ByColumns({1}), memory);
  std::vector<std::string> expected;
  for (int64_t first = 0; first < 6000; first += 7) {
    const data::Chunk rows = MakeRows(first, 7);
    ASSERT_TRUE(log.Append(SliceId::At(first % 2 == 0 ? 100 : 50), rows).ok());
    if (first % 2 == 0) {
      for (std::string& row : ToTextForTest(rows)) {
        expected.push_back(std::move(row));
      }
    }
  }
  EXPECT_EQ(log.First(), SliceId::At(50));
  EXPECT_EQ(log.Next(SliceId::At(50)), SliceId::At(100));
  EXPECT_EQ(log.Next(SliceId::At(100)), std::nullopt);
  std::vector<std::string> kept;
  for (const data::Chunk& chunk : log.Rows(SliceId::At(100))) {
    EXPECT_GT(chunk.num_rows(), 0U);
    for (std::string& row : ToTextForTest(chunk)) {
      kept.push_back(std::move(row));
    }
  }
  EXPECT_EQ(kept, expected);
  EXPECT_EQ(log.NumRows(SliceId::At(100)), expected.size());
  EXPECT_EQ(memory.used_bytes(), log.bytes());
  log.Drop(SliceId::At(50));
  EXPECT_FALSE(log.Contains(SliceId::At(50)));
  EXPECT_EQ(log.num_rows(), static_cast<int64_t>(expected.size()));
  ASSERT_TRUE(log.Retain(SliceId::At(100), {0, 5, 3, 2500}).ok());
  ASSERT_EQ(log.Rows(SliceId::At(100)).size(), 1U);
  EXPECT_EQ(ToTextForTest(log.Rows(SliceId::At(100))[0]),
            (std::vector<std::string>{expected[0], expected[5], expected[3], expected[2500]}));
  ASSERT_TRUE(log.Retain(SliceId::At(100), {}).ok());
  EXPECT_EQ(log.First(), std::nullopt);
  EXPECT_TRUE(log.Rows(SliceId::At(100)).empty());
  EXPECT_EQ(memory.used_bytes(), 0);
}

TEST(RowLog, AppendsSelectedRows) {
  MemoryForTest memory;
  RowLog log(LogSchema(), {}, memory);
  data::SelectionVector selection(3);
  selection.set_index(0, 9);
  selection.set_index(1, 0);
  selection.set_index(2, 4);
  ASSERT_TRUE(log.Append(SliceId::At(1), MakeRows(0, 10), selection, 3).ok());
  ASSERT_TRUE(log.Append(SliceId::At(1), MakeRows(0, 10), selection, 0).ok());
  EXPECT_EQ(ToTextForTest(log.Rows(SliceId::At(1))[0]),
            (std::vector<std::string>{"text of some length 9|9|[9]", "NULL|0|[0]",
                                      "text of some length 4|4|[4]"}));
}

TEST(RowLog, ComesBackFromItsSnapshotByKeyGroup) {
  MemoryForTest memory;
  RowLog log(LogSchema(), ByColumns({1, 0}), memory);
  ASSERT_TRUE(log.Append({.end = 9, .start = 3}, MakeRows(0, 2000)).ok());
  ASSERT_TRUE(log.Append({.end = 9, .start = 4}, MakeRows(2000, 2000)).ok());
  RowLog restored(LogSchema(), ByColumns({1, 0}), memory);
  TransferForTest(log, restored, {.begin = 0, .end = 64, .num_key_groups = 256});
  const int64_t num_part = restored.num_rows();
  EXPECT_GT(num_part, 700);
  EXPECT_LT(num_part, 1300);
  TransferForTest(log, restored, {.begin = 64, .end = 256, .num_key_groups = 256});
  EXPECT_EQ(RowsForTest(restored), RowsForTest(log));
}

TEST(RowLog, ReportsThatTheBudgetIsExceeded) {
  MemoryForTest memory(10'000);
  RowLog log(LogSchema(), {}, memory);
  EXPECT_TRUE(log.Append(SliceId::At(1), MakeRows(0, 10)).ok());
  EXPECT_EQ(log.Append(SliceId::At(1), MakeRows(0, 1000)).code(),
            absl::StatusCode::kResourceExhausted);
  log.Clear();
  EXPECT_EQ(memory.used_bytes(), 0);
}

TEST(ChainedRows, JoinsChainsAndGivesBlocksBack) {
  MemoryForTest memory;
  ChainedRows rows(
      {LogicalType::VARCHAR, LogicalType::BIGINT, LogicalType::LIST(LogicalType::INTEGER)}, memory);
  std::vector<RowRef> refs;
  for (int64_t first = 0; first < 5000; first += 1000) {
    ASSERT_TRUE(rows.Append(MakeRows(first, 1000), refs).ok());
  }
  ASSERT_EQ(refs.size(), 5000U);
  EXPECT_TRUE(std::is_sorted(refs.begin(), refs.end()));
  // The chain of odd rows, then that of even rows, then both as one.
  for (size_t i = 0; i + 2 < refs.size(); ++i) {
    rows.SetNext(refs[i], refs[i + 2]);
  }
  rows.SetNext(refs[4999], refs[0]);
  int64_t num_seen = 0;
  int64_t sum = 0;
  for (RowRef at = refs[1]; at; at = rows.NextOf(at)) {
    sum += rows.Block(ChainedRows::BlockOf(at))
               .column(1)
               .GetValue(ChainedRows::PositionOf(at))
               .GetValue<int64_t>();
    ++num_seen;
  }
  EXPECT_EQ(num_seen, 5000);
  EXPECT_EQ(sum, int64_t{4999} * 5000 / 2);
  const int64_t bytes = rows.bytes();
  rows.Drop({refs.begin(), refs.begin() + 3000});
  EXPECT_EQ(rows.num_rows(), 2000);
  EXPECT_LT(rows.bytes(), bytes);
  rows.Drop({refs.begin() + 3000, refs.end()});
  EXPECT_EQ(rows.bytes(), 0);
  EXPECT_EQ(memory.used_bytes(), 0);
  const RowRef last = refs.back();
  refs.clear();
  ASSERT_TRUE(rows.Append(MakeRows(0, 1), refs).ok());
  EXPECT_GT(refs[0], last);
}

TEST(ValueTable, MakesOneNumberOfThoseOfSeveralSubtasks) {
  using Merge = ValueTable::Merge;
  ValueTable values;
  EXPECT_EQ(values.Restored("watermark", -1, Merge::kLeast), -1);
  ValueTable restored;
  ValueTable upper;
  for (int subtask = 0; subtask < 2; ++subtask) {
    const KeyGroupRange range = KeyGroupsOfSubtask(subtask, 2, 7);
    values.Set("watermark", 5 + subtask, Merge::kLeast);
    values.Set("sequence", 12 + subtask, Merge::kGreatest);
    values.Set("late_rows", 3, Merge::kSum);
    ChainForTest chain;
    chain.Begin(values, CutKind::kChanges, range);
    chain.Finish();
    EXPECT_EQ(chain.num_rows_of_last(), 2 * range.size() + 1);
    chain.ApplyTo(restored, KeyGroupRange::All(7));
    chain.ApplyTo(upper, KeyGroupsOfSubtask(1, 2, 7));
  }
  EXPECT_EQ(restored.Restored("watermark", 0, Merge::kLeast), 5);
  EXPECT_EQ(restored.Restored("sequence", 0, Merge::kGreatest), 13);
  EXPECT_EQ(restored.Restored("late_rows", 0, Merge::kSum), 6);
  EXPECT_EQ(upper.Restored("watermark", 0, Merge::kLeast), 6);
  EXPECT_EQ(upper.Restored("late_rows", 0, Merge::kSum), 3);
}

TEST(KeyGroupRange, SubtasksOwnWhatTheExchangeSendsThem) {
  for (const uint32_t num_key_groups : {1U, 4U, 7U, 128U, 256U}) {
    for (int parallelism = 1; parallelism <= static_cast<int>(std::min(num_key_groups, 9U));
         ++parallelism) {
      for (uint32_t key_group = 0; key_group < num_key_groups; ++key_group) {
        const uint32_t owner =
            data::SubtaskOfKeyGroup(key_group, num_key_groups, static_cast<uint32_t>(parallelism));
        for (int subtask = 0; subtask < parallelism; ++subtask) {
          EXPECT_EQ(KeyGroupsOfSubtask(subtask, parallelism, num_key_groups).Contains(key_group),
                    static_cast<int>(owner) == subtask);
        }
      }
    }
  }
}

TEST(KeyGroupRange, AWindowIsInTheKeyGroupThatAnExchangeByItFinds) {
  const LogicalType time = LogicalType::TIMESTAMP;
  data::Chunk chunk = data::Chunk::Allocate({LogicalType::STRUCT({{"a", time}, {"b", time}})});
  for (int64_t i = 0; i < 100; ++i) {
    const auto at = [](int64_t micros) { return Value::TIMESTAMP(duckdb::timestamp_t(micros)); };
    chunk.column(0).SetValue(i, Value::STRUCT({{"a", at(i * 10)}, {"b", at(i * 20 + 1)}}));
  }
  chunk.set_num_rows(100);
  data::Vector hashes(LogicalType::UBIGINT);
  data::HashKeys(chunk, {0}, hashes);
  for (int64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(KeyGroupOfSlice({.end = i * 20 + 1, .start = i * 10}, 128),
              data::KeyGroupOf(duckdb::FlatVector::GetData<uint64_t>(hashes)[i], 128));
  }
}

}  // namespace
}  // namespace laminar::engine
