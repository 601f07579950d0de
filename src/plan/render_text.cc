// JobGraph::ToText: the graph as a tree from the sinks down; a node with several consumers is
// printed below the first of them.
#include <algorithm>
#include <set>
#include <string>

#include "plan/job_graph.h"

namespace laminar::plan {
namespace {

// "window_aggregate" -> "WindowAggregate".
std::string Title(const std::string& kind) {
  std::string title;
  bool start = true;
  for (const char c : kind) {
    if (c == '_') {
      start = true;
      continue;
    }
    title += start ? static_cast<char>(c - 'a' + 'A') : c;
    start = false;
  }
  return title;
}

int GreatestParallelism(const JobGraph& graph) {
  int greatest = 1;
  for (const Node& node : graph.nodes) {
    greatest = std::max(greatest, node.parallelism);
  }
  return greatest;
}

std::string DescribeExchange(const JobGraph& graph, const Edge& edge) {
  switch (edge.partitioning.kind) {
    case Partitioning::Kind::kForward:
      return "";
    case Partitioning::Kind::kBroadcast:
      return "Broadcast";
    case Partitioning::Kind::kRebalance:
      return "Rebalance";
    case Partitioning::Kind::kHash:
      break;
  }
  if (edge.partitioning.columns.empty()) {
    return "Gather";
  }
  std::string text;
  for (const size_t column : edge.partitioning.columns) {
    text += (text.empty() ? "" : ", ") + graph.node(edge.from).output.fields[column].name;
  }
  return "Shuffle hash(" + text + ")";
}

class TreeWriter {
 public:
  explicit TreeWriter(const JobGraph& graph)
      : graph_(graph), parallelism_(GreatestParallelism(graph)) {}

  std::string Write() {
    const auto shuffles = std::count_if(
        graph_.edges.begin(), graph_.edges.end(),
        [](const Edge& e) { return e.partitioning.kind != Partitioning::Kind::kForward; });
    text_ = (graph_.name.empty() ? "job" : "job " + graph_.name) + " · parallelism " +
            std::to_string(parallelism_) + " · " + std::to_string(shuffles) +
            (shuffles == 1 ? " shuffle\n" : " shuffles\n");
    for (const Node& node : graph_.nodes) {
      if (graph_.OutputsOf(node.id).empty()) {
        WriteNode(node, "", "");
      }
    }
    return std::move(text_);
  }

 private:
  // `first` opens the node's own line, `rest` the lines below it.
  void WriteNode(const Node& node, const std::string& first, const std::string& rest) {
    text_ += first + Title(NodeKindName(node.spec));
    if (!printed_.insert(node.id.value).second) {
      text_ += "  (see " + node.name + ")\n";
      return;
    }
    if (!node.description.empty()) {
      text_ += " " + node.description;
    }
    if (graph_.OutputsOf(node.id).size() > 1) {
      text_ += "  (" + node.name + ")";
    }
    if (node.parallelism != parallelism_) {
      text_ += "  · parallelism " + std::to_string(node.parallelism);
    }
    text_ += "\n";
    const std::vector<Edge> inputs = graph_.InputsOf(node.id);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const bool last = i + 1 == inputs.size();
      WriteInput(inputs[i], rest + (last ? "└─ " : "├─ "), rest + (last ? "   " : "│  "));
    }
  }

  void WriteInput(const Edge& edge, const std::string& first, const std::string& rest) {
    const std::string exchange = DescribeExchange(graph_, edge);
    if (exchange.empty()) {
      WriteNode(graph_.node(edge.from), first, rest);
      return;
    }
    text_ += first + exchange + "\n";
    WriteNode(graph_.node(edge.from), rest + "└─ ", rest + "   ");
  }

  const JobGraph& graph_;
  const int parallelism_;
  std::set<int32_t> printed_;
  std::string text_;
};

}  // namespace

std::string JobGraph::ToText() const { return TreeWriter(*this).Write(); }

}  // namespace laminar::plan
