// What tables do when the store of their rows refuses. What they do else: state_cut_test.
#include "engine/state/cold_rows.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/limits.h"
#include "data/chunk.h"
#include "engine/state/row_store_for_test.h"
#include "engine/state/sliced_table.h"
#include "engine/state/state_for_test.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::LogicalType;

constexpr KeyGroupRange kAllGroups{.begin = 0, .end = 256, .num_key_groups = 256};
constexpr int64_t kRowsPerChunk = base::kRowsPerChunkMax;

class ColdRowsTest : public testing::Test {
 protected:
  void Open(int64_t disk_bytes_max = 0) {
    memory_ = std::make_unique<RowStoreForTest>(disk_bytes_max);
    table_ = MakeTable();
  }
  std::unique_ptr<SlicedTable> MakeTable() {
    return std::make_unique<SlicedTable>(
        StateSchema{.name = "groups",
                    .version = 1,
                    .keys = {{"key", LogicalType::BIGINT, false}},
                    .values = {{"first", LogicalType::BIGINT, false},
                               {"second", LogicalType::BIGINT, false}}},
        KeyGroupRule::kKeys, *memory_, SlicedTable::Rows::kMayMove);
  }
  KeyedTable& rows() { return table_->All(); }

  // Rows for the keys [first, first + kRowsPerChunk).
  void Insert(int64_t first) { InsertInto(*table_, first); }
  static void InsertInto(SlicedTable& table, int64_t first) {
    data::Chunk chunk = data::Chunk::Allocate({LogicalType::BIGINT});
    auto* values = duckdb::FlatVector::GetData<int64_t>(chunk.column(0));
    for (int64_t i = 0; i < kRowsPerChunk; ++i) {
      values[i] = first + i;
    }
    chunk.set_num_rows(kRowsPerChunk);
    KeyColumns keys(table.layout(), {0});
    keys.Set(chunk);
    uint8_t* places[kRowsPerChunk];
    table.All().FindOrInsert(keys, nullptr, kRowsPerChunk, places);
  }
  // Moves so many rows out that most of them are in files.
  void InsertAndMoveOut() {
    for (int64_t i = 0; i < kNumChunks; ++i) {
      Insert(i * kRowsPerChunk);
      rows().MoveOut(kRowsPerChunk, memory_->store());
    }
    ASSERT_TRUE(rows().status().ok()) << rows().status();
    ASSERT_EQ(rows().num_rows_in_memory(), 0);
    ASSERT_EQ(rows().num_rows(), kNumChunks * kRowsPerChunk);
  }
  // What another table hands out after it has removed its rows of the first chunk of keys.
  std::optional<data::Chunk> CutOfRemovals() {
    const std::unique_ptr<SlicedTable> other = MakeTable();
    InsertInto(*other, 0);
    ChainForTest chain;
    chain.Begin(*other, CutKind::kAll, kAllGroups);
    chain.Finish();
    other->All().EraseIf([](const uint8_t*) { return true; });
    auto cut = other->Cut(CutKind::kChanges, kAllGroups);
    EXPECT_TRUE(cut.ok()) << cut.status();
    auto removed = (*cut)->Next();
    EXPECT_TRUE(removed.ok()) << removed.status();
    return removed->has_value() ? std::optional(std::move(**removed)) : std::nullopt;
  }
  std::vector<int64_t> Walk() {
    std::vector<int64_t> keys;
    KeyedTable::Cursor cursor;
    uint8_t* places[kRowsPerChunk];
    while (const idx_t count = rows().Next(cursor, kRowsPerChunk, places)) {
      for (idx_t i = 0; i < count; ++i) {
        keys.push_back(table_->layout().field(0).Load<int64_t>(places[i]));
      }
    }
    return keys;
  }

  static constexpr int64_t kNumChunks = 50;

  std::unique_ptr<RowStoreForTest> memory_;
  std::unique_ptr<SlicedTable> table_;
};

TEST_F(ColdRowsTest, LosesNoRowThatTheStoreHasNoRoomFor) {
  Open(/*disk_bytes_max=*/1 << 20);
  int64_t num_rows = 0;
  for (; rows().status().ok() && num_rows < 400 * kRowsPerChunk; num_rows += kRowsPerChunk) {
    Insert(num_rows);
    rows().MoveOut(kRowsPerChunk, memory_->store());
  }
  EXPECT_EQ(rows().status().code(), absl::StatusCode::kResourceExhausted) << rows().status();
  EXPECT_GT(rows().num_rows_in_memory(), 0);
  EXPECT_EQ(rows().num_rows(), num_rows);
  const std::vector<int64_t> found = Walk();
  EXPECT_EQ(static_cast<int64_t>(found.size()), num_rows);
  EXPECT_EQ(static_cast<int64_t>(std::set(found.begin(), found.end()).size()), num_rows);
}

TEST_F(ColdRowsTest, MakesNoNewRowWithoutAnErrorWhereItCannotLook) {
  Open();
  InsertAndMoveOut();
  memory_->BreakFiles();
  Insert(0);
  EXPECT_EQ(rows().status().code(), absl::StatusCode::kUnavailable) << rows().status();
}

TEST_F(ColdRowsTest, EndsAWalkWithAnErrorWhereRowsCannotBeRead) {
  Open();
  InsertAndMoveOut();
  memory_->BreakFiles();
  EXPECT_LT(static_cast<int64_t>(Walk().size()), rows().num_rows());
  EXPECT_EQ(rows().status().code(), absl::StatusCode::kUnavailable) << rows().status();
}

TEST_F(ColdRowsTest, EndsACutWithAnErrorWhereRowsCannotBeRead) {
  Open();
  InsertAndMoveOut();
  memory_->BreakFiles();
  auto cut = table_->Cut(CutKind::kAll, kAllGroups);
  ASSERT_TRUE(cut.ok());
  auto rows = (*cut)->Next();
  while (rows.ok() && rows->has_value()) {
    rows = (*cut)->Next();
  }
  EXPECT_EQ(rows.status().code(), absl::StatusCode::kUnavailable) << rows.status();
  (*cut)->Abandon();
}

TEST_F(ColdRowsTest, RefusesRemovalsFromACheckpointWhereItCannotLook) {
  Open();
  const std::optional<data::Chunk> removed = CutOfRemovals();
  ASSERT_TRUE(removed.has_value());
  InsertAndMoveOut();
  memory_->BreakFiles();
  const absl::Status applied = table_->Apply(*removed, kAllGroups);
  EXPECT_EQ(applied.code(), absl::StatusCode::kUnavailable) << applied;
}

}  // namespace
}  // namespace laminar::engine
