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
#include "engine/state/value_table.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::LogicalType;
using data::Value;

std::vector<std::string> ToText(const data::Chunk& chunk) {
  std::vector<std::string> rows;
  for (idx_t row = 0; row < chunk.num_rows(); ++row) {
    std::string text;
    for (idx_t i = 0; i < chunk.num_columns(); ++i) {
      text += (i == 0 ? "" : "|") + chunk.column(i).GetValue(row).ToString();
    }
    rows.push_back(text);
  }
  return rows;
}

std::vector<std::string> ScanAll(const StateTable& table, KeyGroupRange range = {}) {
  std::vector<std::string> rows;
  const auto scan = table.Scan(range);
  for (auto chunk = scan->Next(); chunk.ok() && chunk->has_value(); chunk = scan->Next()) {
    EXPECT_EQ((*chunk)->columns().GetTypes(), table.SnapshotSchema().Types());
    for (std::string& row : ToText(**chunk)) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// Copies the rows of a range of key groups.
void Transfer(const StateTable& from, StateTable& to, KeyGroupRange range = {}) {
  const auto scan = from.Scan(range);
  for (auto chunk = scan->Next(); chunk.ok() && chunk->has_value(); chunk = scan->Next()) {
    ASSERT_TRUE(to.Load(**chunk).ok());
  }
}

template <class T>
std::vector<T> Sorted(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return values;
}

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
  SlicedTable table(TableSchema(true), memory);
  Fill(table, {.end = 20, .start = 10}, 0, 1000);
  Fill(table, {.end = 30, .start = 20}, 500, 1500);
  const std::vector<std::string> rows = ScanAll(table);
  EXPECT_EQ(rows.size(), 2500U);
  SlicedTable restored(TableSchema(true), memory);
  Transfer(table, restored);
  EXPECT_EQ(Sorted(ScanAll(restored)), Sorted(rows));
  EXPECT_EQ(restored.num_rows(), 2500);
  EXPECT_EQ(restored.slices().size(), 2U);
  table.Drop({.end = 20, .start = 10});
  EXPECT_EQ(table.num_rows(), 1500);
  EXPECT_EQ(table.FindSlice({.end = 20, .start = 10}), nullptr);
  EXPECT_NE(table.FindSlice({.end = 30, .start = 20}), nullptr);
}

TEST(SlicedTable, SplitsByKeyGroup) {
  MemoryForTest memory;
  SlicedTable table(TableSchema(false), memory);
  Fill(table, {}, 0, 2000);
  const KeyGroupRange low{.begin = 0, .end = 100, .num_key_groups = 256};
  const KeyGroupRange high{.begin = 100, .end = 256, .num_key_groups = 256};
  SlicedTable lows(TableSchema(false), memory);
  SlicedTable highs(TableSchema(false), memory);
  Transfer(table, lows, low);
  Transfer(table, highs, high);
  EXPECT_GT(lows.num_rows(), 500);
  EXPECT_GT(highs.num_rows(), 500);
  EXPECT_TRUE(ScanAll(lows, high).empty());
  std::vector<std::string> both = ScanAll(lows);
  for (std::string& row : ScanAll(highs)) {
    both.push_back(std::move(row));
  }
  EXPECT_EQ(Sorted(both), Sorted(ScanAll(table)));
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

TEST(RowLog, KeepsRowsOfASliceInOrderOfArrival) {
  MemoryForTest memory;
  RowLog log(LogSchema(), {1}, memory);
  std::vector<std::string> expected;
  for (int64_t first = 0; first < 6000; first += 7) {
    const data::Chunk rows = MakeRows(first, 7);
    ASSERT_TRUE(log.Append(SliceId::At(first % 2 == 0 ? 100 : 50), rows).ok());
    if (first % 2 == 0) {
      for (std::string& row : ToText(rows)) {
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
    for (std::string& row : ToText(chunk)) {
      kept.push_back(std::move(row));
    }
  }
  EXPECT_EQ(kept, expected);
  EXPECT_EQ(log.NumRows(SliceId::At(100)), expected.size());
  EXPECT_EQ(memory.used_bytes(), log.bytes());
  log.Drop(SliceId::At(50));
  EXPECT_FALSE(log.Contains(SliceId::At(50)));
  EXPECT_EQ(log.num_rows(), static_cast<int64_t>(expected.size()));
  idx_t num_taken = 0;
  for (const data::Chunk& chunk : log.Take(SliceId::At(100))) {
    num_taken += chunk.num_rows();
  }
  EXPECT_EQ(num_taken, expected.size());
  EXPECT_EQ(log.First(), std::nullopt);
  EXPECT_TRUE(log.Rows(SliceId::At(100)).empty());
  EXPECT_TRUE(log.Take(SliceId::At(100)).empty());
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
  EXPECT_EQ(ToText(log.Rows(SliceId::At(1))[0]),
            (std::vector<std::string>{"text of some length 9|9|[9]", "NULL|0|[0]",
                                      "text of some length 4|4|[4]"}));
}

TEST(RowLog, ComesBackFromItsSnapshotByKeyGroup) {
  MemoryForTest memory;
  RowLog log(LogSchema(), {1, 0}, memory);
  ASSERT_TRUE(log.Append({.end = 9, .start = 3}, MakeRows(0, 2000)).ok());
  ASSERT_TRUE(log.Append({.end = 9, .start = 4}, MakeRows(2000, 2000)).ok());
  RowLog restored(LogSchema(), {1, 0}, memory);
  Transfer(log, restored, {.begin = 0, .end = 64, .num_key_groups = 256});
  const int64_t num_part = restored.num_rows();
  EXPECT_GT(num_part, 700);
  EXPECT_LT(num_part, 1300);
  Transfer(log, restored, {.begin = 64, .end = 256, .num_key_groups = 256});
  EXPECT_EQ(Sorted(ScanAll(restored)), Sorted(ScanAll(log)));
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

TEST(ValueTable, ComesBackFromItsSnapshot) {
  ValueTable values;
  EXPECT_EQ(values.Get("watermark", -1), -1);
  values.Set("watermark", INT64_MIN);
  values.Set("sequence", 12);
  ValueTable restored;
  Transfer(values, restored);
  EXPECT_EQ(restored.Get("watermark", 0), INT64_MIN);
  EXPECT_EQ(restored.Get("sequence", 0), 12);
  EXPECT_TRUE(ScanAll(values, {.begin = 1, .end = 256, .num_key_groups = 256}).empty());
  restored.Clear();
  EXPECT_EQ(restored.num_rows(), 0);
}

}  // namespace
}  // namespace laminar::engine
