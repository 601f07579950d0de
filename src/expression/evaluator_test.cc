#include "expression/evaluator.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "expression/bind_for_test.h"

namespace laminar::expression {
namespace {

constexpr const char* kRows =
    "SELECT i, i * 10 AS j, 'name ' || i AS s, {'a': "
    "i, 'b': 'a long text of row ' || i} AS p "
    "FROM range(5) t(i)";

data::Chunk EvaluateOver(const std::string& query, const std::string& expressions) {
  ProjectionEvaluator evaluator(BindForTest(expressions, SchemaForTest(query)));
  auto result = evaluator.Evaluate(QueryForTest(query));
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : data::Chunk();
}

std::vector<std::string> Texts(const data::Chunk& chunk, size_t column) {
  std::vector<std::string> texts;
  for (size_t row = 0; row < chunk.num_rows(); ++row) {
    texts.push_back(chunk.column(column).GetValue(row).ToString());
  }
  return texts;
}

TEST(ProjectionEvaluator, ComputesFunctionsOfTheLibrary) {
  const data::Chunk result = EvaluateOver(kRows, "i + j, upper(s), CASE WHEN i > 2 THEN s END");
  EXPECT_EQ(Texts(result, 0), (std::vector<std::string>{"0", "11", "22", "33", "44"}));
  EXPECT_EQ(Texts(result, 1)[4], "NAME 4");
  EXPECT_EQ(Texts(result, 2)[0], "NULL");
  EXPECT_EQ(Texts(result, 2)[3], "name 3");
}

TEST(ProjectionEvaluator, SharesTheBuffersOfPlainColumns) {
  const data::Chunk input = QueryForTest(kRows);
  ProjectionEvaluator evaluator(BindForTest("j", SchemaForTest(kRows)));
  const data::Chunk result = *evaluator.Evaluate(input);
  EXPECT_EQ(result.column(0).GetData(), input.column(1).GetData());
}

TEST(ProjectionEvaluator, SharesTheBuffersOfStructFields) {
  const data::Chunk input = QueryForTest(kRows);
  ProjectionEvaluator evaluator(BindForTest("p.a", SchemaForTest(kRows)));
  const data::Chunk result = *evaluator.Evaluate(input);
  const auto& entries = duckdb::StructVector::GetEntries(input.column(3));
  EXPECT_EQ(result.column(0).GetData(), entries[0]->GetData());
}

TEST(ProjectionEvaluator, OutlivesTheConnectionThatExpressionsWereBoundWith) {
  // Functions that keep the context of their binding; BindForTest has closed its connection.
  ProjectionEvaluator evaluator(
      BindForTest("list_sort([j, i]), list_transform([[j, i]], lambda l: list_reverse_sort(l)), "
                  "list_grade_up([j, i])",
                  SchemaForTest(kRows)));
  const absl::StatusOr<data::Chunk> result = evaluator.Evaluate(QueryForTest(kRows));
  ASSERT_TRUE(result.ok()) << result.status();
}

TEST(ProjectionEvaluator, LeavesEarlierResultsAloneWhenCalledAgain) {
  // Struct, list and reinterpreting functions answer with references to their
  // arguments' buffers.
  const data::Schema schema = SchemaForTest(kRows);
  ProjectionEvaluator evaluator(
      BindForTest("i + 1, struct_pack(x := i + 1, y := s || '!'), [i + 1, j], "
                  "struct_extract(struct_pack(x := i + 1), 'x'), "
                  "CASE WHEN i < 100 THEN s || '?' ELSE s END, "
                  "list_transform([i + 1], lambda x: x + 1), "
                  "list_slice([i + 1, j + 1], 1, 1), coalesce(i + 1, 0), "
                  "array_value(i + 1, j + 1)",
                  schema));
  const data::Chunk first = *evaluator.Evaluate(QueryForTest(kRows));
  std::vector<std::vector<std::string>> before;
  for (size_t column = 0; column < first.num_columns(); ++column) {
    before.push_back(Texts(first, column));
  }
  const data::Chunk second = *evaluator.Evaluate(
      QueryForTest("SELECT i + 50 AS i, j + 900 AS j, 'another ' || s AS s, p FROM (" +
                   std::string(kRows) + ")"));
  for (size_t column = 0; column < first.num_columns(); ++column) {
    EXPECT_EQ(Texts(first, column), before[column]) << column;
    EXPECT_NE(Texts(second, column), before[column]) << column;
  }
}

TEST(ProjectionEvaluator, OutlivesItsInput) {
  ProjectionEvaluator evaluator(BindForTest("s, p.b, s || '-' || s", SchemaForTest(kRows)));
  data::Chunk result;
  {
    const data::Chunk input = QueryForTest(kRows);
    result = *evaluator.Evaluate(input);
  }
  EXPECT_EQ(Texts(result, 0)[4], "name 4");
  EXPECT_EQ(Texts(result, 1)[2], "a long text of row 2");
  EXPECT_EQ(Texts(result, 2)[1], "name 1-name 1");
}

TEST(ProjectionEvaluator, KeepsConstantsConstant) {
  data::Chunk input = QueryForTest(kRows);
  input.column(0).Reference(data::Value::BIGINT(7));
  ProjectionEvaluator evaluator(BindForTest("42, i + 1, i", SchemaForTest(kRows)));
  const data::Chunk result = *evaluator.Evaluate(input);
  for (size_t column = 0; column < 3; ++column) {
    EXPECT_EQ(result.column(column).GetVectorType(), duckdb::VectorType::CONSTANT_VECTOR) << column;
  }
  EXPECT_EQ(Texts(result, 1), (std::vector<std::string>{"8", "8", "8", "8", "8"}));
}

TEST(ProjectionEvaluator, PassesRowKindsAndArrivalOn) {
  data::Chunk input = QueryForTest(kRows);
  input.row_kinds().assign(5, data::RowKind::kDelete);
  input.set_arrival({77});
  ProjectionEvaluator evaluator(BindForTest("i", SchemaForTest(kRows)));
  const data::Chunk result = *evaluator.Evaluate(input);
  EXPECT_EQ(result.row_kind(4), data::RowKind::kDelete);
  EXPECT_EQ(result.arrival(), base::MonotonicTime{77});
}

TEST(ProjectionEvaluator, ReportsErrorsOfTheData) {
  const std::string rows = "SELECT 'x' || i AS s, 9223372036854775807 - i AS n FROM range(3) t(i)";
  for (const char* expression : {"s::INTEGER", "n + 5", "s::TIMESTAMP"}) {
    ProjectionEvaluator evaluator(BindForTest(expression, SchemaForTest(rows)));
    const auto result = evaluator.Evaluate(QueryForTest(rows));
    ASSERT_FALSE(result.ok()) << expression;
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument) << expression;
  }
  ProjectionEvaluator evaluator(BindForTest("s::INTEGER", SchemaForTest(rows)));
  const auto result = evaluator.Evaluate(QueryForTest(rows));
  EXPECT_THAT(std::string(base::FromAbsl(result.status().message())),
              testing::StartsWith("Conversion Error: Could not convert string 'x0' to INT32"));
}

TEST(ProjectionEvaluator, KnowsTimeZonesAndJson) {
  const data::Chunk result =
      EvaluateOver("SELECT TIMESTAMP '2024-05-01 12:00:00' AS t, '{\"a\": [1, 2]}' AS j",
                   "t AT TIME ZONE 'Europe/Berlin', j->>'$.a[1]'");
  EXPECT_EQ(Texts(result, 0)[0], "2024-05-01 10:00:00+00");
  EXPECT_EQ(Texts(result, 1)[0], "2");
}

TEST(FilterEvaluator, SelectsRowsThatAreTrueAndNotNull) {
  const std::string rows = "SELECT CASE WHEN i % 3 > 0 THEN i END AS i, i AS j FROM range(9) t(i)";
  FilterEvaluator evaluator(BindOneForTest("i > 1 AND j < 8", SchemaForTest(rows)));
  data::SelectionVector selection(base::kRowsPerChunkMax);
  const auto count = evaluator.Select(QueryForTest(rows), selection);
  ASSERT_TRUE(count.ok()) << count.status();
  ASSERT_EQ(*count, 4u);
  EXPECT_EQ(selection.get_index(0), 2u);
  EXPECT_EQ(selection.get_index(3), 7u);
}

TEST(FilterEvaluator, TakesConstantsAndReportsErrors) {
  const data::Schema schema = SchemaForTest(kRows);
  data::SelectionVector selection(base::kRowsPerChunkMax);
  EXPECT_EQ(*FilterEvaluator(BindOneForTest("true", schema)).Select(QueryForTest(kRows), selection),
            5u);
  EXPECT_EQ(*FilterEvaluator(BindOneForTest("NULL::BOOLEAN", schema))
                 .Select(QueryForTest(kRows), selection),
            0u);
  EXPECT_EQ(FilterEvaluator(BindOneForTest("s::INTEGER > 1", schema))
                .Select(QueryForTest(kRows), selection)
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(BoundExpression, KnowsPlainColumns) {
  const BoundExpression column = BoundExpression::Column(3, data::LogicalType::BIGINT, "n");
  EXPECT_EQ(column.AsColumn(), 3u);
  EXPECT_EQ(column.ToString(), "n");
  EXPECT_EQ(column.type(), data::LogicalType::BIGINT);
  const BoundExpression sum = BindOneForTest("i + 1", SchemaForTest(kRows));
  EXPECT_EQ(sum.AsColumn(), std::nullopt);
  EXPECT_EQ(sum.ToString(), "(i + 1)");
}

}  // namespace
}  // namespace laminar::expression
