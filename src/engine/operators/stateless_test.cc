#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/operators/operator_factory.h"
#include "engine/operators/operator_for_test.h"
#include "expression/bind_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;
using testing::ElementsAre;
using testing::IsEmpty;

// A source of (a BIGINT, event time), then one node to be tested.
class StatelessTest : public testing::Test {
 protected:
  StatelessTest() {
    graph_.nodes.resize(2);
    graph_.nodes[0].id = {0};
    graph_.nodes[0].name = "source_0";
    graph_.nodes[0].output.fields = {{"a", LogicalType::BIGINT}};
    graph_.nodes[0].output.AddEventTime();
    graph_.nodes[1].id = {1};
    graph_.nodes[1].name = "tested_1";
    graph_.nodes[1].output = graph_.nodes[0].output;
    graph_.edges.push_back({{0}, {1}, 0, {}});
  }

  data::Schema Visible() {
    data::Schema schema;
    schema.fields = {{"a", LogicalType::BIGINT}};
    return schema;
  }

  OperatorForTest Make() {
    auto op = MakeOperator(graph_, graph_.nodes[1]);
    EXPECT_TRUE(op.ok()) << op.status();
    return OperatorForTest(std::move(*op), graph_.nodes[1].output.Types());
  }

  data::Chunk Rows(const std::vector<int64_t>& numbers) {
    std::vector<std::vector<Value>> rows;
    for (const int64_t number : numbers) {
      rows.push_back({Value::BIGINT(number), Value::TIMESTAMP(duckdb::timestamp_t(number))});
    }
    return ChunkForTest(graph_.nodes[0].output.Types(), rows);
  }

  plan::JobGraph graph_;
};

TEST_F(StatelessTest, ProjectComputesColumnsAndPassesTheEventTime) {
  graph_.nodes[1].spec = plan::ProjectSpec{expression::BindForTest("a * 2, a + 1", Visible())};
  graph_.nodes[1].output.fields = {{"x", LogicalType::BIGINT}, {"y", LogicalType::BIGINT}};
  graph_.nodes[1].output.has_event_time = false;
  graph_.nodes[1].output.AddEventTime();
  OperatorForTest op = Make();
  EXPECT_THAT(op.Process(0, Rows({1, 2})),
              ElementsAre("2|2|1970-01-01 00:00:00.000001", "4|3|1970-01-01 00:00:00.000002"));
}

TEST_F(StatelessTest, ProjectWithoutEventTimeDropsIt) {
  graph_.nodes[1].spec = plan::ProjectSpec{expression::BindForTest("a", Visible())};
  graph_.nodes[1].output = Visible();
  OperatorForTest op = Make();
  EXPECT_THAT(op.Process(0, Rows({5})), ElementsAre("5"));
}

TEST_F(StatelessTest, ProjectKeepsRowKinds) {
  graph_.nodes[1].spec = plan::ProjectSpec{expression::BindForTest("a", Visible())};
  graph_.nodes[1].output = Visible();
  OperatorForTest op = Make();
  data::Chunk chunk = Rows({5});
  chunk.row_kinds() = {data::RowKind::kDelete};
  EXPECT_THAT(op.Process(0, std::move(chunk)), ElementsAre("-D|5"));
}

TEST_F(StatelessTest, ProjectReportsAFailingExpression) {
  graph_.nodes[1].spec = plan::ProjectSpec{expression::BindForTest("a::TINYINT", Visible())};
  graph_.nodes[1].output.fields = {{"x", LogicalType::TINYINT}};
  graph_.nodes[1].output.has_event_time = false;
  auto op = MakeOperator(graph_, graph_.nodes[1]);
  ASSERT_TRUE(op.ok());
  EXPECT_EQ((*op)->Process(0, Rows({1000})).code(), absl::StatusCode::kInvalidArgument);
  (*op)->Close();
}

TEST_F(StatelessTest, FilterPassesRowsForWhichThePredicateIsTrue) {
  graph_.nodes[1].spec = plan::FilterSpec{expression::BindOneForTest("a > 2", Visible())};
  OperatorForTest op = Make();
  EXPECT_THAT(op.Process(0, Rows({1, 3, 2, 4})),
              ElementsAre("3|1970-01-01 00:00:00.000003", "4|1970-01-01 00:00:00.000004"));
  EXPECT_THAT(op.Process(0, Rows({1, 2})), IsEmpty());
  EXPECT_EQ(op.Process(0, Rows({7, 8, 9})).size(), 3);
}

TEST_F(StatelessTest, FilterDropsRowsForWhichThePredicateIsNull) {
  graph_.nodes[1].spec =
      plan::FilterSpec{expression::BindOneForTest("nullif(a, 3) < 9", Visible())};
  OperatorForTest op = Make();
  EXPECT_EQ(op.Process(0, Rows({3, 4})).size(), 1);
}

TEST_F(StatelessTest, FilterReportsAFailingPredicate) {
  graph_.nodes[1].spec = plan::FilterSpec{expression::BindOneForTest("a::TINYINT > 1", Visible())};
  auto op = MakeOperator(graph_, graph_.nodes[1]);
  ASSERT_TRUE(op.ok());
  EXPECT_EQ((*op)->Process(0, Rows({1000})).code(), absl::StatusCode::kInvalidArgument);
  (*op)->Close();
}

TEST_F(StatelessTest, UnionPassesRowsOfAllInputs) {
  graph_.nodes[1].spec = plan::UnionSpec{};
  OperatorForTest op = Make();
  EXPECT_EQ(op.Process(0, Rows({1})).size(), 1);
  EXPECT_EQ(op.Process(3, Rows({1, 2})).size(), 2);
}

TEST_F(StatelessTest, TheFactoryRefusesSourcesAndSinks) {
  graph_.nodes[1].spec = plan::SinkSpec{};
  EXPECT_EQ(MakeOperator(graph_, graph_.nodes[1]).status().code(), absl::StatusCode::kInternal);
  graph_.nodes[1].spec = plan::SourceSpec{};
  EXPECT_EQ(MakeOperator(graph_, graph_.nodes[1]).status().message(),
            "no operator for node tested_1");
}

}  // namespace
}  // namespace laminar::engine
