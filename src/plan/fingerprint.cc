#include "plan/fingerprint.h"

#include <map>
#include <string>
#include <string_view>

namespace laminar::plan {
namespace {

// Of file connectors: where the data is.
constexpr std::string_view kPlaceOption = "path";

// FNV-1a, 64 bits (draft-eastlake-fnv): stable between processes and versions, as the identity of
// stored state must be.
class Hasher {
 public:
  Hasher& Add(std::string_view text) {
    for (const char c : text) {
      AddByte(static_cast<unsigned char>(c));
    }
    AddByte(0xff);  // never part of UTF-8: "ab","c" differs from "a","bc"
    return *this;
  }
  Hasher& Add(int64_t number) { return Add(std::to_string(number)); }
  Hasher& Add(const std::vector<size_t>& columns) {
    for (const size_t column : columns) {
      Add(static_cast<int64_t>(column));
    }
    return Add(";");
  }
  Hasher& Add(const expression::BoundExpression& expression) {
    return Add(expression.ToNormalizedText()).Add(expression.type().ToString());
  }
  Hasher& Add(const std::optional<expression::BoundExpression>& expression) {
    return expression ? Add(*expression) : Add("-");
  }
  uint64_t hash() const { return hash_; }

 private:
  void AddByte(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001b3u; }

  uint64_t hash_ = 0xcbf29ce484222325u;
};

struct SpecHasher {
  Hasher& hasher;

  void operator()(const SourceSpec& spec) const {
    AddTable(spec.table);
    // By name: a column more or less in the table does not make it another source.
    for (const size_t column : spec.columns) {
      hasher.Add(spec.table.schema.fields[column].name)
          .Add(spec.table.schema.fields[column].type.ToString());
    }
    hasher.Add(spec.event_time).Add(spec.watermark).Add(spec.watermark_delay.micros);
  }
  void operator()(const ProjectSpec& spec) const {
    for (const auto& expression : spec.expressions) {
      hasher.Add(expression);
    }
  }
  void operator()(const FilterSpec& spec) const { hasher.Add(spec.predicate); }
  void operator()(const UnnestSpec& spec) const {
    for (const auto& item : spec.items) {
      hasher.Add(item.expression).Add(item.is_unnest);
    }
  }
  void operator()(const UnionSpec&) const {}
  void operator()(const WindowAggregateSpec& spec) const {
    hasher.Add(spec.window ? spec.window->ToString() : "-")
        .Add(static_cast<int64_t>(spec.window_column))
        .Add(spec.keys);
    for (const expression::BoundAggregate& aggregate : spec.aggregates) {
      hasher.Add(aggregate.name)
          .Add(aggregate.arguments)
          .Add(aggregate.order_by)
          .Add(aggregate.distinct)
          .Add(aggregate.filter ? static_cast<int64_t>(*aggregate.filter) : -1)
          .Add(aggregate.type.ToString());
    }
  }
  void operator()(const WindowAssignSpec& spec) const {
    hasher.Add(spec.window.ToString()).Add(static_cast<int64_t>(spec.time_column));
  }
  void operator()(const WindowJoinSpec& spec) const {
    hasher.Add(static_cast<int64_t>(spec.type))
        .Add(static_cast<int64_t>(spec.left_window))
        .Add(static_cast<int64_t>(spec.right_window))
        .Add(spec.left_keys)
        .Add(spec.right_keys)
        .Add(spec.residual);
    for (const bool null_equals_null : spec.null_equals_null) {
      hasher.Add(null_equals_null);
    }
  }
  void operator()(const WindowFunctionSpec& spec) const {
    hasher.Add(static_cast<int64_t>(spec.window_column))
        .Add(spec.partition_by)
        .Add(spec.top_n.value_or(-1));
    for (const auto& function : spec.functions) {
      hasher.Add(function.call);
    }
    for (const auto& order : spec.order_by) {
      hasher.Add(static_cast<int64_t>(order.column)).Add(order.descending).Add(order.nulls_first);
    }
  }
  void operator()(const SinkSpec& spec) const { AddTable(spec.table); }
  // Which data it is, and not how fast or in which pieces it is read or written.
  void AddTable(const data::ConnectorTable& table) const {
    hasher.Add(table.name)
        .Add(table.connector)
        .Add(table.format)
        .Add(table.options.GetStringOr(kPlaceOption, "-"));
  }
};

// Which nodes there are depends on the parallelism: with more than one subtask, aggregates and
// rankings are prepared before the exchange. The state is that of the one operator that stands in
// the query, and has its identity whatever the parallelism.
class LogicalGraph {
 public:
  explicit LogicalGraph(const JobGraph& graph) : graph_(graph) {}

  bool IsLocal(NodeId id) const {
    const NodeSpec& spec = graph_.node(id).spec;
    if (const auto* aggregate = std::get_if<WindowAggregateSpec>(&spec)) {
      return aggregate->phase == AggregatePhase::kLocal;
    }
    const auto* function = std::get_if<WindowFunctionSpec>(&spec);
    return function != nullptr && function->local;
  }

  // Behind the ranking of a subtask's own rows: takes its columns away again.
  bool IsProjectOfLocal(NodeId id) const {
    return std::holds_alternative<ProjectSpec>(graph_.node(id).spec) &&
           IsLocalFunction(graph_.InputsOf(id)[0].from);
  }

  // The query's own node whose rows these are.
  NodeId Producer(NodeId id) const {
    while (IsLocalFunction(id) || IsProjectOfLocal(id)) {
      id = graph_.InputsOf(id)[0].from;
    }
    return id;
  }

  // What the query says of the node.
  const NodeSpec& SpecOf(NodeId id) const {
    const NodeId local = LocalPhaseOf(id);
    return graph_.node(local.value >= 0 ? local : id).spec;
  }

  std::vector<Edge> InputsOf(NodeId id) const {
    const NodeId local = LocalPhaseOf(id);
    std::vector<Edge> inputs = graph_.InputsOf(local.value >= 0 ? local : id);
    for (Edge& edge : inputs) {
      edge.from = Producer(edge.from);
    }
    return inputs;
  }

 private:
  bool IsLocalFunction(NodeId id) const {
    return IsLocal(id) && std::holds_alternative<WindowFunctionSpec>(graph_.node(id).spec);
  }

  NodeId LocalPhaseOf(NodeId id) const {
    const auto* aggregate = std::get_if<WindowAggregateSpec>(&graph_.node(id).spec);
    if (aggregate == nullptr || aggregate->phase != AggregatePhase::kGlobal) {
      return {};
    }
    return graph_.InputsOf(id)[0].from;
  }

  const JobGraph& graph_;
};

}  // namespace

void SetFingerprints(JobGraph& graph) {
  const LogicalGraph logical(graph);
  std::map<uint64_t, int64_t> times_seen;
  for (Node& node : graph.nodes) {
    Hasher hasher;
    const NodeSpec& spec = logical.SpecOf(node.id);
    hasher.Add(NodeKindName(spec));
    std::visit(SpecHasher{hasher}, spec);
    if (logical.IsLocal(node.id)) {
      hasher.Add("local");
    }
    for (const Edge& edge : logical.InputsOf(node.id)) {
      hasher.Add(static_cast<int64_t>(graph.node(edge.from).fingerprint));
    }
    node.fingerprint = hasher.hash();
    if (const int64_t number = times_seen[hasher.hash()]++; number > 0) {
      node.fingerprint = hasher.Add(number).hash();
    }
  }
}

bool IsPreparation(const JobGraph& graph, NodeId id) {
  const LogicalGraph logical(graph);
  return logical.IsLocal(id) || logical.IsProjectOfLocal(id);
}

}  // namespace laminar::plan
