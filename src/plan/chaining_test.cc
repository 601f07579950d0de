#include "plan/chaining.h"

#include <string>

#include <gtest/gtest.h>

#include "plan/graph_for_test.h"

namespace laminar::plan {
namespace {

std::string Text(const std::vector<Chain>& chains) {
  std::string text;
  for (const Chain& chain : chains) {
    text += "[";
    for (const NodeId node : chain.nodes) {
      text += " " + std::to_string(node.value);
    }
    text += " ]";
  }
  return text;
}

NodeId AddFilter(JobGraph& graph,
                 NodeId input,
                 Partitioning partitioning = {},
                 int parallelism = 1) {
  return AddForTest(graph, FilterSpec{}, graph.node(input).output, {{input, partitioning}},
                    parallelism);
}

TEST(MakeChains, JoinsForwardEdgesFromSourceToSink) {
  JobGraph graph;
  const NodeId source = AddSourceForTest(graph);
  AddSinkForTest(graph, AddFilter(graph, source));
  EXPECT_EQ(Text(MakeChains(graph)), "[ 0 1 2 ]");
}

TEST(MakeChains, CutsAtExchanges) {
  JobGraph graph;
  const NodeId source = AddSourceForTest(graph);
  const NodeId filter = AddFilter(graph, source, HashForTest({0}), 2);
  AddSinkForTest(graph, filter, {Partitioning::Kind::kRebalance, {}});
  EXPECT_EQ(Text(MakeChains(graph)), "[ 0 ][ 1 ][ 2 ]");
}

TEST(MakeChains, CutsWhereAProducerHasSeveralConsumers) {
  JobGraph graph;
  const NodeId source = AddSourceForTest(graph);
  AddSinkForTest(graph, AddFilter(graph, source));
  AddSinkForTest(graph, source);
  EXPECT_EQ(Text(MakeChains(graph)), "[ 0 ][ 1 2 ][ 3 ]");
}

TEST(MakeChains, CutsWhereANodeHasSeveralInputs) {
  JobGraph graph;
  const NodeId left = AddSourceForTest(graph);
  const NodeId right = AddSourceForTest(graph);
  const NodeId both =
      AddForTest(graph, UnionSpec{}, graph.node(left).output, {{left, {}}, {right, {}}});
  AddSinkForTest(graph, both);
  EXPECT_EQ(Text(MakeChains(graph)), "[ 0 ][ 1 ][ 2 3 ]");
}

TEST(MakeChains, CutsWhereBothInputsOfANodeComeFromOneProducer) {
  JobGraph graph;
  const NodeId source = AddSourceForTest(graph);
  AddSinkForTest(graph, AddForTest(graph, UnionSpec{}, graph.node(source).output,
                                   {{source, {}}, {source, {}}}));
  EXPECT_EQ(Text(MakeChains(graph)), "[ 0 ][ 1 2 ]");
}

TEST(MakeChains, TakesAnEmptyGraph) { EXPECT_TRUE(MakeChains(JobGraph{}).empty()); }

}  // namespace
}  // namespace laminar::plan
