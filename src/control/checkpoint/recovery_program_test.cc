#include "control/checkpoint/recovery_program.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/checkpoint/manifest_for_test.h"
#include "data/key_group.h"
#include "plan/fingerprint.h"
#include "plan/graph_for_test.h"

namespace laminar::control {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// A source and a sink that takes its rows, and as many more such sinks.
plan::JobGraph Graph(int num_more_sinks = 0, int parallelism = 1) {
  plan::JobGraph graph;
  const plan::NodeId source = plan::AddSourceForTest(graph, parallelism);
  plan::AddSinkForTest(graph, source, {}, parallelism);
  for (int i = 0; i < num_more_sinks; ++i) {
    const plan::NodeId sink = plan::AddSinkForTest(graph, source, {}, parallelism);
    std::get<plan::SinkSpec>(graph.nodes[sink.value].spec).table.name = "more" + std::to_string(i);
  }
  plan::SetFingerprints(graph);
  return graph;
}

rpc::TableState PricesTable(const std::string& type) {
  rpc::TableState table;
  table.name = "prices";
  table.values = {{.name = "price", .type = type, .nullable = true}};
  return table;
}

// A checkpoint of `graph`; the source is taken to have a table, too.
Manifest CheckpointOf(const plan::JobGraph& graph) {
  Manifest manifest;
  manifest.header = ManifestHeaderForTest();
  DescribeProgram(graph, manifest.header);
  const rpc::OperatorId source{graph.nodes[0].fingerprint};
  rpc::SourceState source_state;
  source_state.op = source;
  source_state.name = graph.nodes[0].name;
  manifest.sources = {source_state};
  rpc::OperatorState state;
  state.op = source;
  state.name = graph.nodes[0].name;
  state.tables = {PricesTable("INTEGER")};
  state.tables[0].files.resize(2);
  for (rpc::StateFile& file : state.tables[0].files) {
    file.object = {.key = "data/one", .bytes = 5000, .crc32c = 0};
  }
  manifest.operators = {state};
  for (size_t i = 1; i < graph.nodes.size(); ++i) {
    rpc::SinkState sink;
    sink.op = {graph.nodes[i].fingerprint};
    sink.name = graph.nodes[i].name;
    manifest.sinks.push_back(sink);
  }
  return manifest;
}

std::vector<OperatorFate> Fates(const ProgramComparison& comparison) {
  std::vector<OperatorFate> fates;
  for (const OperatorComparison& one : comparison.operators) {
    fates.push_back(one.fate);
  }
  return fates;
}

TEST(ProgramFingerprint, IsThatOfTheOperatorsInAnyOrder) {
  plan::JobGraph graph = Graph(1);
  const uint64_t fingerprint = ProgramFingerprint(graph);
  std::swap(graph.nodes[1], graph.nodes[2]);
  EXPECT_EQ(ProgramFingerprint(graph), fingerprint);
  EXPECT_NE(ProgramFingerprint(Graph(2)), fingerprint);
  EXPECT_EQ(ProgramFingerprint(Graph(1, 4)), fingerprint);
}

TEST(CompareProgram, ReusesEverythingOfTheSameProgram) {
  const Manifest manifest = CheckpointOf(Graph(1));
  const ProgramComparison comparison = CompareProgram(manifest, Graph(1, 2));
  EXPECT_TRUE(comparison.same_program);
  EXPECT_THAT(Fates(comparison),
              ElementsAre(OperatorFate::kReuse, OperatorFate::kReuse, OperatorFate::kReuse));
  EXPECT_EQ(comparison.operators[0].state_bytes, 5000);
  EXPECT_EQ(CheckSameProgram(comparison, manifest), absl::OkStatus());
}

TEST(CompareProgram, KeepsTheRestWhenAnInsertIsAdded) {
  const Manifest manifest = CheckpointOf(Graph());
  const ProgramComparison comparison = CompareProgram(manifest, Graph(1));
  EXPECT_FALSE(comparison.same_program);
  EXPECT_THAT(Fates(comparison),
              ElementsAre(OperatorFate::kReuse, OperatorFate::kReuse, OperatorFate::kRebuild));
}

TEST(CompareProgram, NamesWhatTheProgramHasNoLonger) {
  const Manifest manifest = CheckpointOf(Graph(1));
  const ProgramComparison comparison = CompareProgram(manifest, Graph());
  EXPECT_THAT(Fates(comparison),
              ElementsAre(OperatorFate::kReuse, OperatorFate::kReuse, OperatorFate::kDropped));
}

TEST(CompareProgram, MigratesTablesThatHaveChanged) {
  const plan::JobGraph graph = Graph();
  const Manifest manifest = CheckpointOf(graph);
  rpc::OperatorState expected;
  expected.op = {graph.nodes[0].fingerprint};
  expected.tables = {PricesTable("BIGINT")};
  ProgramComparison comparison = CompareProgram(manifest, graph, {expected});
  EXPECT_EQ(comparison.operators[0].fate, OperatorFate::kMigrate);
  EXPECT_THAT(comparison.operators[0].changes, ElementsAre(HasSubstr("INTEGER to BIGINT")));
  EXPECT_EQ(CheckSameProgram(comparison, manifest), absl::OkStatus());

  expected.tables = {PricesTable("VARCHAR")};
  comparison = CompareProgram(manifest, graph, {expected});
  EXPECT_EQ(comparison.operators[0].fate, OperatorFate::kRebuild);
  const absl::Status status = CheckSameProgram(comparison, manifest);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("no widening"));
}

// A source, an aggregate of what it gives per day, and a sink.
plan::JobGraph AggregateGraph(const std::string& function) {
  plan::JobGraph graph;
  const plan::NodeId source = plan::AddSourceForTest(graph);
  plan::WindowAggregateSpec spec;
  const data::Duration day{86'400'000'000};
  spec.window = plan::WindowSpec{
      .kind = plan::WindowSpec::Kind::kTumble, .width = day, .slide = day, .offset = {}};
  spec.window_column = 2;
  spec.keys = {0};
  spec.aggregates.resize(1);
  spec.aggregates[0].name = function;
  spec.aggregates[0].type = data::LogicalType::BIGINT;
  if (function != "count_star") {
    spec.aggregates[0].arguments = {0};
    spec.aggregates[0].argument_types = {data::LogicalType::BIGINT};
  }
  const data::Schema output = plan::SchemaForTest({{"a", data::LogicalType::BIGINT},
                                                   {"window", plan::WindowTypeForTest()},
                                                   {function, data::LogicalType::BIGINT}});
  plan::AddSinkForTest(graph, plan::AddForTest(graph, spec, output, {{source, {}}}));
  plan::SetFingerprints(graph);
  return graph;
}

// The table of that aggregate; `keys` is the type of its key.
rpc::OperatorState AggregateState(const plan::JobGraph& graph, const std::string& keys = "BIGINT") {
  const plan::NodeIdentity identity = plan::IdentifyNodes(graph)[1];
  rpc::TableState table;
  table.name = "groups";
  table.sliced = true;
  table.keys = {{.name = "a", .type = keys, .nullable = true, .origin = identity.keys[0]}};
  table.values = {{.name = "_0_state",
                   .type = "BIGINT",
                   .nullable = false,
                   .origin = identity.aggregates[0],
                   .may_begin = true}};
  return {.op = {graph.nodes[1].fingerprint},
          .name = graph.nodes[1].name,
          .description = {},
          .tables = {table}};
}

Manifest CheckpointOfAggregate(const plan::JobGraph& graph) {
  Manifest manifest = CheckpointOf(graph);
  manifest.sinks.erase(manifest.sinks.begin());
  manifest.operators = {AggregateState(graph)};
  return manifest;
}

TEST(CompareProgram, TakesOverTheStateOfAnAggregateOfTheSameGroups) {
  const plan::JobGraph before = AggregateGraph("max");
  const plan::JobGraph after = AggregateGraph("min");
  const Manifest manifest = CheckpointOfAggregate(before);
  const std::vector<rpc::OperatorState> expected = {AggregateState(after)};
  const ProgramComparison comparison = CompareProgram(manifest, after, expected);
  EXPECT_FALSE(comparison.same_program);
  EXPECT_THAT(Fates(comparison),
              ElementsAre(OperatorFate::kReuse, OperatorFate::kMigrate, OperatorFate::kReuse));
  EXPECT_THAT(comparison.operators[1].changes,
              ElementsAre(HasSubstr("is dropped"), HasSubstr("is new, and begins")));

  const std::vector<rpc::OperatorState> states = MigrateState(manifest, comparison, expected);
  ASSERT_EQ(states.size(), 1);
  EXPECT_EQ(states[0].op.fingerprint, after.nodes[1].fingerprint);
  ASSERT_EQ(states[0].tables.size(), 1);
  EXPECT_EQ(states[0].tables[0].keys[0].name, "a");
  EXPECT_EQ(states[0].tables[0].values[0].name, "_added__0_state");
}

TEST(CompareProgram, SaysWhyItCannotTakeOverState) {
  const plan::JobGraph after = AggregateGraph("min");
  const Manifest manifest = CheckpointOfAggregate(AggregateGraph("max"));
  const std::vector<rpc::OperatorState> expected = {AggregateState(after, "INTEGER")};
  const ProgramComparison comparison = CompareProgram(manifest, after, expected);
  EXPECT_THAT(Fates(comparison),
              ElementsAre(OperatorFate::kReuse, OperatorFate::kRebuild, OperatorFate::kReuse));
  EXPECT_THAT(comparison.operators[1].changes,
              ElementsAre(HasSubstr("its keys are others: a INTEGER, and were a BIGINT")));
  EXPECT_TRUE(MigrateState(manifest, comparison, expected).empty());
}

TEST(CompareProgram, ReusesWhatItKnowsBeforeItLooksForKin) {
  const plan::JobGraph graph = AggregateGraph("max");
  const Manifest manifest = CheckpointOfAggregate(graph);
  const ProgramComparison comparison = CompareProgram(manifest, graph, {AggregateState(graph)});
  EXPECT_TRUE(comparison.same_program);
  EXPECT_THAT(Fates(comparison),
              ElementsAre(OperatorFate::kReuse, OperatorFate::kReuse, OperatorFate::kReuse));
}

TEST(CheckSameProgram, SaysWhatMatchesAndWhatDoesNot) {
  const Manifest manifest = CheckpointOf(Graph(1));
  const absl::Status status = CheckSameProgram(CompareProgram(manifest, Graph(0)), manifest);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("another program"), HasSubstr("2 operators of it can go on"),
                    HasSubstr("reuse    source_0"), HasSubstr("5000 B of state"),
                    HasSubstr("dropped  sink_2"), HasSubstr("--force")));
}

TEST(CheckKeyGroups, RefusesAnotherNumberHashOrSeed) {
  const plan::JobGraph graph = Graph();
  Manifest manifest = CheckpointOf(graph);
  EXPECT_EQ(CheckKeyGroups(manifest, graph), absl::OkStatus());
  manifest.header.num_key_groups = 128;
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckKeyGroups(manifest, graph)));
  manifest = CheckpointOf(graph);
  manifest.header.key_hash = "other";
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckKeyGroups(manifest, graph)));
  manifest = CheckpointOf(graph);
  manifest.header.key_hash_seed = 1;
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckKeyGroups(manifest, graph)));
}

TEST(CheckKeyGroups, AllowsAsManySubtasksAsKeyGroups) {
  const Manifest manifest = CheckpointOf(Graph());
  EXPECT_EQ(CheckKeyGroups(manifest, Graph(0, 256)), absl::OkStatus());
  const absl::Status status = CheckKeyGroups(manifest, Graph(0, 257));
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("257"), HasSubstr("256")));
}

}  // namespace
}  // namespace laminar::control
