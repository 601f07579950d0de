#include <utility>

#include "plan/partial_aggregate.h"
#include "sql/planner/graph_passes.h"

namespace laminar::sql {
namespace {

using plan::NodeId;
using plan::Partitioning;

// The columns of partial rows by which they meet: the keys, else the window where that is known
// already.
std::vector<size_t> SpreadOf(const plan::WindowAggregateSpec& global) {
  if (global.keys.empty() && !global.window) {
    return {global.window_column};
  }
  return global.keys;
}

class PhaseAdder {
 public:
  explicit PhaseAdder(BuilderNodes& nodes) : nodes_(nodes) {}

  void Run() {
    const std::vector<bool> live = FindLive(nodes_);
    for (size_t i = 0; i < nodes_.size(); ++i) {
      BuilderNode& node = nodes_[i];
      for (BuilderEdge& input : node.inputs) {
        input.from = ids_[input.from.value];
      }
      if (live[i] && !node.inputs.empty() &&
          node.inputs[0].partitioning.kind == Partitioning::Kind::kHash) {
        AddLocalPhase(node);
      }
      ids_.push_back(Append(std::move(node)));
    }
    nodes_ = std::move(result_);
  }

 private:
  NodeId Append(BuilderNode node) {
    result_.push_back(std::move(node));
    return {static_cast<int32_t>(result_.size() - 1)};
  }

  // A node right behind `from`, where its rows are.
  NodeId AppendAfter(NodeId from, plan::NodeSpec spec, data::Schema output, int64_t sql_offset) {
    BuilderNode node;
    node.spec = std::move(spec);
    node.output = std::move(output);
    node.inputs.push_back({from, {}});
    node.parallelism = result_[from.value].parallelism;
    node.sql_offset = sql_offset;
    return Append(std::move(node));
  }

  void AddLocalPhase(BuilderNode& node) {
    if (const auto* aggregate = std::get_if<plan::WindowAggregateSpec>(&node.spec)) {
      if (plan::CanSplit(*aggregate)) {
        SplitAggregate(node, *aggregate);
      }
    } else if (const auto* function = std::get_if<plan::WindowFunctionSpec>(&node.spec)) {
      const bool spread = result_[node.inputs[0].from.value].parallelism > 1;
      if (function->top_n && function->functions.size() == 1 && spread) {
        AddLocalTop(node, *function);
      }
    }
  }

  void SplitAggregate(BuilderNode& node, const plan::WindowAggregateSpec& spec) {
    const NodeId from = node.inputs[0].from;
    const NodeId local =
        AppendAfter(from, plan::LocalSpec(spec),
                    plan::PartialSchema(spec, result_[from.value].output), node.sql_offset);
    plan::WindowAggregateSpec global = plan::GlobalSpec(spec);
    node.inputs[0] = {local, {Partitioning::Kind::kHash, SpreadOf(global)}};
    node.spec = std::move(global);
  }

  // What is not among a subtask's best rows is not among the best of all.
  void AddLocalTop(BuilderNode& node, const plan::WindowFunctionSpec& spec) {
    const NodeId from = node.inputs[0].from;
    const data::Schema columns = result_[from.value].output;
    plan::WindowFunctionSpec best = spec;
    best.local = true;
    const NodeId local = AppendAfter(from, std::move(best), node.output, node.sql_offset);
    plan::ProjectSpec project;
    for (size_t i = 0; i < columns.num_visible_columns(); ++i) {
      project.expressions.push_back(
          expression::BoundExpression::Column(i, columns.fields[i].type, columns.fields[i].name));
    }
    node.inputs[0].from = AppendAfter(local, std::move(project), columns, node.sql_offset);
  }

  BuilderNodes& nodes_;
  BuilderNodes result_;
  std::vector<NodeId> ids_;  // where the nodes went
};

}  // namespace

void AddLocalPhases(BuilderNodes& nodes) { PhaseAdder(nodes).Run(); }

}  // namespace laminar::sql
