#include "plan/logical_graph.h"

#include <string>

namespace laminar::plan {

bool LogicalGraph::IsLocal(NodeId id) const {
  const NodeSpec& spec = graph_.node(id).spec;
  if (const auto* aggregate = std::get_if<WindowAggregateSpec>(&spec)) {
    return aggregate->phase == AggregatePhase::kLocal;
  }
  const auto* function = std::get_if<WindowFunctionSpec>(&spec);
  return function != nullptr && function->local;
}

bool LogicalGraph::IsProjectOfLocal(NodeId id) const {
  if (!std::holds_alternative<ProjectSpec>(graph_.node(id).spec)) {
    return false;
  }
  const NodeId input = graph_.InputsOf(id)[0].from;
  return IsLocal(input) && std::holds_alternative<WindowFunctionSpec>(graph_.node(input).spec);
}

bool LogicalGraph::IsSharedFilter(NodeId id) const {
  const auto* shared = std::get_if<FilterSpec>(&graph_.node(id).spec);
  const std::vector<Edge> outputs = graph_.OutputsOf(id);
  if (shared == nullptr || outputs.size() < 2) {
    return false;
  }
  std::string any;
  for (const Edge& edge : outputs) {
    const auto* filter = std::get_if<FilterSpec>(&graph_.node(edge.to).spec);
    if (filter == nullptr) {
      return false;
    }
    any += (any.empty() ? "(" : " OR ") + filter->predicate.ToNormalizedText();
  }
  return shared->predicate.ToNormalizedText() == any + ")";
}

const NodeSpec& LogicalGraph::SpecOf(NodeId id) const { return graph_.node(QueryNode(id)).spec; }

std::vector<Edge> LogicalGraph::InputsOf(NodeId id) const { return graph_.InputsOf(QueryNode(id)); }

// Of an aggregate in two phases, the first: its arguments are still those of the query.
NodeId LogicalGraph::QueryNode(NodeId id) const {
  const auto* aggregate = std::get_if<WindowAggregateSpec>(&graph_.node(id).spec);
  const bool second = aggregate != nullptr && aggregate->phase == AggregatePhase::kGlobal;
  return second ? graph_.InputsOf(id)[0].from : id;
}

}  // namespace laminar::plan
