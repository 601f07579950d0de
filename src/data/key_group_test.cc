#include "data/key_group.h"

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace laminar::data {
namespace {

// Rows of (number, text): three numbers and a NULL, again and again; text every third row.
Chunk Rows(idx_t num_rows) {
  Chunk chunk = Chunk::Allocate({LogicalType::BIGINT, LogicalType::VARCHAR});
  for (idx_t i = 0; i < num_rows; ++i) {
    const idx_t number = i % 4;
    chunk.column(0).SetValue(
        i, number == 3 ? Value(LogicalType::BIGINT) : Value::BIGINT(static_cast<int64_t>(number)));
    chunk.column(1).SetValue(i, i % 3 == 0 ? Value("a text that is longer than twelve bytes")
                                           : Value(LogicalType::VARCHAR));
  }
  chunk.set_num_rows(num_rows);
  return chunk;
}

std::vector<uint64_t> Hashes(const Chunk& chunk, const std::vector<size_t>& columns) {
  Vector hashes(LogicalType::HASH);
  HashKeys(chunk, columns, hashes);
  EXPECT_EQ(hashes.GetVectorType(), duckdb::VectorType::FLAT_VECTOR);
  const auto* values = duckdb::FlatVector::GetData<uint64_t>(hashes);
  return {values, values + chunk.num_rows()};
}

TEST(HashKeys, GivesOneHashPerValueAndOneForNull) {
  const std::vector<uint64_t> hashes = Hashes(Rows(40), {0});
  EXPECT_EQ(std::set<uint64_t>(hashes.begin(), hashes.end()).size(), 4);
  for (size_t i = 4; i < hashes.size(); ++i) {
    EXPECT_EQ(hashes[i], hashes[i - 4]);
  }
}

TEST(HashKeys, CombinesColumns) {
  const std::vector<uint64_t> hashes = Hashes(Rows(48), {0, 1});
  EXPECT_EQ(std::set<uint64_t>(hashes.begin(), hashes.end()).size(), 8);
  EXPECT_NE(hashes, Hashes(Rows(48), {1, 0}));
}

TEST(HashKeys, DoesNotDependOnTheFormOfTheVectors) {
  const Chunk chunk = Rows(40);
  const std::vector<uint64_t> expected = Hashes(chunk, {0, 1});
  SelectionVector selection(10);
  for (idx_t i = 0; i < 10; ++i) {
    selection.set_index(i, 39 - 3 * i);
  }
  const std::vector<uint64_t> selected = Hashes(chunk.Select(selection, 10), {0, 1});
  for (idx_t i = 0; i < 10; ++i) {
    EXPECT_EQ(selected[i], expected[39 - 3 * i]);
  }
  for (const idx_t row : {idx_t{0}, idx_t{3}, idx_t{5}}) {
    Chunk constant = Chunk::Shell({LogicalType::BIGINT, LogicalType::VARCHAR});
    constant.column(0).Reference(chunk.column(0).GetValue(row));
    constant.column(1).Reference(chunk.column(1).GetValue(row));
    constant.set_num_rows(3);
    EXPECT_EQ(Hashes(constant, {0, 1}), std::vector<uint64_t>(3, expected[row]));
  }
}

TEST(KeyGroup, GivesSubtasksContiguousRanges) {
  EXPECT_EQ(KeyGroupOf(0, 256), 0);
  EXPECT_EQ(KeyGroupOf(std::numeric_limits<uint64_t>::max(), 256), 255);
  EXPECT_EQ(KeyGroupOf(uint64_t{1} << 63, 256), 128);
  EXPECT_EQ(KeyGroupOf(std::numeric_limits<uint64_t>::max(), 1), 0);
  for (const uint32_t parallelism : {1U, 2U, 3U, 7U, 256U}) {
    std::vector<int> sizes(parallelism, 0);
    uint32_t last = 0;
    for (uint32_t group = 0; group < 256; ++group) {
      const uint32_t subtask = SubtaskOfKeyGroup(group, 256, parallelism);
      ASSERT_LT(subtask, parallelism);
      EXPECT_GE(subtask, last);
      last = subtask;
      ++sizes[subtask];
    }
    for (const int size : sizes) {
      EXPECT_GE(size, 256 / static_cast<int>(parallelism));
      EXPECT_LE(size, 256 / static_cast<int>(parallelism) + 1);
    }
  }
}

}  // namespace
}  // namespace laminar::data
