#include "expression/batch_window_evaluator.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "expression/batch_ranking.h"
#include "expression/batch_sort_key.h"
#include "expression/batch_window_for_test.h"
#include "expression/bind_for_test.h"

namespace laminar::expression {
namespace {

using data::LogicalType;
using testing::ElementsAre;

// Columns: g (the window), k, v, s.
constexpr const char* kRows =
    "SELECT g, k, v, s FROM (VALUES (1, 'a', 3, 'x'), (1, 'b', 1, 'y'), (1, 'a', 1, 'z'), "
    "(1, 'a', NULL, 'a string that is longer than twelve bytes'), (1, 'b', 5, NULL)) t(g, k, v, s)";

std::vector<std::string> Texts(const std::vector<data::Chunk>& chunks) {
  std::vector<std::string> rows;
  for (const data::Chunk& chunk : chunks) {
    for (size_t row = 0; row < chunk.num_rows(); ++row) {
      std::string text;
      for (size_t i = 0; i < chunk.num_columns(); ++i) {
        text += (i == 0 ? "" : "|") + chunk.column(i).GetValue(row).ToString();
      }
      rows.push_back(text);
    }
  }
  return rows;
}

std::vector<data::Chunk> SplitByRow(const data::Chunk& chunk) {
  std::vector<data::Chunk> rows;
  for (size_t row = 0; row < chunk.num_rows(); ++row) {
    data::SelectionVector selection(1);
    selection.set_index(0, row);
    rows.push_back(chunk.Select(selection, 1));
  }
  return rows;
}

std::vector<std::string> Evaluate(const std::string& calls) {
  const data::Schema schema = SchemaForTest(kRows);
  BatchWindowEvaluator evaluator(BindWindowCallsForTest(calls, schema), schema.Types(), 0, {});
  std::vector<data::Chunk> rows;
  rows.push_back(QueryForTest(kRows));
  const auto results = evaluator.Evaluate(rows, {1});
  EXPECT_TRUE(results.ok()) << results.status();
  return results.ok() ? Texts(*results) : std::vector<std::string>();
}

TEST(BatchWindowEvaluator, GivesResultsInTheOrderOfTheRows) {
  EXPECT_THAT(
      Evaluate("row_number() OVER (PARTITION BY g, k ORDER BY v), "
               "lag(s, 1, 'none') OVER (PARTITION BY k ORDER BY v NULLS FIRST)"),
      ElementsAre("2|z", "1|none", "1|a string that is longer than twelve bytes", "3|none", "2|y"));
}

TEST(BatchWindowEvaluator, EvaluatesFramesFiltersAndExclusions) {
  EXPECT_THAT(Evaluate("sum(v) OVER (ORDER BY s ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), "
                       "count(*) FILTER (v > 1) OVER (), "
                       "list(v ORDER BY v DESC) OVER (PARTITION BY k ORDER BY s ROWS BETWEEN "
                       "UNBOUNDED PRECEDING AND "
                       "UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW)"),
              ElementsAre("4|2|[1, NULL]", "5|2|[5]", "7|2|[3, NULL]", "3|2|[3, 1]", "6|2|[1]"));
}

TEST(BatchWindowEvaluator, EvaluatesConstantsAndDistinctAggregates) {
  EXPECT_THAT(Evaluate("ntile(2) OVER (ORDER BY s), first_value(v IGNORE NULLS) OVER (ORDER BY s), "
                       "count(DISTINCT v) OVER (PARTITION BY k)"),
              ElementsAre("1|3|2", "1|3|2", "2|3|2", "1|NULL|2", "2|3|2"));
}

TEST(BatchWindowEvaluator, RowsOfDifferentGroupsDoNotMeet) {
  const data::Schema schema = SchemaForTest(kRows);
  BatchWindowEvaluator evaluator(
      BindWindowCallsForTest("count(*) OVER (PARTITION BY g), sum(v) OVER (PARTITION BY g, k)",
                             schema),
      schema.Types(), 0, {});
  const std::vector<data::Chunk> rows = SplitByRow(QueryForTest(kRows));
  const auto results = evaluator.Evaluate(rows, {7, 7, 8, 8, 7});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(Texts(*results), ElementsAre("3|3", "3|6", "2|1", "2|1", "3|6"));
}

TEST(BatchWindowEvaluator, PartitionsByTheGivenColumnsToo) {
  const data::Schema schema = SchemaForTest(kRows);
  BatchWindowEvaluator evaluator(
      BindWindowCallsForTest("count(*) OVER (), sum(v) OVER (PARTITION BY k, g), "
                             "count(v) OVER (PARTITION BY v)",
                             schema),
      schema.Types(), 0, {1});
  std::vector<data::Chunk> rows;
  rows.push_back(QueryForTest(kRows));
  const auto results = evaluator.Evaluate(rows, {1});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(Texts(*results), ElementsAre("3|4|1", "2|6|1", "3|4|1", "3|4|0", "2|6|1"));
}

TEST(BatchWindowEvaluator, CanBeUsedAgain) {
  const data::Schema schema = SchemaForTest(kRows);
  BatchWindowEvaluator evaluator(BindWindowCallsForTest("sum(v) OVER ()", schema), schema.Types(),
                                 0, {});
  std::vector<data::Chunk> rows;
  EXPECT_EQ(evaluator.Evaluate(rows, {})->size(), 0);
  rows.push_back(QueryForTest(kRows));
  for (int i = 0; i < 3; ++i) {
    const auto results = evaluator.Evaluate(rows, {i});
    ASSERT_TRUE(results.ok()) << results.status();
    EXPECT_THAT(Texts(*results), ElementsAre("10", "10", "10", "10", "10"));
  }
}

TEST(BatchWindowEvaluator, TakesManyRows) {
  const data::Schema schema = SchemaForTest("SELECT 1 AS g, 1::BIGINT AS v");
  BatchWindowEvaluator evaluator(
      BindWindowCallsForTest("row_number() OVER (ORDER BY v DESC)", schema), schema.Types(), 0, {});
  std::vector<data::Chunk> rows;
  for (int i = 0; i < 10; ++i) {
    rows.push_back(QueryForTest("SELECT 1 AS g, (range + " + std::to_string(i * 2000) +
                                ") AS v FROM range(2000)"));
  }
  const auto results = evaluator.Evaluate(rows, std::vector<int32_t>(10, 1));
  ASSERT_TRUE(results.ok()) << results.status();
  const std::vector<std::string> numbers = Texts(*results);
  ASSERT_EQ(numbers.size(), 20000);
  for (int i = 0; i < 20000; ++i) {
    ASSERT_EQ(numbers[i], std::to_string(20000 - i));
  }
}

TEST(BatchWindowEvaluator, ReportsAFailingCallAndGoesOn) {
  const data::Schema schema = SchemaForTest(kRows);
  BatchWindowEvaluator evaluator(
      BindWindowCallsForTest("sum(s::INTEGER) OVER (PARTITION BY g)", schema), schema.Types(), 0,
      {});
  std::vector<data::Chunk> rows;
  rows.push_back(QueryForTest(kRows));
  EXPECT_EQ(evaluator.Evaluate(rows, {1}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(evaluator.Evaluate(rows, {1}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(AsRanking, RecognisesRankingsOverColumns) {
  const data::Schema schema = SchemaForTest(kRows);
  const auto calls = BindWindowCallsForTest(
      "row_number() OVER (PARTITION BY k, g ORDER BY v DESC, s NULLS FIRST), rank() OVER (ORDER BY "
      "v), "
      "dense_rank() OVER (PARTITION BY g)",
      schema);
  const auto row_number = AsRanking(calls[0]);
  ASSERT_TRUE(row_number.has_value());
  EXPECT_EQ(row_number->kind, RankingKind::kRowNumber);
  EXPECT_THAT(row_number->partition_by, ElementsAre(0, 1));
  EXPECT_THAT(row_number->order_by,
              ElementsAre(SortColumn{.column = 2, .descending = true, .nulls_first = false},
                          SortColumn{.column = 3, .descending = false, .nulls_first = true}));
  EXPECT_EQ(AsRanking(calls[1])->kind, RankingKind::kRank);
  EXPECT_EQ(AsRanking(calls[2])->kind, RankingKind::kDenseRank);
  EXPECT_TRUE(AsRanking(calls[2])->order_by.empty());
}

TEST(AsRanking, LeavesOtherCallsAlone) {
  const data::Schema schema = SchemaForTest(kRows);
  for (const auto& call : BindWindowCallsForTest(
           "lag(v) OVER (ORDER BY v), sum(v) OVER (), row_number() OVER (ORDER BY v + 1), "
           "row_number() OVER (PARTITION BY v + 1), rank(ORDER BY v) OVER (), percent_rank() OVER "
           "(ORDER BY v)",
           schema)) {
    EXPECT_FALSE(AsRanking(call).has_value()) << call.ToString();
  }
  EXPECT_FALSE(AsRanking(BoundExpression::Column(0, LogicalType::INTEGER)).has_value());
}

std::vector<int> OrderByKeys(const data::Chunk& rows, const std::vector<SortColumn>& order) {
  data::Vector keys(LogicalType::BLOB, rows.num_rows());
  EXPECT_TRUE(EncodeSortKeys(rows, order, keys).ok());
  const auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(keys);
  std::vector<int> positions(rows.num_rows());
  for (size_t i = 0; i < positions.size(); ++i) {
    positions[i] = static_cast<int>(i);
  }
  std::sort(positions.begin(), positions.end(), [&](int a, int b) {
    return std::pair(data[a].GetString(), a) < std::pair(data[b].GetString(), b);
  });
  return positions;
}

TEST(EncodeSortKeys, OrdersByEveryColumnInTurn) {
  const data::Chunk rows = QueryForTest(
      "FROM (VALUES (2, 'b', [1]), (1, 'a', [2]), (2, 'bb', NULL), (NULL, 'a', [0]), (1, 'a', [1, "
      "5])) t");
  EXPECT_THAT(OrderByKeys(rows, {{.column = 0}, {.column = 1, .descending = true}, {.column = 2}}),
              ElementsAre(4, 1, 2, 0, 3));
  EXPECT_THAT(OrderByKeys(rows, {{.column = 0, .descending = true, .nulls_first = true}}),
              ElementsAre(3, 0, 2, 1, 4));
  EXPECT_THAT(OrderByKeys(rows, {{.column = 2, .nulls_first = true}}), ElementsAre(2, 3, 0, 4, 1));
}

}  // namespace
}  // namespace laminar::expression
