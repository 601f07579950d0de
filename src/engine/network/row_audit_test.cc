#include "engine/network/row_audit.h"

#include <vector>

#include <gtest/gtest.h>

namespace laminar::engine {
namespace {

data::Chunk ChunkOf(const std::vector<int64_t>& values) {
  data::Chunk chunk = data::Chunk::Allocate({data::LogicalType::BIGINT});
  for (size_t i = 0; i < values.size(); ++i) {
    duckdb::FlatVector::GetData<int64_t>(chunk.column(0))[i] = values[i];
  }
  chunk.set_num_rows(values.size());
  return chunk;
}

TEST(RowAudit, DoesNotDependOnOrderOrChunks) {
  RowAudit in_one;
  in_one.Add(ChunkOf({1, 2, 3, 4}));
  RowAudit in_parts;
  in_parts.Add(ChunkOf({4, 1}));
  in_parts.Add(ChunkOf({3}));
  in_parts.Add(ChunkOf({2}));
  EXPECT_EQ(in_parts.num_rows(), 4);
  EXPECT_EQ(in_parts.hash(), in_one.hash());
}

TEST(RowAudit, TellsALostADoubledAndAChangedRow) {
  RowAudit right;
  right.Add(ChunkOf({1, 2, 3}));
  RowAudit lost;
  lost.Add(ChunkOf({1, 2}));
  EXPECT_NE(lost.hash(), right.hash());
  RowAudit doubled;
  doubled.Add(ChunkOf({1, 2, 2}));
  EXPECT_EQ(doubled.num_rows(), right.num_rows());
  EXPECT_NE(doubled.hash(), right.hash());
}

TEST(RowAudit, CountsEachCopyOfABroadcastRow) {
  RowAudit sent;
  sent.Add(ChunkOf({7, 8}), 3);
  RowAudit received;
  for (int i = 0; i < 3; ++i) {
    received.Add(ChunkOf({7, 8}));
  }
  EXPECT_EQ(sent.num_rows(), received.num_rows());
  EXPECT_EQ(sent.hash(), received.hash());
}

TEST(RowAudit, ReadsSelectedRows) {
  const data::Chunk chunk = ChunkOf({1, 2, 3});
  data::SelectionVector selection(2);
  selection.set_index(0, 2);
  selection.set_index(1, 0);
  RowAudit selected;
  selected.Add(chunk.Select(selection, 2));
  RowAudit same;
  same.Add(ChunkOf({1, 3}));
  EXPECT_EQ(selected.hash(), same.hash());
}

}  // namespace
}  // namespace laminar::engine
