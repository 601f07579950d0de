#include "engine/state/packed_row.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "data/chunk.h"
#include "engine/state/key_columns.h"
#include "engine/state/keyed_table.h"
#include "engine/state/memory_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;

// The packed keys of rows of one column.
std::vector<std::string> PackedKeysOf(const LogicalType& type, const std::vector<Value>& values) {
  MemoryForTest memory;
  const RowLayout layout({{"k", type}}, {});
  std::vector<std::string> packed;
  for (const Value& value : values) {
    KeyedTable table(layout, memory);
    data::Chunk chunk = data::Chunk::Allocate({type});
    chunk.column(0).SetValue(0, value);
    chunk.set_num_rows(1);
    KeyColumns keys(layout, {0});
    keys.Set(chunk);
    uint8_t* row = nullptr;
    table.FindOrInsert(keys, nullptr, 1, &row);
    AppendPackedKey(layout, row, packed.emplace_back());
  }
  return packed;
}

TEST(PackedRow, KeysThatGroupByCallsEqualAreTheSameBytes) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto doubles = PackedKeysOf(LogicalType::DOUBLE,
                                    {Value::DOUBLE(0.0), Value::DOUBLE(-0.0), Value::DOUBLE(nan),
                                     Value::DOUBLE(-nan), Value::DOUBLE(1.0)});
  EXPECT_EQ(doubles[0], doubles[1]);
  EXPECT_EQ(doubles[2], doubles[3]);
  EXPECT_NE(doubles[0], doubles[2]);
  EXPECT_NE(doubles[0], doubles[4]);
  const auto intervals = PackedKeysOf(
      LogicalType::INTERVAL, {Value::INTERVAL(1, 0, 0), Value::INTERVAL(0, 30, 0),
                              Value::INTERVAL(0, 29, 86'400'000'000), Value::INTERVAL(0, 31, 0)});
  EXPECT_EQ(intervals[0], intervals[1]);
  EXPECT_EQ(intervals[0], intervals[2]);
  EXPECT_NE(intervals[0], intervals[3]);
}

TEST(PackedRow, OtherKeysAreOtherBytes) {
  const auto texts = PackedKeysOf(LogicalType::VARCHAR,
                                  {Value(""), Value(LogicalType::VARCHAR), Value("a"),
                                   Value(std::string(100, 'a')), Value(std::string(99, 'a'))});
  for (size_t i = 0; i < texts.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      EXPECT_NE(texts[i], texts[j]) << i << " " << j;
    }
  }
  const auto numbers =
      PackedKeysOf(LogicalType::INTEGER, {Value::INTEGER(0), Value(LogicalType::INTEGER)});
  EXPECT_NE(numbers[0], numbers[1]);
}

TEST(PackedRow, ComesBackWithItsText) {
  MemoryForTest memory;
  const RowLayout layout({{"k", LogicalType::VARCHAR}},
                         {{"n", LogicalType::BIGINT}, {"t", LogicalType::VARCHAR}});
  KeyedTable table(layout, memory);
  data::Chunk chunk = data::Chunk::Allocate({LogicalType::VARCHAR});
  const std::string key = "a key that does not fit in twelve bytes";
  chunk.column(0).SetValue(0, Value(key));
  chunk.set_num_rows(1);
  KeyColumns keys(layout, {0});
  keys.Set(chunk);
  uint8_t* row = nullptr;
  table.FindOrInsert(keys, nullptr, 1, &row);
  layout.field(1).Store<int64_t>(row, 42);
  layout.field(1).SetValid(row);
  std::string packed;
  AppendPackedRow(layout, row, packed);
  const std::string moved = packed;
  std::vector<uint8_t> loaded(layout.row_bytes());
  LoadPackedRow(layout, moved, loaded.data());
  EXPECT_EQ(layout.field(0).Load<duckdb::string_t>(loaded.data()).GetString(), key);
  EXPECT_EQ(layout.field(1).Load<int64_t>(loaded.data()), 42);
  EXPECT_FALSE(layout.IsValid(2, loaded.data()));
  EXPECT_EQ(RowLayout::HashOf(loaded.data()), RowLayout::HashOf(row));
}

}  // namespace
}  // namespace laminar::engine
