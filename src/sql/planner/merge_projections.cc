#include <algorithm>
#include <utility>

#include "sql/planner/column_access.h"
#include "sql/planner/graph_passes.h"

namespace laminar::sql {
namespace {

using expression::BoundExpression;

bool AllCheap(const plan::ProjectSpec& spec) {
  return std::all_of(spec.expressions.begin(), spec.expressions.end(),
                     [](const BoundExpression& e) { return IsCheap(e.get()); });
}

bool IsIdentity(const BuilderNode& node, const data::Schema& input) {
  const auto* project = std::get_if<plan::ProjectSpec>(&node.spec);
  if (project == nullptr || project->expressions.size() != input.num_visible_columns()) {
    return false;
  }
  for (size_t i = 0; i < project->expressions.size(); ++i) {
    if (project->expressions[i].AsColumn() != i) {
      return false;
    }
  }
  return true;
}

// Computes in `upper` what `lower` does, when nothing is computed twice by that.
bool TryMerge(BuilderNode& upper, const BuilderNode& lower, const data::Schema& input) {
  auto* outer = std::get_if<plan::ProjectSpec>(&upper.spec);
  const auto* inner = std::get_if<plan::ProjectSpec>(&lower.spec);
  if (outer == nullptr || inner == nullptr ||
      upper.inputs[0].partitioning.kind != plan::Partitioning::Kind::kForward ||
      (!AllCheap(*outer) && !AllCheap(*inner))) {
    return false;
  }
  std::vector<int> uses(lower.output.num_columns(), 0);
  for (const BoundExpression& expression : outer->expressions) {
    CountUses(expression, uses);
  }
  for (size_t i = 0; i < inner->expressions.size(); ++i) {
    if (uses[i] > 1 && !IsCheap(inner->expressions[i].get())) {
      return false;
    }
  }
  const BoundExpression event_time = BoundExpression::Column(
      input.event_time_index(), data::LogicalType::TIMESTAMP, input.fields.back().name);
  for (BoundExpression& expression : outer->expressions) {
    expression = Substitute(expression, [&](size_t column) -> const BoundExpression& {
      return column < inner->expressions.size() ? inner->expressions[column] : event_time;
    });
  }
  upper.inputs = lower.inputs;
  return true;
}

std::vector<int> CountConsumers(const BuilderNodes& nodes) {
  const std::vector<bool> live = FindLive(nodes);
  std::vector<int> consumers(nodes.size(), 0);
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const BuilderEdge& input : nodes[i].inputs) {
      consumers[input.from.value] += live[i] ? 1 : 0;
    }
  }
  return consumers;
}

}  // namespace

void MergeProjections(BuilderNodes& nodes) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (BuilderEdge& edge : nodes[i].inputs) {
      const BuilderNode& from = nodes[edge.from.value];
      // Columns keep their positions, so that the edge stays as it is.
      if (!from.inputs.empty() && IsIdentity(from, nodes[from.inputs[0].from.value].output) &&
          from.inputs[0].partitioning.kind == plan::Partitioning::Kind::kForward) {
        edge.from = from.inputs[0].from;
      }
    }
  }
  const std::vector<int> consumers = CountConsumers(nodes);
  for (BuilderNode& node : nodes) {
    if (node.inputs.size() != 1) {
      continue;
    }
    const size_t lower = static_cast<size_t>(node.inputs[0].from.value);
    if (consumers[lower] == 1 && !nodes[lower].inputs.empty()) {
      TryMerge(node, nodes[lower], nodes[nodes[lower].inputs[0].from.value].output);
    }
  }
}

}  // namespace laminar::sql
