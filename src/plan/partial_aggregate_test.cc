#include "plan/partial_aggregate.h"

#include <string>

#include "gtest/gtest.h"

#include "expression/aggregate_for_test.h"

namespace laminar::plan {
namespace {

using data::LogicalType;

data::Schema InputSchema() {
  data::Schema schema;
  schema.fields = {
      {"a", LogicalType::BIGINT}, {"flag", LogicalType::BOOLEAN}, {"text", LogicalType::VARCHAR}};
  schema.AddEventTime();
  return schema;
}

WindowAggregateSpec Spec(const std::string& calls,
                         WindowSpec::Kind kind = WindowSpec::Kind::kTumble) {
  WindowAggregateSpec spec;
  spec.window = WindowSpec{.kind = kind, .width = {10}, .slide = {10}, .offset = {0}};
  spec.window_column = 3;
  spec.keys = {2, 0};
  spec.aggregates = expression::BindAggregatesForTest(calls, InputSchema());
  return spec;
}

TEST(PartialAggregate, SplitsWhatHasStatesOfFixedColumns) {
  EXPECT_TRUE(
      CanSplit(Spec("count(*), sum(a) FILTER (WHERE flag), min(text), avg(a), first(text)")));
  EXPECT_TRUE(CanSplit(Spec("max(DISTINCT a)")));
  EXPECT_FALSE(CanSplit(Spec("count(DISTINCT a)")));
  EXPECT_FALSE(CanSplit(Spec("count(*), median(a)")));
  EXPECT_FALSE(CanSplit(Spec("string_agg(text ORDER BY a)")));
  EXPECT_FALSE(CanSplit(Spec("count(*)", WindowSpec::Kind::kSession)));
  WindowAggregateSpec windowed = Spec("count(*)");
  windowed.window.reset();
  EXPECT_TRUE(CanSplit(windowed));
}

TEST(PartialAggregate, SendsKeysSliceRowsAndStates) {
  EXPECT_EQ(PartialSchema(Spec("count(*), sum(a), max(text)"), InputSchema()).ToString(),
            "text VARCHAR, a BIGINT, _slice STRUCT(\"start\" TIMESTAMP, \"end\" TIMESTAMP), _rows "
            "BIGINT, _0_count BIGINT, "
            "_1_sum HUGEINT, _1_count BIGINT, _2_value VARCHAR, _timestamp TIMESTAMP");
}

TEST(PartialAggregate, PointsTheSecondHalfAtTheStates) {
  const WindowAggregateSpec spec = Spec("count(*) FILTER (WHERE flag), sum(a)");
  EXPECT_EQ(LocalSpec(spec).phase, AggregatePhase::kLocal);
  EXPECT_EQ(LocalSpec(spec).aggregates[0].filter, 1U);
  const WindowAggregateSpec global = GlobalSpec(spec);
  EXPECT_EQ(global.phase, AggregatePhase::kGlobal);
  EXPECT_EQ(global.keys, (std::vector<size_t>{0, 1}));
  EXPECT_EQ(global.window_column, 2U);
  EXPECT_EQ(global.aggregates[0].arguments, (std::vector<size_t>{4}));
  EXPECT_EQ(global.aggregates[0].filter, std::nullopt);
  EXPECT_EQ(global.aggregates[1].arguments, (std::vector<size_t>{5, 6}));
  EXPECT_EQ(global.aggregates[1].argument_types, (std::vector<LogicalType>{LogicalType::BIGINT}));
}

}  // namespace
}  // namespace laminar::plan
