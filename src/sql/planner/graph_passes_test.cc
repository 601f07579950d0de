#include "sql/planner/graph_passes.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "duckdb/planner/expression.hpp"

#include "expression/bind_for_test.h"

namespace laminar::sql {
namespace {

using data::LogicalType;
using expression::BoundExpression;
using plan::NodeId;

data::Schema WithTime(std::vector<data::Field> fields) {
  data::Schema schema;
  schema.fields = std::move(fields);
  schema.AddEventTime();
  return schema;
}

class Graph {
 public:
  NodeId Add(plan::NodeSpec spec,
             data::Schema output,
             std::vector<BuilderEdge> inputs = {},
             int parallelism = 1) {
    BuilderNode node;
    node.spec = std::move(spec);
    node.output = std::move(output);
    node.inputs = std::move(inputs);
    node.parallelism = parallelism;
    nodes.push_back(std::move(node));
    return {static_cast<int32_t>(nodes.size() - 1)};
  }

  // a BIGINT, b VARCHAR, c BIGINT, t TIMESTAMP, event time t.
  NodeId AddSource(int parallelism = 1) {
    plan::SourceSpec source;
    source.table.schema.fields = {{"a", LogicalType::BIGINT},
                                  {"b", LogicalType::VARCHAR},
                                  {"c", LogicalType::BIGINT},
                                  {"t", LogicalType::TIMESTAMP}};
    source.columns = {0, 1, 2, 3};
    source.event_time = BoundExpression::Column(3, LogicalType::TIMESTAMP);
    const data::Schema output = WithTime(source.table.schema.fields);
    return Add(std::move(source), output, {}, parallelism);
  }

  NodeId AddProject(NodeId input, const std::string& expressions) {
    plan::ProjectSpec project;
    std::vector<data::Field> fields;
    for (BoundExpression& expression : expression::BindForTest(expressions, At(input).output)) {
      const std::string alias = expression.get().GetAlias();
      fields.push_back({alias.empty() ? expression.ToString() : alias, expression.type()});
      project.expressions.push_back(std::move(expression));
    }
    return Add(std::move(project), WithTime(std::move(fields)), {{input, {}}},
               At(input).parallelism);
  }

  NodeId AddFilter(NodeId input, const std::string& predicate) {
    return Add(plan::FilterSpec{expression::BindOneForTest(predicate, At(input).output)},
               At(input).output, {{input, {}}}, At(input).parallelism);
  }

  NodeId AddSink(NodeId input) {
    return Add(plan::SinkSpec{}, {}, {{input, {}}}, At(input).parallelism);
  }

  const BuilderNode& At(NodeId id) const { return nodes[id.value]; }

  // "source(a, t) <- filter(a, t) <- sink()", in the order of the list.
  std::string Text() const {
    const std::vector<bool> live = FindLive(nodes);
    std::string text;
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (!live[i]) {
        continue;
      }
      text += (text.empty() ? "" : " <- ") + std::string(plan::NodeKindName(nodes[i].spec)) + "(";
      for (size_t column = 0; column < nodes[i].output.num_visible_columns(); ++column) {
        text += (column == 0 ? "" : ", ") + nodes[i].output.fields[column].name;
      }
      text += ")";
    }
    return text;
  }

  BuilderNodes nodes;
};

TEST(PruneColumns, ReadsWhatIsNeededAndTheEventTime) {
  Graph graph;
  graph.AddSink(graph.AddProject(graph.AddFilter(graph.AddSource(), "c > 1"), "a, a + c"));
  PruneColumns(graph.nodes);
  EXPECT_EQ(graph.Text(), "source(a, c, t) <- filter(a, c, t) <- project(a, (a + c)) <- sink()");
  const auto& source = std::get<plan::SourceSpec>(graph.nodes[0].spec);
  EXPECT_EQ(source.columns, (std::vector<size_t>{0, 2, 3}));
  EXPECT_EQ(source.event_time->AsColumn(), 2u);
  EXPECT_EQ(std::get<plan::ProjectSpec>(graph.nodes[2].spec).expressions[1].ToNormalizedText(),
            "(#0 + #1)");
}

TEST(PruneColumns, DropsExpressionsThatNobodyReads) {
  Graph graph;
  const NodeId wide = graph.AddProject(graph.AddSource(), "a, upper(b), c");
  graph.AddSink(graph.AddProject(wide, "c"));
  PruneColumns(graph.nodes);
  EXPECT_EQ(graph.Text(), "source(c, t) <- project(c) <- project(c) <- sink()");
}

TEST(PruneColumns, GivesUnionsEqualInputs) {
  Graph graph;
  const NodeId source = graph.AddSource();
  const NodeId first = graph.AddProject(source, "a, c");
  const NodeId second = graph.AddProject(source, "c, a");
  const NodeId both =
      graph.Add(plan::UnionSpec{}, graph.At(first).output, {{first, {}}, {second, {}}});
  graph.AddSink(graph.AddProject(both, "a"));
  graph.AddSink(first);
  PruneColumns(graph.nodes);
  EXPECT_EQ(graph.Text(),
            "source(a, c, t) <- project(a, c) <- project(c) <- project(a) <- union(a) <- "
            "project(a) <- sink() <- sink()");
}

TEST(PruneColumns, KeepsWhatASinkTakes) {
  Graph graph;
  graph.AddSink(graph.AddSource());
  PruneColumns(graph.nodes);
  EXPECT_EQ(graph.Text(), "source(a, b, c, t) <- sink()");
}

TEST(MergeProjections, ComputesNothingTwice) {
  Graph cheap;
  cheap.AddSink(
      cheap.AddProject(cheap.AddProject(cheap.AddSource(), "c, upper(b) AS u, a"), "a, u"));
  MergeProjections(cheap.nodes);
  EXPECT_EQ(cheap.Text(), "source(a, b, c, t) <- project(a, u) <- sink()");

  Graph dear;
  dear.AddSink(dear.AddProject(dear.AddProject(dear.AddSource(), "a + c AS s"), "s, s"));
  MergeProjections(dear.nodes);
  EXPECT_EQ(dear.Text(), "source(a, b, c, t) <- project(s) <- project(s, s) <- sink()");
}

TEST(MergeProjections, LeavesSharedOnesAndDropsIdentities) {
  Graph graph;
  const NodeId shared = graph.AddProject(graph.AddSource(), "a, c");
  graph.AddSink(graph.AddProject(shared, "c"));
  graph.AddSink(graph.AddProject(shared, "a, c"));
  MergeProjections(graph.nodes);
  EXPECT_EQ(graph.Text(), "source(a, b, c, t) <- project(a, c) <- project(c) <- sink() <- sink()");
}

TEST(FilterBeforeSharing, LeavesOutWhatEveryConsumerDoes) {
  Graph graph;
  const NodeId source = graph.AddSource();
  graph.AddSink(graph.AddFilter(source, "a > 1"));
  graph.AddSink(graph.AddFilter(source, "c > 2"));
  FilterBeforeSharing(graph.nodes);
  ASSERT_EQ(graph.nodes.size(), 6u);
  EXPECT_EQ(std::get<plan::FilterSpec>(graph.nodes[1].spec).predicate.ToNormalizedText(),
            "((#0 > 1) OR (#2 > 2))");
  EXPECT_EQ(graph.nodes[2].inputs[0].from, NodeId{1});
  EXPECT_EQ(graph.nodes[4].inputs[0].from, NodeId{1});
}

TEST(FilterBeforeSharing, LeavesOtherConsumersAlone) {
  Graph mixed;
  const NodeId source = mixed.AddSource();
  mixed.AddSink(mixed.AddFilter(source, "a > 1"));
  mixed.AddSink(mixed.AddProject(source, "a"));
  FilterBeforeSharing(mixed.nodes);
  EXPECT_EQ(mixed.nodes.size(), 5u);

  Graph random;
  const NodeId other = random.AddSource();
  random.AddSink(random.AddFilter(other, "random() > 0.5"));
  random.AddSink(random.AddFilter(other, "c > 2"));
  FilterBeforeSharing(random.nodes);
  EXPECT_EQ(random.nodes.size(), 5u);
}

TEST(FindLive, KnowsWhatSinksNeed) {
  Graph graph;
  const NodeId source = graph.AddSource();
  graph.AddProject(source, "a");
  graph.AddSink(source);
  EXPECT_EQ(FindLive(graph.nodes), (std::vector<bool>{true, false, true}));
}

}  // namespace
}  // namespace laminar::sql
