#include "plan/job_graph.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/describe.h"
#include "plan/fingerprint.h"
#include "plan/graph_for_test.h"
#include "plan/partial_aggregate.h"

namespace laminar::plan {
namespace {

using data::LogicalType;
using expression::BoundExpression;
using testing::HasSubstr;

TEST(FormatDuration, NamesTheUnits) {
  EXPECT_EQ(FormatDuration({0}), "0 s");
  EXPECT_EQ(FormatDuration({10'000'000}), "10 s");
  EXPECT_EQ(FormatDuration({90'000'000}), "1 min 30 s");
  EXPECT_EQ(FormatDuration({250'000}), "250 ms");
  EXPECT_EQ(FormatDuration({86'400'000'000 + 3'600'000'000 + 5}), "1 day 1 h 5 us");
  EXPECT_EQ(FormatDuration({-1'500'000}), "-1 s 500 ms");
  EXPECT_THAT(FormatDuration({std::numeric_limits<int64_t>::min()}), HasSubstr("-106751991 day"));
}

TEST(WindowSpec, PrintsAsItIsWritten) {
  using Kind = WindowSpec::Kind;
  const data::Duration ten{10'000'000};
  const data::Duration two{2'000'000};
  EXPECT_EQ((WindowSpec{Kind::kTumble, ten, ten, {}}.ToString()), "tumble(10 s)");
  EXPECT_EQ((WindowSpec{Kind::kHop, ten, two, {}}.ToString()), "hop(2 s, 10 s)");
  EXPECT_EQ((WindowSpec{Kind::kSession, ten, ten, {}}.ToString()), "session(10 s)");
  EXPECT_EQ((WindowSpec{Kind::kCumulate, ten, two, two}.ToString()),
            "cumulate(2 s, 10 s, offset 2 s)");
}

// source -> tumbling count by a -> sink, the aggregate behind a shuffle.
JobGraph CountGraph() {
  JobGraph graph;
  graph.name = "counts";
  const NodeId source = AddSourceForTest(graph, 2);
  WindowAggregateSpec aggregate;
  aggregate.window = WindowSpec{WindowSpec::Kind::kTumble, {10'000'000}, {10'000'000}, {}};
  aggregate.window_column = 2;
  aggregate.keys = {0};
  const NodeId counts =
      AddForTest(graph, aggregate,
                 SchemaForTest({{"a", LogicalType::BIGINT}, {"window", WindowTypeForTest()}}),
                 {{source, HashForTest({0})}}, 2);
  AddSinkForTest(graph, counts, HashForTest({}));
  for (Node& node : graph.nodes) {
    std::vector<data::Schema> inputs;
    for (const Edge& edge : graph.InputsOf(node.id)) {
      inputs.push_back(graph.node(edge.from).output);
    }
    node.description = Describe(node.spec, inputs, node.output);
  }
  return graph;
}

TEST(JobGraph, PrintsAsATreeFromTheSink) {
  EXPECT_EQ(CountGraph().ToText(),
            "job counts · parallelism 2 · 2 shuffles\n"
            "Sink blackhole out  · parallelism 1\n"
            "└─ Gather\n"
            "   └─ WindowAggregate tumble(10 s) by a\n"
            "      └─ Shuffle hash(a)\n"
            "         └─ Source impulse s: 2 of 2 columns; event time of arrival; watermark event "
            "time - 1 s\n");
}

TEST(JobGraph, PrintsSharedNodesOnce) {
  JobGraph graph;
  const NodeId source = AddSourceForTest(graph);
  AddSinkForTest(graph, source);
  AddSinkForTest(graph, source, {Partitioning::Kind::kRebalance, {}});
  EXPECT_EQ(graph.ToText(),
            "job · parallelism 1 · 1 shuffle\n"
            "Sink\n"
            "└─ Source  (source_0)\n"
            "Sink\n"
            "└─ Rebalance\n"
            "   └─ Source  (see source_0)\n");
}

TEST(JobGraph, WritesJson) {
  JobGraph graph = CountGraph();
  SetFingerprints(graph);
  const std::string json = graph.ToJson();
  EXPECT_THAT(json, HasSubstr(R"("name": "window_aggregate_1")"));
  EXPECT_THAT(json, HasSubstr(R"x("type": "STRUCT(\"start\" TIMESTAMP, \"end\" TIMESTAMP)")x"));
  EXPECT_THAT(json, HasSubstr(R"("partitioning": "hash")"));
  EXPECT_THAT(json, testing::Not(HasSubstr("_timestamp")));
}

TEST(Fingerprint, SeesWhatIsComputedAndNotHowItIsCalled) {
  JobGraph graph = CountGraph();
  SetFingerprints(graph);
  JobGraph renamed = CountGraph();
  renamed.nodes[1].output.fields[0].name = "other";
  renamed.nodes[1].parallelism = 1;
  SetFingerprints(renamed);
  EXPECT_EQ(renamed.nodes[1].fingerprint, graph.nodes[1].fingerprint);
  JobGraph changed = CountGraph();
  std::get<WindowAggregateSpec>(changed.nodes[1].spec).window->width.micros = 5;
  SetFingerprints(changed);
  EXPECT_EQ(changed.nodes[0].fingerprint, graph.nodes[0].fingerprint);
  EXPECT_NE(changed.nodes[1].fingerprint, graph.nodes[1].fingerprint);
  EXPECT_NE(IdentifyNodes(changed)[1].kin, IdentifyNodes(graph)[1].kin);
  // What was written stays written, whatever comes next.
  EXPECT_EQ(changed.nodes[2].fingerprint, graph.nodes[2].fingerprint);
  EXPECT_NE(IdentifyNodes(changed)[2].result, IdentifyNodes(graph)[2].result);
}

// With one subtask, an aggregate is one node; with more, two.
TEST(Fingerprint, IsTheSameForAnAggregateInOneOrTwoPhases) {
  JobGraph one = CountGraph();
  SetFingerprints(one);
  JobGraph two = CountGraph();
  const WindowAggregateSpec spec = std::get<WindowAggregateSpec>(two.nodes[1].spec);
  two.nodes.insert(two.nodes.begin() + 1, two.nodes[1]);
  two.nodes[1].spec = LocalSpec(spec);
  two.nodes[2].spec = GlobalSpec(spec);
  two.edges = {{{0}, {1}, 0, {}}, {{1}, {2}, 0, {}}, {{2}, {3}, 0, {}}};
  for (size_t i = 0; i < two.nodes.size(); ++i) {
    two.nodes[i].id = {static_cast<int32_t>(i)};
  }
  SetFingerprints(two);
  EXPECT_EQ(two.nodes[0].fingerprint, one.nodes[0].fingerprint);
  EXPECT_EQ(two.nodes[2].fingerprint, one.nodes[1].fingerprint);
  EXPECT_EQ(two.nodes[3].fingerprint, one.nodes[2].fingerprint);
  EXPECT_NE(two.nodes[1].fingerprint, two.nodes[2].fingerprint);
}

TEST(Fingerprint, TellsEqualNodesApart) {
  JobGraph graph;
  AddSinkForTest(graph, AddSourceForTest(graph));
  AddSinkForTest(graph, AddSourceForTest(graph));
  SetFingerprints(graph);
  EXPECT_NE(graph.nodes[0].fingerprint, graph.nodes[2].fingerprint);
}

TEST(Validate, AcceptsAWholeGraph) {
  const absl::Status status = CountGraph().Validate();
  EXPECT_TRUE(status.ok()) << status;
}

struct WrongGraph {
  const char* message;
  std::function<void(JobGraph&)> break_it;
};

WindowAggregateSpec& Aggregate(JobGraph& graph) {
  return std::get<WindowAggregateSpec>(graph.nodes[1].spec);
}

TEST(Validate, RefusesWrongGraphs) {
  const std::vector<WrongGraph> cases = {
      {"job without key groups", [](JobGraph& g) { g.num_key_groups = 0; }},
      {"node out of its place", [](JobGraph& g) { g.nodes[1].id = {5}; }},
      {"two nodes of one name", [](JobGraph& g) { g.nodes[1].name = g.nodes[0].name; }},
      {"edge does not lead", [](JobGraph& g) { g.edges[0].from = {2}; }},
      {"edge does not lead", [](JobGraph& g) { g.edges[0].to = {9}; }},
      {"forward edge between different", [](JobGraph& g) { g.edges[1].partitioning = {}; }},
      {"columns on an edge that is not hashed",
       [](JobGraph& g) { g.edges[0].partitioning.kind = Partitioning::Kind::kBroadcast; }},
      {"hashed column is not", [](JobGraph& g) { g.edges[0].partitioning.columns = {7}; }},
      {"parallelism out of range", [](JobGraph& g) { g.nodes[2].parallelism = 0; }},
      {"parallelism out of range", [](JobGraph& g) { g.nodes[2].parallelism = 257; }},
      {"wrong number of inputs",
       [](JobGraph& g) { g.edges.push_back({{0}, {2}, 1, HashForTest({})}); }},
      {"output without a consumer", [](JobGraph& g) { AddSourceForTest(g); }},
      {"not one mode per input", [](JobGraph& g) { g.nodes[1].input_modes.clear(); }},
      {"inputs are not numbered", [](JobGraph& g) { g.edges[0].input = 1; }},
      {"input carries changes",
       [](JobGraph& g) { g.nodes[0].output_mode = ChangelogMode::kRetract; }},
      {"read column is not",
       [](JobGraph& g) { std::get<SourceSpec>(g.nodes[0].spec).columns[0] = 8; }},
      {"another type",
       [](JobGraph& g) {
         std::get<SourceSpec>(g.nodes[0].spec).event_time =
             BoundExpression::Column(0, LogicalType::TIMESTAMP);
       }},
      {"beyond the input",
       [](JobGraph& g) {
         std::get<SourceSpec>(g.nodes[0].spec).watermark =
             BoundExpression::Column(3, LogicalType::TIMESTAMP);
       }},
      {"source without event time", [](JobGraph& g) { g.nodes[0].output.has_event_time = false; }},
      {"window is not positive", [](JobGraph& g) { Aggregate(g).window->width = {0}; }},
      {"window does not move", [](JobGraph& g) { Aggregate(g).window->slide = {0}; }},
      {"key is not a column", [](JobGraph& g) { Aggregate(g).keys = {4}; }},
      {"time column is no timestamp", [](JobGraph& g) { Aggregate(g).window_column = 0; }},
      {"window column is not a window", [](JobGraph& g) { Aggregate(g).window.reset(); }},
      {"no window follows",
       [](JobGraph& g) { g.nodes[1].output.fields[1].type = LogicalType::DATE; }},
      {"output does not fit",
       [](JobGraph& g) { g.nodes[1].output.fields[0].type = LogicalType::INTEGER; }},
      {"aggregate is not bound", [](JobGraph& g) { Aggregate(g).aggregates.emplace_back(); }},
      {"columns do not fit the sink",
       [](JobGraph& g) { std::get<SinkSpec>(g.nodes[2].spec).table.schema.fields.pop_back(); }},
      {"sink with output", [](JobGraph& g) { g.nodes[2].output = g.nodes[0].output; }},
      {"event time appears",
       [](JobGraph& g) {
         g.nodes[1].output.fields.pop_back();
         g.nodes[1].output.has_event_time = false;
       }},
  };
  for (const WrongGraph& wrong : cases) {
    JobGraph graph = CountGraph();
    wrong.break_it(graph);
    const absl::Status status = graph.Validate();
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << wrong.message;
    EXPECT_THAT(std::string(base::FromAbsl(status.message())), HasSubstr(wrong.message));
  }
}

// Two sources, a node over both, a sink.
absl::Status ValidateOver(NodeSpec spec, const data::Schema& output, size_t num_inputs) {
  JobGraph graph;
  std::vector<std::pair<NodeId, Partitioning>> inputs;
  const data::Schema windowed =
      SchemaForTest({{"a", LogicalType::BIGINT}, {"window", WindowTypeForTest()}});
  for (size_t i = 0; i < num_inputs; ++i) {
    const NodeId source = AddSourceForTest(graph);
    ProjectSpec project;
    project.expressions = {BoundExpression::Column(0, LogicalType::BIGINT)};
    WindowAssignSpec assign{WindowSpec{WindowSpec::Kind::kTumble, {5}, {5}, {}}, 1};
    const NodeId projected =
        AddForTest(graph, project, SchemaForTest({{"a", LogicalType::BIGINT}}), {{source, {}}});
    inputs.emplace_back(AddForTest(graph, assign, windowed, {{projected, {}}}), Partitioning{});
  }
  AddSinkForTest(graph, AddForTest(graph, std::move(spec), output, inputs));
  return graph.Validate();
}

std::string Message(const absl::Status& status) {
  return std::string(base::FromAbsl(status.message()));
}

TEST(Validate, ChecksJoins) {
  const data::Schema both = SchemaForTest({{"a", LogicalType::BIGINT},
                                           {"window", WindowTypeForTest()},
                                           {"a", LogicalType::BIGINT},
                                           {"window", WindowTypeForTest()}});
  WindowJoinSpec join{.left_window = 1,
                      .right_window = 1,
                      .left_keys = {0},
                      .right_keys = {0},
                      .null_equals_null = {false},
                      .residual = std::nullopt};
  EXPECT_EQ(ValidateOver(join, both, 2), absl::OkStatus());
  EXPECT_THAT(Message(ValidateOver(join, both, 1)), HasSubstr("wrong number of inputs"));
  WindowJoinSpec wrong = join;
  wrong.null_equals_null.clear();
  EXPECT_THAT(Message(ValidateOver(wrong, both, 2)), HasSubstr("not pairs"));
  wrong = join;
  wrong.right_keys = {1};
  EXPECT_THAT(Message(ValidateOver(wrong, both, 2)), HasSubstr("differ in type"));
  wrong = join;
  wrong.left_window = 0;
  EXPECT_THAT(Message(ValidateOver(wrong, both, 2)), HasSubstr("not a window"));
  wrong = join;
  wrong.residual = BoundExpression::Column(4, LogicalType::BOOLEAN);
  EXPECT_THAT(Message(ValidateOver(wrong, both, 2)), HasSubstr("beyond the input"));
  wrong = join;
  wrong.type = JoinType::kSemi;
  EXPECT_THAT(Message(ValidateOver(wrong, both, 2)), HasSubstr("output does not fit"));
}

TEST(Validate, ChecksFunctionsFiltersAndLists) {
  const data::Schema windowed =
      SchemaForTest({{"a", LogicalType::BIGINT}, {"window", WindowTypeForTest()}});
  WindowFunctionSpec functions;
  functions.window_column = 1;
  EXPECT_EQ(ValidateOver(functions, windowed, 1), absl::OkStatus());
  functions.top_n = 3;
  EXPECT_THAT(Message(ValidateOver(functions, windowed, 1)), HasSubstr("limit without a function"));
  functions.order_by = {{9}};
  EXPECT_THAT(Message(ValidateOver(functions, windowed, 1)),
              HasSubstr("order key is not a column"));
  EXPECT_THAT(Message(ValidateOver(FilterSpec{BoundExpression::Column(0, LogicalType::BIGINT)},
                                   windowed, 1)),
              HasSubstr("not a truth value"));
  EXPECT_THAT(
      Message(ValidateOver(UnnestSpec{{{BoundExpression::Column(0, LogicalType::BIGINT), true}}},
                           windowed, 1)),
      HasSubstr("no list"));
  EXPECT_THAT(
      Message(ValidateOver(
          WindowAssignSpec{WindowSpec{WindowSpec::Kind::kSession, {5}, {5}, {}}, 2}, windowed, 1)),
      HasSubstr("sessions cannot"));
  EXPECT_EQ(ValidateOver(UnionSpec{}, windowed, 3), absl::OkStatus());
}

}  // namespace
}  // namespace laminar::plan
