#include "plan/fingerprint.h"

#include <map>
#include <string>
#include <string_view>

namespace laminar::plan {
namespace {

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
    hasher.Add(spec.table.name).Add(spec.table.connector).Add(spec.table.format);
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
        .Add(spec.keys)
        .Add(static_cast<int64_t>(spec.phase));
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
  void operator()(const SinkSpec& spec) const {
    hasher.Add(spec.table.name).Add(spec.table.connector).Add(spec.table.format);
  }
};

}  // namespace

void SetFingerprints(JobGraph& graph) {
  std::map<uint64_t, int64_t> times_seen;
  for (Node& node : graph.nodes) {
    Hasher hasher;
    hasher.Add(NodeKindName(node.spec));
    std::visit(SpecHasher{hasher}, node.spec);
    for (const Edge& edge : graph.InputsOf(node.id)) {
      hasher.Add(static_cast<int64_t>(graph.node(edge.from).fingerprint));
    }
    node.fingerprint = hasher.hash();
    if (const int64_t number = times_seen[hasher.hash()]++; number > 0) {
      node.fingerprint = hasher.Add(number).hash();
    }
  }
}

}  // namespace laminar::plan
