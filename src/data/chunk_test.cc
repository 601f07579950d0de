#include "data/chunk.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laminar::data {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

LogicalType PairType() {
  return LogicalType::STRUCT({{"n", LogicalType::BIGINT}, {"t", LogicalType::VARCHAR}});
}

// Rows of (n BIGINT, {n, t}, [n, n]); the struct of row 2 is NULL.
Chunk Rows(idx_t num_rows) {
  Chunk chunk =
      Chunk::Allocate({LogicalType::BIGINT, PairType(), LogicalType::LIST(LogicalType::BIGINT)});
  for (idx_t i = 0; i < num_rows; ++i) {
    const Value number = Value::BIGINT(static_cast<int64_t>(i));
    chunk.column(0).SetValue(i, number);
    chunk.column(1).SetValue(
        i, i == 2 ? Value(PairType())
                  : Value::STRUCT({{"n", number}, {"t", Value("t" + std::to_string(i))}}));
    chunk.column(2).SetValue(i, Value::LIST(LogicalType::BIGINT, {number, number}));
  }
  chunk.set_num_rows(num_rows);
  return chunk;
}

std::vector<std::string> Texts(const Chunk& chunk) {
  std::vector<std::string> texts;
  for (idx_t row = 0; row < chunk.num_rows(); ++row) {
    std::string text;
    for (idx_t i = 0; i < chunk.num_columns(); ++i) {
      text += (i == 0 ? "" : "|") + chunk.column(i).GetValue(row).ToString();
    }
    texts.push_back(text);
  }
  return texts;
}

SelectionVector Positions(const std::vector<idx_t>& rows) {
  SelectionVector selection(rows.size());
  for (idx_t i = 0; i < rows.size(); ++i) {
    selection.set_index(i, rows[i]);
  }
  return selection;
}

TEST(Chunk, SelectsRowsInTheOrderAskedForWithTheirKinds) {
  Chunk chunk = Rows(4);
  chunk.row_kinds() = {RowKind::kInsert, RowKind::kDelete, RowKind::kUpdateBefore,
                       RowKind::kUpdateAfter};
  chunk.set_arrival({.nanos = 7});
  const Chunk selected = chunk.Select(Positions({3, 2, 2}), 3);
  EXPECT_THAT(Texts(selected),
              ElementsAre("3|{'n': 3, 't': t3}|[3, 3]", "2|NULL|[2, 2]", "2|NULL|[2, 2]"));
  EXPECT_THAT(selected.row_kinds(),
              ElementsAre(RowKind::kUpdateAfter, RowKind::kUpdateBefore, RowKind::kUpdateBefore));
  EXPECT_EQ(selected.arrival().nanos, 7);
}

TEST(Chunk, SelectsFromWhatWasSelected) {
  const Chunk chunk = Rows(6);
  const Chunk once = chunk.Select(Positions({5, 4, 2, 0}), 4);
  EXPECT_THAT(Texts(once.Select(Positions({2, 0}), 2)),
              ElementsAre("2|NULL|[2, 2]", "5|{'n': 5, 't': t5}|[5, 5]"));
}

TEST(Chunk, SharesItsColumns) {
  Chunk chunk = Rows(3);
  chunk.row_kinds() = {RowKind::kInsert, RowKind::kInsert, RowKind::kDelete};
  Chunk shared = chunk.Share();
  EXPECT_EQ(shared.column(0).GetData(), chunk.column(0).GetData());
  const std::vector<std::string> expected = Texts(chunk);
  const Chunk moved = std::move(chunk);
  EXPECT_EQ(Texts(shared), expected);
  EXPECT_EQ(shared.row_kinds(), moved.row_kinds());
}

TEST(Chunk, HasRowsWithoutColumns) {
  Chunk chunk = Chunk::Shell({});
  chunk.set_num_rows(5);
  EXPECT_EQ(chunk.Share().num_rows(), 5);
  EXPECT_EQ(chunk.Select(Positions({1, 3}), 2).num_rows(), 2);
  EXPECT_EQ(chunk.EstimateBytes(), 0);
  EXPECT_THAT(Chunk().row_kinds(), IsEmpty());
}

TEST(Chunk, TakesRowsWithoutKindsForInserts) {
  EXPECT_EQ(Rows(1).row_kind(0), RowKind::kInsert);
  EXPECT_STREQ(RowKindName(RowKind::kInsert), "+I");
  EXPECT_STREQ(RowKindName(RowKind::kUpdateBefore), "-U");
  EXPECT_STREQ(RowKindName(RowKind::kUpdateAfter), "+U");
  EXPECT_STREQ(RowKindName(RowKind::kDelete), "-D");
}

}  // namespace
}  // namespace laminar::data
