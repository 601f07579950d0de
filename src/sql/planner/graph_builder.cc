#include "sql/planner/graph_builder.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "plan/describe.h"
#include "plan/fingerprint.h"
#include "sql/planner/column_access.h"
#include "sql/planner/graph_passes.h"
#include "sql/planner/spec_equality.h"

namespace laminar::sql {
namespace {

using plan::NodeId;
using plan::Partitioning;

data::Schema WithEventTime(std::vector<data::Field> visible) {
  data::Schema schema;
  schema.fields = std::move(visible);
  schema.AddEventTime();
  return schema;
}

// Where columns of a node's input are found in its output; nullopt when some are not.
std::optional<std::vector<size_t>> FollowColumns(const plan::NodeSpec& spec,
                                                 const std::vector<size_t>& columns) {
  const auto* project = std::get_if<plan::ProjectSpec>(&spec);
  if (project == nullptr) {
    return columns;
  }
  std::vector<size_t> followed;
  for (const size_t column : columns) {
    for (size_t i = 0; i < project->expressions.size(); ++i) {
      if (project->expressions[i].AsColumn() == column) {
        followed.push_back(i);
        break;
      }
    }
  }
  if (followed.size() < columns.size()) {
    return std::nullopt;
  }
  return followed;
}

// By which columns of its output the rows of a keyed node are spread, when its first input is by
// `columns`.
std::vector<size_t> HashedBy(const plan::NodeSpec& spec, const std::vector<size_t>& columns) {
  if (std::holds_alternative<plan::WindowFunctionSpec>(spec)) {
    return columns;
  }
  if (const auto* join = std::get_if<plan::WindowJoinSpec>(&spec)) {
    const bool keeps_left =
        join->type != plan::JoinType::kRight && join->type != plan::JoinType::kFull;
    return keeps_left ? columns : std::vector<size_t>{};
  }
  const auto* aggregate = std::get_if<plan::WindowAggregateSpec>(&spec);
  if (aggregate == nullptr) {
    return {};
  }
  if (aggregate->keys.empty()) {
    // Spread by the window itself, which is the first column of the output.
    return columns.empty() ? columns : std::vector<size_t>{0};
  }
  std::vector<size_t> hashed_by;
  for (size_t i = 0; i < aggregate->keys.size(); ++i) {
    hashed_by.push_back(i);
  }
  return hashed_by;
}

}  // namespace

std::vector<bool> FindLive(const BuilderNodes& nodes) {
  std::vector<bool> live(nodes.size(), false);
  for (size_t i = nodes.size(); i-- > 0;) {
    live[i] = live[i] || std::holds_alternative<plan::SinkSpec>(nodes[i].spec);
    for (const BuilderEdge& input : nodes[i].inputs) {
      live[input.from.value] = live[input.from.value] || live[i];
    }
  }
  return live;
}

GraphBuilder::GraphBuilder(int parallelism, int num_key_groups)
    : parallelism_(parallelism), num_key_groups_(num_key_groups) {}

NodeId GraphBuilder::AddSource(plan::SourceSpec spec,
                               bool parallel,
                               NodeProperties properties,
                               int64_t sql_offset) {
  BuilderNode node;
  std::vector<data::Field> visible;
  for (const size_t column : spec.columns) {
    visible.push_back(spec.table.schema.fields[column]);
  }
  node.output = WithEventTime(std::move(visible));
  node.spec = std::move(spec);
  node.parallelism = parallel ? parallelism_ : 1;
  node.properties = std::move(properties);
  node.sql_offset = sql_offset;
  nodes_.push_back(std::move(node));
  return {static_cast<int32_t>(nodes_.size() - 1)};
}

NodeId GraphBuilder::Add(plan::NodeSpec spec,
                         std::vector<data::Field> visible,
                         NodeProperties properties,
                         std::vector<Input> inputs,
                         int64_t sql_offset) {
  BuilderNode node;
  node.spec = std::move(spec);
  node.output = WithEventTime(std::move(visible));
  node.properties = std::move(properties);
  node.properties.columns.resize(node.output.num_visible_columns());
  node.sql_offset = sql_offset;
  if (inputs.front().distribution.kind == Distribution::Kind::kAny) {
    ConnectAny(node, inputs);
  } else {
    ConnectKeyed(node, inputs);
  }
  if (const std::optional<NodeId> equal = FindEqual(node)) {
    return *equal;
  }
  nodes_.push_back(std::move(node));
  return {static_cast<int32_t>(nodes_.size() - 1)};
}

// Rows stay where they are; behind a source that cannot be read in parallel they are spread.
void GraphBuilder::ConnectAny(BuilderNode& node, const std::vector<Input>& inputs) const {
  int widest = 1;
  for (const Input& input : inputs) {
    const BuilderNode& from = this->node(input.node);
    const bool narrow = std::holds_alternative<plan::SourceSpec>(from.spec);
    widest = std::max(widest, narrow ? parallelism_ : from.parallelism);
  }
  node.parallelism = widest;
  for (const Input& input : inputs) {
    const bool same = this->node(input.node).parallelism == widest;
    node.inputs.push_back(
        {input.node, {same ? Partitioning::Kind::kForward : Partitioning::Kind::kRebalance, {}}});
  }
  const BuilderNode& first = this->node(inputs.front().node);
  const bool keeps_columns = !std::holds_alternative<plan::UnionSpec>(node.spec) &&
                             !std::holds_alternative<plan::UnnestSpec>(node.spec);
  if (keeps_columns && node.inputs.front().partitioning.kind == Partitioning::Kind::kForward) {
    node.hashed_by = FollowColumns(node.spec, first.hashed_by).value_or(std::vector<size_t>{});
  }
}

void GraphBuilder::ConnectKeyed(BuilderNode& node, const std::vector<Input>& inputs) const {
  const bool single = inputs.front().distribution.kind == Distribution::Kind::kSingle;
  node.parallelism = single ? 1 : parallelism_;
  for (const Input& input : inputs) {
    const BuilderNode& from = this->node(input.node);
    Partitioning partitioning;
    if (node.parallelism != from.parallelism ||
        (node.parallelism > 1 && !IsHashedBy(input.node, input.distribution.columns))) {
      partitioning = {Partitioning::Kind::kHash, input.distribution.columns};
    }
    node.inputs.push_back({input.node, std::move(partitioning)});
  }
  node.hashed_by = HashedBy(node.spec, inputs.front().distribution.columns);
}

bool GraphBuilder::IsHashedBy(NodeId id, const std::vector<size_t>& columns) const {
  return !columns.empty() && node(id).hashed_by == columns;
}

std::optional<NodeId> GraphBuilder::FindEqual(const BuilderNode& node) const {
  const auto same_input = [](const BuilderEdge& a, const BuilderEdge& b) {
    return a.from == b.from && a.partitioning.kind == b.partitioning.kind &&
           a.partitioning.columns == b.partitioning.columns;
  };
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].parallelism == node.parallelism &&
        std::equal(nodes_[i].inputs.begin(), nodes_[i].inputs.end(), node.inputs.begin(),
                   node.inputs.end(), same_input) &&
        AreEqual(nodes_[i].spec, node.spec)) {
      return NodeId{static_cast<int32_t>(i)};
    }
  }
  return std::nullopt;
}

void GraphBuilder::AddSink(plan::SinkSpec spec, bool parallel, NodeId input, int64_t sql_offset) {
  BuilderNode node;
  node.spec = std::move(spec);
  node.sql_offset = sql_offset;
  const BuilderNode& from = this->node(input);
  node.parallelism = parallel ? from.parallelism : 1;
  const bool same = node.parallelism == from.parallelism;
  node.inputs.push_back(
      {input, {same ? Partitioning::Kind::kForward : Partitioning::Kind::kHash, {}}});
  nodes_.push_back(std::move(node));
}

plan::JobGraph GraphBuilder::Build(std::string name) {
  PruneColumns(nodes_);
  MergeProjections(nodes_);
  RankForJoins(nodes_);
  MergeProjections(nodes_);
  FilterBeforeSharing(nodes_);
  AddLocalPhases(nodes_);
  const std::vector<bool> live = FindLive(nodes_);
  plan::JobGraph graph;
  graph.name = std::move(name);
  graph.num_key_groups = num_key_groups_;
  std::vector<NodeId> ids(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (!live[i]) {
      continue;
    }
    BuilderNode& from = nodes_[i];
    const NodeId id{static_cast<int32_t>(graph.nodes.size())};
    ids[i] = id;
    std::vector<data::Schema> inputs;
    for (size_t input = 0; input < from.inputs.size(); ++input) {
      const NodeId producer = ids[from.inputs[input].from.value];
      inputs.push_back(graph.node(producer).output);
      graph.edges.push_back(
          {producer, id, static_cast<int>(input), std::move(from.inputs[input].partitioning)});
    }
    plan::Node node;
    node.id = id;
    node.name = std::string(plan::NodeKindName(from.spec)) + "_" + std::to_string(id.value);
    node.description = plan::Describe(from.spec, inputs, from.output);
    node.spec = std::move(from.spec);
    node.parallelism = from.parallelism;
    node.output = std::move(from.output);
    node.input_modes.assign(inputs.size(), plan::ChangelogMode::kAppend);
    node.sql_offset = from.sql_offset;
    graph.nodes.push_back(std::move(node));
  }
  plan::SetFingerprints(graph);
  return graph;
}

}  // namespace laminar::sql
