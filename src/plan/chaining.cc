#include "plan/chaining.h"

namespace laminar::plan {
namespace {

// The chain's last node whose chain `node` joins; -1 when it begins one of its
// own.
int32_t FindProducerToJoin(const JobGraph& graph, NodeId node) {
  const std::vector<Edge> inputs = graph.InputsOf(node);
  if (inputs.size() != 1 || inputs[0].partitioning.kind != Partitioning::Kind::kForward) {
    return -1;
  }
  const NodeId producer = inputs[0].from;
  return graph.OutputsOf(producer).size() == 1 ? producer.value : -1;
}

}  // namespace

std::vector<Chain> MakeChains(const JobGraph& graph) {
  std::vector<Chain> chains;
  std::vector<size_t> chain_of_node(graph.nodes.size());
  for (const Node& node : graph.nodes) {
    const int32_t producer = FindProducerToJoin(graph, node.id);
    if (producer < 0) {
      chain_of_node[node.id.value] = chains.size();
      chains.emplace_back();
    } else {
      chain_of_node[node.id.value] = chain_of_node[producer];
    }
    chains[chain_of_node[node.id.value]].nodes.push_back(node.id);
  }
  return chains;
}

}  // namespace laminar::plan
