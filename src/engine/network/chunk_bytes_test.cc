#include "engine/network/chunk_bytes.h"

#include <gtest/gtest.h>

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;

data::Chunk Column(const LogicalType& type, data::idx_t num_rows, const Value& value) {
  data::Chunk chunk = data::Chunk::Allocate({type});
  for (data::idx_t row = 0; row < num_rows; ++row) {
    chunk.column(0).SetValue(row, value);
  }
  chunk.set_num_rows(num_rows);
  return chunk;
}

TEST(ChunkBytes, CountsFixedColumnsByTheirSize) {
  data::Chunk chunk = Column(LogicalType::BIGINT, 100, Value::BIGINT(1));
  EXPECT_EQ(EstimateChunkBytes(chunk), 800);
}

TEST(ChunkBytes, CountsLongStrings) {
  data::Chunk chunk = Column(LogicalType::VARCHAR, 1000, Value(std::string(10'000, 'x')));
  EXPECT_EQ(EstimateChunkBytes(chunk), 1000 * (16 + 10'000));
  chunk = Column(LogicalType::VARCHAR, 3, Value("short"));
  EXPECT_EQ(EstimateChunkBytes(chunk), 3 * 16);
  chunk = Column(LogicalType::BLOB, 3, Value::BLOB(std::string(100, 'x')));
  EXPECT_EQ(EstimateChunkBytes(chunk), 3 * 116);
  chunk = Column(LogicalType::VARCHAR, 3, Value(LogicalType::VARCHAR));
  EXPECT_EQ(EstimateChunkBytes(chunk), 3 * 16);
}

TEST(ChunkBytes, TakesNestedSlicedAndConstantColumns) {
  const LogicalType list = LogicalType::LIST(LogicalType::BIGINT);
  data::Chunk chunk =
      Column(list, 100, Value::LIST(LogicalType::BIGINT, {Value::BIGINT(1), Value::BIGINT(2)}));
  EXPECT_GT(EstimateChunkBytes(chunk), 100 * 16);
  data::SelectionVector selection(10);
  for (data::idx_t i = 0; i < 10; ++i) {
    selection.set_index(i, i);
  }
  data::Chunk sliced = chunk.Select(selection, 10);
  EXPECT_GT(EstimateChunkBytes(sliced), 0);

  data::Chunk constant = data::Chunk::Shell({list, LogicalType::VARCHAR});
  constant.column(0).Reference(Value(list));
  constant.column(1).Reference(Value("a long constant that is not repeated"));
  constant.set_num_rows(10);
  EXPECT_GT(EstimateChunkBytes(constant), 0);

  data::Chunk strings = Column(LogicalType::VARCHAR, 100, Value(std::string(100, 'x')));
  data::Chunk sliced_strings = strings.Select(selection, 10);
  EXPECT_EQ(EstimateChunkBytes(sliced_strings), 10 * 116);
}

}  // namespace
}  // namespace laminar::engine
