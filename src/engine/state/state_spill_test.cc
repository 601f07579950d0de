// Tables whose budget is a small part of their state hold what tables with room hold, through cuts
// and restores, and give disk and memory back.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/random.h"
#include "engine/state/chained_rows.h"
#include "engine/state/row_log.h"
#include "engine/state/sliced_table.h"
#include "engine/state/spill_for_test.h"
#include "engine/state/state_for_test.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::LogicalType;
using data::Value;

constexpr int64_t kBudget = 256 << 10;

std::string TextOf(int64_t number) {
  return std::string(static_cast<size_t>(number % 60), 'x') + std::to_string(number);
}

std::vector<LogicalType> RowTypes() {
  return {LogicalType::BIGINT, LogicalType::VARCHAR,
          LogicalType::STRUCT({{"a", LogicalType::BIGINT}, {"b", LogicalType::VARCHAR}}),
          LogicalType::LIST(LogicalType::INTEGER)};
}

data::Chunk MakeRows(base::Random& random, int64_t num_keys, idx_t count) {
  data::Chunk chunk = data::Chunk::Allocate(RowTypes());
  for (idx_t i = 0; i < count; ++i) {
    const auto number = static_cast<int64_t>(random.Uniform(static_cast<uint64_t>(num_keys)));
    const Value text = number % 7 == 0 ? Value(LogicalType::VARCHAR) : Value(TextOf(number));
    chunk.column(0).SetValue(i, number % 11 == 0 ? Value() : Value::BIGINT(number));
    chunk.column(1).SetValue(i, text);
    chunk.column(2).SetValue(i, Value::STRUCT({{"a", Value::BIGINT(number)}, {"b", text}}));
    chunk.column(3).SetValue(
        i, Value::LIST(LogicalType::INTEGER, {Value::INTEGER(static_cast<int32_t>(number))}));
  }
  chunk.set_num_rows(count);
  return chunk;
}

// Counts rows by one or two keys.
class Counter {
 public:
  Counter(std::vector<data::Field> keys, MemoryBudget& memory)
      : num_keys_(keys.size()),
        table_({.name = "groups",
                .version = 1,
                .keys = std::move(keys),
                .values = {{"count", LogicalType::BIGINT, false}},
                .sliced = true},
               KeyGroupRule::kKeys,
               memory) {}

  void Add(SliceId slice, const data::Chunk& chunk) {
    rows_.resize(chunk.num_rows());
    KeyedTable& groups = Find(slice, chunk);
    groups.FindOrInsert(*keys_, nullptr, chunk.num_rows(), rows_.data());
    const expression::StateField count = table_.layout().field(num_keys_);
    for (uint8_t* row : rows_) {
      count.Store<int64_t>(row, count.Load<int64_t>(row) + 1);
    }
  }
  void Remove(SliceId slice, const data::Chunk& chunk) {
    rows_.resize(chunk.num_rows());
    KeyedTable& groups = Find(slice, chunk);
    groups.Find(*keys_, nullptr, chunk.num_rows(), rows_.data());
    std::sort(rows_.begin(), rows_.end());
    rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
    for (uint8_t* row : rows_) {
      if (row != nullptr) {
        groups.Erase(row);
      }
    }
  }
  SlicedTable& table() { return table_; }

 private:
  KeyedTable& Find(SliceId slice, const data::Chunk& chunk) {
    keys_.emplace(table_.layout(),
                  num_keys_ == 1 ? std::vector<size_t>{0} : std::vector<size_t>{0, 1});
    keys_->Set(chunk);
    return table_.Slice(slice);
  }

  const size_t num_keys_;
  SlicedTable table_;
  std::optional<KeyColumns> keys_;
  std::vector<uint8_t*> rows_;
};

std::vector<data::Field> OneKey() { return {{"number", LogicalType::BIGINT}}; }
std::vector<data::Field> TwoKeys() {
  return {{"number", LogicalType::BIGINT}, {"text", LogicalType::VARCHAR}};
}

class KeyedSpill : public testing::TestWithParam<std::vector<data::Field>> {};

TEST_P(KeyedSpill, HoldsWhatATableWithRoomHolds) {
  SpillForTest small(kBudget);
  MemoryForTest large;
  const KeyGroupRange range = KeyGroupRange::All(128);
  {
    Counter spilled(GetParam(), small);
    Counter plain(GetParam(), large);
    ChainForTest chain;
    base::Random random(17);
    for (int i = 0; i < 60; ++i) {
      const SliceId slice = SliceId::At(i % 3);
      const data::Chunk rows = MakeRows(random, 40'000, 2000);
      spilled.Add(slice, rows);
      plain.Add(slice, rows);
      const data::Chunk removed = MakeRows(random, 40'000, 100);
      spilled.Remove(slice, removed);
      plain.Remove(slice, removed);
      if (i % 20 == 10) {
        chain.Begin(spilled.table(), CutKind::kChanges, range);
      }
      if (i % 20 == 15) {
        chain.Finish();
      }
    }
    chain.Begin(spilled.table(), CutKind::kChanges, range);
    chain.Finish();
    EXPECT_GT(small.spilled_bytes(), 8 * kBudget);
    EXPECT_EQ(plain.table().num_rows(), spilled.table().num_rows());
    const std::vector<std::string> expected = RowsForTest(plain.table(), range);
    EXPECT_EQ(expected, RowsForTest(spilled.table(), range));

    SpillForTest of_restored(kBudget);
    {
      Counter restored(GetParam(), of_restored);
      chain.ApplyTo(restored.table(), range);
      EXPECT_EQ(expected, RowsForTest(restored.table(), range));
      EXPECT_GT(of_restored.spilled_bytes(), 8 * kBudget);
    }
    const int64_t spilled_of_three = small.spilled_bytes();
    spilled.table().Drop(SliceId::At(1));
    EXPECT_LT(small.spilled_bytes(), spilled_of_three * 3 / 4);
  }
  EXPECT_EQ(small.spilled_bytes(), 0);
  EXPECT_EQ(small.used_bytes(), 0);
}

INSTANTIATE_TEST_SUITE_P(Keys,
                         KeyedSpill,
                         testing::Values(OneKey(), TwoKeys()),
                         [](const auto& info) { return info.index == 0 ? "One" : "Two"; });

StateSchema LogSchema() {
  StateSchema schema{.name = "rows", .version = 1, .keys = {}, .values = {}, .sliced = true};
  for (const LogicalType& type : RowTypes()) {
    schema.values.push_back({"c" + std::to_string(schema.values.size()), type});
  }
  return schema;
}

TEST(RowLogSpill, HoldsWhatALogWithRoomHoldsInOrder) {
  SpillForTest small(1 << 20);
  MemoryForTest large;
  {
    RowLog spilled(LogSchema(), {}, small);
    RowLog plain(LogSchema(), {}, large);
    base::Random random(3);
    for (int i = 0; i < 150; ++i) {
      const SliceId slice = SliceId::At(i % 2);
      const data::Chunk rows = MakeRows(random, 1000, 1 + random.Uniform(300));
      const idx_t num_selected = (rows.num_rows() + 1) / 2;
      data::SelectionVector selection(num_selected);
      for (idx_t row = 0; row < num_selected; ++row) {
        selection.set_index(row, rows.num_rows() - 1 - row);
      }
      for (RowLog* log : {&spilled, &plain}) {
        // What nested values take may be refused: they stay in memory, and the rows are kept.
        (i % 3 == 0 ? log->Append(slice, rows, selection, num_selected) : log->Append(slice, rows))
            .IgnoreError();
      }
    }
    EXPECT_GT(small.spilled_bytes(), 0);
    for (const SliceId slice : {SliceId::At(0), SliceId::At(1)}) {
      const std::vector<data::Chunk>& expected = plain.Rows(slice);
      const std::vector<data::Chunk>& found = spilled.Rows(slice);
      ASSERT_EQ(expected.size(), found.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(ToTextForTest(expected[i]), ToTextForTest(found[i]));
      }
    }
    EXPECT_EQ(RowsForTest(plain, KeyGroupRange::All(128)),
              RowsForTest(spilled, KeyGroupRange::All(128)));
    spilled.Drop(SliceId::At(0));
    spilled.Drop(SliceId::At(1));
    EXPECT_EQ(small.spilled_bytes(), 0);
  }
  EXPECT_EQ(small.used_bytes(), 0);
}

TEST(RowLogSpill, ChunksThatWereTakenKeepTheirText) {
  SpillForTest small(256 << 10);
  std::vector<data::Chunk> taken;
  std::vector<std::string> expected;
  {
    const std::vector<LogicalType> types{LogicalType::VARCHAR};
    RowSegment segment(types, small);
    for (int64_t i = 0; i < 10; ++i) {
      data::Chunk chunk = data::Chunk::Allocate(types);
      for (idx_t row = 0; row < 1000; ++row) {
        const std::string text = TextOf(i * 1000 + static_cast<int64_t>(row) + 40);
        chunk.column(0).SetValue(row, Value(text));
        expected.push_back(text);
      }
      chunk.set_num_rows(1000);
      EXPECT_TRUE(segment.Append(chunk).ok());
    }
    taken = segment.Take();
  }
  EXPECT_GT(small.spilled_bytes(), 0);
  std::vector<std::string> found;
  for (const data::Chunk& chunk : taken) {
    for (const std::string& row : ToTextForTest(chunk)) {
      found.push_back(row);
    }
  }
  EXPECT_EQ(found, expected);
  taken.clear();
  EXPECT_EQ(small.spilled_bytes(), 0);
}

TEST(ChainedRowsSpill, KeepsRowsAndViewsWhereTheyAre) {
  SpillForTest small(256 << 10);
  {
    ChainedRows rows({LogicalType::BIGINT, LogicalType::VARCHAR}, small);
    std::vector<RowRef> refs;
    base::Random random(5);
    for (int i = 0; i < 60; ++i) {
      data::Chunk all = MakeRows(random, 100'000, 700);
      data::Chunk chunk = data::Chunk::Shell({LogicalType::BIGINT, LogicalType::VARCHAR});
      chunk.column(0).Reference(all.column(0));
      chunk.column(1).Reference(all.column(1));
      chunk.set_num_rows(700);
      const size_t first = refs.size();
      EXPECT_TRUE(rows.Append(chunk, refs).ok());
      for (idx_t row = 0; row < 700; row += 50) {
        const RowRef ref = refs[first + row];
        const data::Chunk& block = rows.Block(ChainedRows::BlockOf(ref));
        EXPECT_EQ(block.column(1).GetValue(ChainedRows::PositionOf(ref)).ToString(),
                  chunk.column(1).GetValue(row).ToString());
      }
    }
    EXPECT_GT(small.spilled_bytes(), 256 << 10);
    rows.Drop(refs);
  }
  EXPECT_EQ(small.spilled_bytes(), 0);
  EXPECT_EQ(small.used_bytes(), 0);
}

TEST(StateSpill, StaysInMemoryUntilTheBudgetIsUsedUpOnceTheDiskIsFull) {
  SpillForTest small(kBudget, /*spill_bytes_max=*/kBudget);
  base::Random random(17);
  {
    Counter counter(OneKey(), small);
    for (int i = 0; i < 30; ++i) {
      counter.Add({}, MakeRows(random, 40'000, 2000));
    }
    EXPECT_EQ(counter.table().FindSlice({})->status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_GT(small.used_bytes(), kBudget * 3 / 4);
    EXPECT_FALSE(small.spill().has_room());
    EXPECT_NE(small.spill().error().message().find("spill limit reached"), absl::string_view::npos);
  }
  EXPECT_TRUE(small.spill().has_room());
}

TEST(StateSpill, RefusesWhatAFolderCannotHold) {
  StateSpill spill({.folder = "/nonexistent/laminar", .bytes_max = 0, .resident_bytes_max = 1});
  EXPECT_TRUE(spill.has_room());
  EXPECT_EQ(spill.Allocate(1 << 20), nullptr);
  EXPECT_EQ(spill.error().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(spill.error().message().find("/nonexistent/laminar"), absl::string_view::npos);
  EXPECT_FALSE(spill.has_room());
}

}  // namespace
}  // namespace laminar::engine
