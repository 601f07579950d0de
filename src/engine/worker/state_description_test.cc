#include "engine/worker/state_description.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "expression/aggregate_for_test.h"
#include "plan/fingerprint.h"
#include "plan/graph_for_test.h"
#include "plan/partial_aggregate.h"

namespace laminar::engine {
namespace {

using plan::NodeId;
using testing::ElementsAre;
using testing::IsEmpty;

std::string TextOf(const std::vector<rpc::StateColumn>& columns) {
  std::string text;
  for (const rpc::StateColumn& column : columns) {
    text += (text.empty() ? "" : ", ") + column.name + " " + column.type;
  }
  return text;
}

std::vector<uint64_t> OriginsOf(const std::vector<rpc::StateColumn>& columns) {
  std::vector<uint64_t> origins;
  for (const rpc::StateColumn& column : columns) {
    origins.push_back(column.origin);
  }
  return origins;
}

plan::WindowAggregateSpec AggregateSpec(const data::Schema& input, const std::string& calls) {
  plan::WindowAggregateSpec spec;
  const data::Duration day{86'400'000'000};
  spec.window = plan::WindowSpec{
      .kind = plan::WindowSpec::Kind::kTumble, .width = day, .slide = day, .offset = {}};
  spec.window_column = input.event_time_index();
  spec.keys = {0};
  spec.aggregates = expression::BindAggregatesForTest(calls, input);
  return spec;
}

// A source (a BIGINT, t TIMESTAMP), an aggregate per `a` and day, and a sink.
plan::JobGraph AggregateGraph(const std::string& calls, bool two_phases = false) {
  plan::JobGraph graph;
  NodeId input = plan::AddSourceForTest(graph);
  const data::Schema schema = graph.node(input).output;
  plan::WindowAggregateSpec spec = AggregateSpec(schema, calls);
  std::vector<data::Field> output = {schema.fields[0], {"window", plan::WindowTypeForTest()}};
  for (const expression::BoundAggregate& aggregate : spec.aggregates) {
    output.push_back({aggregate.name, aggregate.type});
  }
  if (two_phases) {
    input = plan::AddForTest(graph, plan::LocalSpec(spec), plan::PartialSchema(spec, schema),
                             {{input, {}}});
    spec = plan::GlobalSpec(spec);
  }
  const NodeId aggregate =
      plan::AddForTest(graph, spec, plan::SchemaForTest(output), {{input, plan::HashForTest({0})}});
  plan::AddSinkForTest(graph, aggregate);
  plan::SetFingerprints(graph);
  return graph;
}

// The table of an aggregate's groups.
rpc::TableState GroupsOf(const plan::JobGraph& graph) {
  const auto states = DescribeState(graph);
  EXPECT_TRUE(states.ok()) << states.status();
  return states->back().tables.front();
}

TEST(StateDescription, SaysWhichTablesAnOperatorHas) {
  const plan::JobGraph graph = AggregateGraph("count(*), sum(a), max(t)");
  const auto states = DescribeState(graph);
  ASSERT_TRUE(states.ok()) << states.status();
  ASSERT_EQ(states->size(), 1);
  EXPECT_EQ(states->front().op.fingerprint, graph.nodes[1].fingerprint);
  ASSERT_EQ(states->front().tables.size(), 2);
  EXPECT_EQ(states->front().tables[1].name, "values");
  const rpc::TableState& groups = states->front().tables[0];
  EXPECT_TRUE(groups.sliced);
  EXPECT_THAT(groups.files, IsEmpty());
  EXPECT_EQ(TextOf(groups.keys), "a BIGINT");
  EXPECT_EQ(TextOf(groups.values),
            "_0_count BIGINT, _1_sum HUGEINT, _1_count BIGINT, _2_value TIMESTAMP");
}

TEST(StateDescription, KnowsTheStateOfACallWhereverItStands) {
  const std::vector<uint64_t> before =
      OriginsOf(GroupsOf(AggregateGraph("count(*), max(t), count(a)")).values);
  const rpc::TableState after = GroupsOf(AggregateGraph("count(a), min(t), count(*)"));
  EXPECT_THAT(OriginsOf(after.values), ElementsAre(before[2], testing::Ne(before[1]), before[0]));
  EXPECT_TRUE(after.values[1].may_begin);
  EXPECT_NE(before[0], before[2]);
}

TEST(StateDescription, IsTheSameInTwoPhases) {
  for (const std::string calls : {"count(*), sum(a), max(t)", "count(a), first(a)"}) {
    const rpc::TableState one = GroupsOf(AggregateGraph(calls));
    const rpc::TableState two = GroupsOf(AggregateGraph(calls, /*two_phases=*/true));
    EXPECT_EQ(one, two) << calls;
  }
}

TEST(StateDescription, KnowsColumnsOfRowsByWhatTheyHold) {
  plan::JobGraph graph;
  const NodeId source = plan::AddSourceForTest(graph);
  std::vector<data::Field> fields = graph.node(source).output.fields;
  fields.back() = {"window", plan::WindowTypeForTest()};
  plan::WindowAssignSpec assign;
  assign.window = {.kind = plan::WindowSpec::Kind::kTumble,
                   .width = {1'000'000},
                   .slide = {1'000'000},
                   .offset = {}};
  assign.time_column = 2;
  const NodeId assigned =
      plan::AddForTest(graph, assign, plan::SchemaForTest(fields), {{source, {}}});
  plan::WindowJoinSpec join;
  join.left_window = join.right_window = 2;
  std::vector<data::Field> output = fields;
  output.insert(output.end(), fields.begin(), fields.end());
  plan::AddSinkForTest(graph, plan::AddForTest(graph, join, plan::SchemaForTest(output),
                                               {{assigned, {}}, {assigned, {}}}));
  plan::SetFingerprints(graph);
  const auto states = DescribeState(graph);
  ASSERT_TRUE(states.ok()) << states.status();
  const rpc::TableState& rows = states->back().tables.front();
  EXPECT_EQ(rows.name, "left_rows");
  const std::vector<uint64_t> columns = plan::IdentifyNodes(graph)[source.value].columns;
  EXPECT_THAT(OriginsOf(rows.values), ElementsAre(columns[0], columns[1]));
}

TEST(StateDescription, SetsTheOriginsOfWhatTasksReport) {
  const auto described = DescribeState(AggregateGraph("count(*)"));
  ASSERT_TRUE(described.ok()) << described.status();
  std::vector<rpc::OperatorState> states = *described;
  for (rpc::TableState& table : states[0].tables) {
    for (rpc::StateColumn& column : table.keys) {
      column.origin = 0;
    }
  }
  SetOrigins(*described, states);
  EXPECT_EQ(states, *described);
}

}  // namespace
}  // namespace laminar::engine
