// JobGraph::Validate: the engine builds on these facts, so a planner's mistake is reported here and
// not met at run time.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "plan/job_graph.h"

namespace laminar::plan {
namespace {

using data::LogicalType;
using data::Schema;

absl::Status Wrong(const std::string& what) { return base::Internal(what); }

absl::Status CheckColumn(const Schema& schema, size_t column, const char* what) {
  if (column >= schema.num_columns()) {
    return Wrong(std::string(what) + " is not a column of the input: " + std::to_string(column));
  }
  return absl::OkStatus();
}

absl::Status CheckColumns(const Schema& schema,
                          const std::vector<size_t>& columns,
                          const char* what) {
  for (const size_t column : columns) {
    LAMINAR_RETURN_IF_ERROR(CheckColumn(schema, column, what));
  }
  return absl::OkStatus();
}

absl::Status CheckExpression(const std::vector<LogicalType>& input,
                             const expression::BoundExpression& expression) {
  for (const auto& [column, type] : expression.References()) {
    if (column >= input.size()) {
      return Wrong("expression refers to a column beyond the input: " + expression.ToString());
    }
    if (input[column] != type) {
      return Wrong("expression takes a column for another type: " + expression.ToString() + ": " +
                   type.ToString() + " instead of " + input[column].ToString());
    }
  }
  return absl::OkStatus();
}

std::vector<LogicalType> VisibleTypes(const Schema& schema) {
  std::vector<LogicalType> types = schema.Types();
  types.resize(schema.num_visible_columns());
  return types;
}

bool IsWindow(const LogicalType& type) {
  if (type.id() != data::LogicalTypeId::STRUCT) {
    return false;
  }
  const auto& fields = duckdb::StructType::GetChildTypes(type);
  return fields.size() == 2 && fields[0].second == LogicalType::TIMESTAMP &&
         fields[1].second == LogicalType::TIMESTAMP;
}

absl::Status CheckWindow(const Schema& schema, size_t column) {
  LAMINAR_RETURN_IF_ERROR(CheckColumn(schema, column, "window"));
  if (!IsWindow(schema.fields[column].type)) {
    return Wrong("window column is not a window: " + schema.fields[column].name);
  }
  return absl::OkStatus();
}

absl::Status CheckWindowSpec(const WindowSpec& window) {
  if (window.width.micros <= 0) {
    return Wrong("window is not positive: " + window.ToString());
  }
  if (window.kind != WindowSpec::Kind::kSession && window.slide.micros <= 0) {
    return Wrong("window does not move: " + window.ToString());
  }
  return absl::OkStatus();
}

// Checks what a node computes and returns the types of its visible output columns; nullopt when
// they are not known here.
struct SpecChecker {
  using Result = absl::StatusOr<std::optional<std::vector<LogicalType>>>;

  const Node& node;
  const std::vector<const Schema*>& inputs;

  Result operator()(const SourceSpec& spec) const {
    std::vector<LogicalType> types;
    for (const size_t column : spec.columns) {
      LAMINAR_RETURN_IF_ERROR(CheckColumn(spec.table.schema, column, "read column"));
      types.push_back(spec.table.schema.fields[column].type);
    }
    if (spec.event_time) {
      LAMINAR_RETURN_IF_ERROR(CheckExpression(types, *spec.event_time));
    }
    if (spec.watermark) {
      std::vector<LogicalType> with_time = types;
      with_time.push_back(LogicalType::TIMESTAMP);
      LAMINAR_RETURN_IF_ERROR(CheckExpression(with_time, *spec.watermark));
    }
    if (!node.output.has_event_time) {
      return Wrong("source without event time");
    }
    return types;
  }

  Result operator()(const ProjectSpec& spec) const {
    std::vector<LogicalType> types;
    for (const expression::BoundExpression& expression : spec.expressions) {
      LAMINAR_RETURN_IF_ERROR(CheckExpression(inputs[0]->Types(), expression));
      types.push_back(expression.type());
    }
    return types;
  }

  Result operator()(const FilterSpec& spec) const {
    LAMINAR_RETURN_IF_ERROR(CheckExpression(inputs[0]->Types(), spec.predicate));
    if (spec.predicate.type() != LogicalType::BOOLEAN) {
      return Wrong("filter is not a truth value: " + spec.predicate.ToString());
    }
    return VisibleTypes(*inputs[0]);
  }

  Result operator()(const UnnestSpec& spec) const {
    std::vector<LogicalType> types;
    for (const UnnestSpec::Item& item : spec.items) {
      LAMINAR_RETURN_IF_ERROR(CheckExpression(inputs[0]->Types(), item.expression));
      if (item.is_unnest && item.expression.type().id() != data::LogicalTypeId::LIST) {
        return Wrong("unnest of something that is no list: " + item.expression.ToString());
      }
      types.push_back(item.is_unnest ? duckdb::ListType::GetChildType(item.expression.type())
                                     : item.expression.type());
    }
    return types;
  }

  Result operator()(const UnionSpec&) const {
    for (const Schema* input : inputs) {
      if (VisibleTypes(*input) != VisibleTypes(*inputs[0])) {
        return Wrong("inputs of a union differ: " + input->ToString());
      }
    }
    return VisibleTypes(*inputs[0]);
  }

  Result operator()(const WindowAggregateSpec& spec) const {
    if (spec.window) {
      LAMINAR_RETURN_IF_ERROR(CheckWindowSpec(*spec.window));
    }
    if (spec.phase != AggregatePhase::kComplete) {
      return std::nullopt;  // columns of partial states are checked where they are laid out
    }
    LAMINAR_RETURN_IF_ERROR(CheckColumns(*inputs[0], spec.keys, "key"));
    LAMINAR_RETURN_IF_ERROR(CheckWindowInput(spec));
    std::vector<LogicalType> types;
    for (const size_t key : spec.keys) {
      types.push_back(inputs[0]->fields[key].type);
    }
    types.push_back(node.output.num_visible_columns() > types.size()
                        ? node.output.fields[types.size()].type
                        : LogicalType::INVALID);
    if (!IsWindow(types.back())) {
      return Wrong("no window follows the keys");
    }
    for (const expression::BoundAggregate& aggregate : spec.aggregates) {
      LAMINAR_RETURN_IF_ERROR(CheckAggregate(aggregate));
      types.push_back(aggregate.type);
    }
    return types;
  }

  Result operator()(const WindowAssignSpec& spec) const {
    LAMINAR_RETURN_IF_ERROR(CheckWindowSpec(spec.window));
    if (spec.window.kind == WindowSpec::Kind::kSession) {
      return Wrong("sessions cannot be assigned row by row");
    }
    LAMINAR_RETURN_IF_ERROR(CheckTimeColumn(spec.time_column));
    std::vector<LogicalType> types = VisibleTypes(*inputs[0]);
    if (node.output.num_visible_columns() != types.size() + 1 ||
        !IsWindow(node.output.fields[types.size()].type)) {
      return Wrong("no window follows the columns of the input");
    }
    types.push_back(node.output.fields[types.size()].type);
    return types;
  }

  Result operator()(const WindowJoinSpec& spec) const {
    LAMINAR_RETURN_IF_ERROR(CheckWindow(*inputs[0], spec.left_window));
    LAMINAR_RETURN_IF_ERROR(CheckWindow(*inputs[1], spec.right_window));
    LAMINAR_RETURN_IF_ERROR(CheckColumns(*inputs[0], spec.left_keys, "left key"));
    LAMINAR_RETURN_IF_ERROR(CheckColumns(*inputs[1], spec.right_keys, "right key"));
    if (spec.left_keys.size() != spec.right_keys.size() ||
        spec.left_keys.size() != spec.null_equals_null.size()) {
      return Wrong("keys of a join are not pairs");
    }
    for (size_t i = 0; i < spec.left_keys.size(); ++i) {
      if (inputs[0]->fields[spec.left_keys[i]].type != inputs[1]->fields[spec.right_keys[i]].type) {
        return Wrong("keys of a join differ in type: " + inputs[0]->fields[spec.left_keys[i]].name);
      }
    }
    std::vector<LogicalType> types = VisibleTypes(*inputs[0]);
    const std::vector<LogicalType> right = VisibleTypes(*inputs[1]);
    std::vector<LogicalType> both = types;
    both.insert(both.end(), right.begin(), right.end());
    if (spec.residual) {
      LAMINAR_RETURN_IF_ERROR(CheckExpression(both, *spec.residual));
    }
    const bool one_sided = spec.type == JoinType::kSemi || spec.type == JoinType::kAnti;
    return one_sided ? types : both;
  }

  Result operator()(const WindowFunctionSpec& spec) const {
    LAMINAR_RETURN_IF_ERROR(CheckWindow(*inputs[0], spec.window_column));
    LAMINAR_RETURN_IF_ERROR(CheckColumns(*inputs[0], spec.partition_by, "partition key"));
    for (const WindowFunctionSpec::OrderBy& order : spec.order_by) {
      LAMINAR_RETURN_IF_ERROR(CheckColumn(*inputs[0], order.column, "order key"));
    }
    std::vector<LogicalType> types = VisibleTypes(*inputs[0]);
    for (const WindowFunctionSpec::Function& function : spec.functions) {
      LAMINAR_RETURN_IF_ERROR(CheckExpression(inputs[0]->Types(), function.call));
      types.push_back(function.call.type());
    }
    if (spec.top_n && spec.functions.empty()) {
      return Wrong("limit without a function that ranks");
    }
    return types;
  }

  Result operator()(const SinkSpec& spec) const {
    if (VisibleTypes(*inputs[0]) != VisibleTypes(spec.table.schema)) {
      return Wrong("columns do not fit the sink: " + inputs[0]->ToString());
    }
    if (node.output.num_columns() > 0) {
      return Wrong("sink with output");
    }
    return std::nullopt;
  }

 private:
  absl::Status CheckTimeColumn(size_t column) const {
    LAMINAR_RETURN_IF_ERROR(CheckColumn(*inputs[0], column, "time column"));
    if (inputs[0]->fields[column].type != LogicalType::TIMESTAMP) {
      return Wrong("time column is no timestamp: " + inputs[0]->fields[column].name);
    }
    return absl::OkStatus();
  }

  absl::Status CheckWindowInput(const WindowAggregateSpec& spec) const {
    return spec.window ? CheckTimeColumn(spec.window_column)
                       : CheckWindow(*inputs[0], spec.window_column);
  }

  absl::Status CheckAggregate(const expression::BoundAggregate& aggregate) const {
    LAMINAR_RETURN_IF_ERROR(CheckColumns(*inputs[0], aggregate.arguments, "argument"));
    LAMINAR_RETURN_IF_ERROR(CheckColumns(*inputs[0], aggregate.order_by, "order key"));
    if (aggregate.call == nullptr) {
      return Wrong("aggregate is not bound: " + aggregate.name);
    }
    if (aggregate.arguments.size() != aggregate.argument_types.size()) {
      return Wrong("aggregate has arguments without types: " + aggregate.name);
    }
    for (size_t i = 0; i < aggregate.arguments.size(); ++i) {
      if (inputs[0]->fields[aggregate.arguments[i]].type != aggregate.argument_types[i]) {
        return Wrong("aggregate takes an argument for another type: " + aggregate.name);
      }
    }
    if (!aggregate.filter) {
      return absl::OkStatus();
    }
    LAMINAR_RETURN_IF_ERROR(CheckColumn(*inputs[0], *aggregate.filter, "filter"));
    return inputs[0]->fields[*aggregate.filter].type == LogicalType::BOOLEAN
               ? absl::OkStatus()
               : Wrong("filter of an aggregate is not a truth value: " + aggregate.name);
  }
};

// How many inputs a node has; the least and the greatest number.
std::pair<size_t, size_t> InputsAllowed(const NodeSpec& spec) {
  if (std::holds_alternative<SourceSpec>(spec)) {
    return {0, 0};
  }
  if (std::holds_alternative<WindowJoinSpec>(spec)) {
    return {2, 2};
  }
  if (std::holds_alternative<UnionSpec>(spec)) {
    return {1, base::kColumnsMax};
  }
  return {1, 1};
}

class Validator {
 public:
  explicit Validator(const JobGraph& graph) : graph_(graph) {}

  absl::Status Validate() const {
    if (graph_.num_key_groups < 1) {
      return Wrong("job without key groups");
    }
    LAMINAR_RETURN_IF_ERROR(CheckIds());
    for (const Edge& edge : graph_.edges) {
      LAMINAR_RETURN_IF_ERROR(CheckEdge(edge));
    }
    for (const Node& node : graph_.nodes) {
      if (absl::Status status = CheckNode(node); !status.ok()) {
        return Wrong("node " + node.name + ": " + std::string(base::FromAbsl(status.message())));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status CheckIds() const {
    std::set<std::string> names;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (node.id.value != static_cast<int32_t>(i)) {
        return Wrong("node out of its place: " + node.name);
      }
      if (!names.insert(node.name).second) {
        return Wrong("two nodes of one name: " + node.name);
      }
    }
    return absl::OkStatus();
  }

  bool Exists(NodeId id) const {
    return id.value >= 0 && id.value < static_cast<int32_t>(graph_.nodes.size());
  }

  absl::Status CheckEdge(const Edge& edge) const {
    if (!Exists(edge.from) || !Exists(edge.to) || edge.from >= edge.to) {
      return Wrong("edge does not lead from a node to a later one: " +
                   std::to_string(edge.from.value) + " to " + std::to_string(edge.to.value));
    }
    const Node& from = graph_.node(edge.from);
    const Node& to = graph_.node(edge.to);
    if (edge.partitioning.kind == Partitioning::Kind::kForward &&
        from.parallelism != to.parallelism) {
      return Wrong("forward edge between different parallelism: " + from.name + " to " + to.name);
    }
    if (edge.partitioning.kind != Partitioning::Kind::kHash && !edge.partitioning.columns.empty()) {
      return Wrong("columns on an edge that is not hashed: " + from.name + " to " + to.name);
    }
    return CheckColumns(from.output, edge.partitioning.columns, "hashed column");
  }

  absl::Status CheckNode(const Node& node) const {
    if (node.parallelism < 1 || node.parallelism > base::kParallelismMax ||
        node.parallelism > graph_.num_key_groups) {
      return Wrong("parallelism out of range: " + std::to_string(node.parallelism));
    }
    const std::vector<Edge> edges = graph_.InputsOf(node.id);
    const auto [least, greatest] = InputsAllowed(node.spec);
    if (edges.size() < least || edges.size() > greatest) {
      return Wrong("wrong number of inputs: " + std::to_string(edges.size()));
    }
    const bool is_sink = std::holds_alternative<SinkSpec>(node.spec);
    if (is_sink != graph_.OutputsOf(node.id).empty()) {
      return Wrong(is_sink ? "sink with consumers" : "output without a consumer");
    }
    LAMINAR_RETURN_IF_ERROR(CheckInputs(node, edges));
    return CheckSpec(node, edges);
  }

  absl::Status CheckInputs(const Node& node, const std::vector<Edge>& edges) const {
    if (node.input_modes.size() != edges.size()) {
      return Wrong("not one mode per input");
    }
    for (size_t i = 0; i < edges.size(); ++i) {
      if (edges[i].input != static_cast<int>(i)) {
        return Wrong("inputs are not numbered in order: " + std::to_string(edges[i].input));
      }
      const ChangelogMode mode = graph_.node(edges[i].from).output_mode;
      if (mode != ChangelogMode::kAppend && mode != node.input_modes[i]) {
        return Wrong("input carries changes that the node does not take: " +
                     graph_.node(edges[i].from).name);
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckSpec(const Node& node, const std::vector<Edge>& edges) const {
    std::vector<const Schema*> inputs;
    for (const Edge& edge : edges) {
      inputs.push_back(&graph_.node(edge.from).output);
      if (inputs.back()->has_event_time != inputs.front()->has_event_time) {
        return Wrong("only one of the inputs has event time");
      }
    }
    LAMINAR_ASSIGN_OR_RETURN(const auto types, std::visit(SpecChecker{node, inputs}, node.spec));
    if (types && *types != VisibleTypes(node.output)) {
      return Wrong("output does not fit what is computed: " + node.output.ToString());
    }
    if (!inputs.empty() && !std::holds_alternative<SinkSpec>(node.spec) &&
        node.output.has_event_time != inputs.front()->has_event_time) {
      return Wrong("event time appears or gets lost");
    }
    return absl::OkStatus();
  }

  const JobGraph& graph_;
};

}  // namespace

absl::Status JobGraph::Validate() const { return Validator(*this).Validate(); }

}  // namespace laminar::plan
