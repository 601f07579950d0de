#include "engine/worker/state_description.h"

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/clock.h"
#include "engine/metrics/operator_metrics.h"
#include "engine/operators/operator.h"
#include "engine/operators/operator_factory.h"
#include "engine/state/memory_budget.h"
#include "engine/task/table_description.h"
#include "plan/fingerprint.h"
#include "plan/logical_graph.h"
#include "plan/stable_hash.h"

namespace laminar::engine {
namespace {

using Identities = std::vector<plan::NodeIdentity>;

// Of a window aggregate without calls that count rows by themselves; the state of `count(*)` is the
// same number.
constexpr std::string_view kRowCount = "_rows";

// What an operator takes before its first row, which is little.
class UncountedMemory final : public MemoryBudget {
 public:
  absl::Status Charge(const char* what, int64_t bytes) override { return absl::OkStatus(); }
  int64_t used_bytes() const override { return 0; }
  int64_t limit_bytes() const override { return INT64_MAX; }
};

uint64_t OriginOfName(std::string_view name) {
  return plan::StableHasher().Add("column").Add(name).hash();
}

// Column `_3_sum` is the part `sum` of the state of call 3.
void SetOriginOfState(const plan::WindowAggregateSpec& spec,
                      const plan::NodeIdentity& identity,
                      rpc::StateColumn& column) {
  const std::string_view name = column.name;
  size_t call = 0;
  const char* const end = name.data() + name.size();
  const auto number = std::from_chars(name.data() + 1, end, call);
  if (name.size() < 2 || number.ec != std::errc() || call >= identity.aggregates.size()) {
    column.origin = OriginOfName(name);
    return;
  }
  column.may_begin = true;
  const expression::BoundAggregate& aggregate = spec.aggregates[call];
  if (aggregate.name == "count_star" && !aggregate.filter && !aggregate.distinct) {
    column.origin = OriginOfName(kRowCount);
    return;
  }
  const std::string_view part(number.ptr, static_cast<size_t>(end - number.ptr));
  column.origin = plan::StableHasher().Add(identity.aggregates[call]).Add(part).hash();
}

// Groups of keys and states; beside these, arguments are kept that are known by their order.
void SetOrigins(const plan::WindowAggregateSpec& spec,
                const plan::NodeIdentity& identity,
                rpc::TableState& table) {
  if (table.keys.size() < identity.keys.size() ||
      (table.name != "groups" && table.name != "sessions")) {
    return;
  }
  for (size_t i = 0; i < table.keys.size(); ++i) {
    table.keys[i].origin =
        i < identity.keys.size() ? identity.keys[i] : OriginOfName(table.keys[i].name);
  }
  for (rpc::StateColumn& column : table.values) {
    SetOriginOfState(spec, identity, column);
  }
}

// Rows that wait for the end of their window: all visible columns but that.
void SetOrigins(const plan::NodeIdentity& input,
                size_t num_visible,
                size_t window_column,
                rpc::TableState& table) {
  LAMINAR_ASSERT(table.values.size() + 1 == num_visible, table.values.size());
  size_t next = 0;
  for (size_t i = 0; i < num_visible; ++i) {
    if (i != window_column) {
      table.values[next++].origin = input.columns.at(i);
    }
  }
}

class Describer {
 public:
  explicit Describer(const plan::JobGraph& graph)
      : graph_(graph), identities_(plan::IdentifyNodes(graph)) {}

  absl::StatusOr<std::vector<rpc::OperatorState>> Run() {
    std::vector<rpc::OperatorState> states;
    for (const plan::Node& node : graph_.nodes) {
      if (std::holds_alternative<plan::SourceSpec>(node.spec) ||
          std::holds_alternative<plan::SinkSpec>(node.spec)) {
        continue;
      }
      LAMINAR_ASSIGN_OR_RETURN(rpc::OperatorState state, Describe(node));
      if (!state.tables.empty()) {
        states.push_back(std::move(state));
      }
    }
    return states;
  }

 private:
  absl::StatusOr<rpc::OperatorState> Describe(const plan::Node& node) {
    rpc::OperatorState state{
        .op = {node.fingerprint}, .name = node.name, .description = node.description, .tables = {}};
    LAMINAR_ASSIGN_OR_RETURN(const std::unique_ptr<Operator> made, MakeOperator(graph_, node));
    OperatorMetrics metrics;
    OperatorContext context{
        .num_key_groups = graph_.num_key_groups,
        .key_groups = KeyGroupRange::All(static_cast<uint32_t>(graph_.num_key_groups)),
        .clock = base::SystemClock(),
        .memory = memory_,
        .metrics = metrics};
    const absl::Status opened = made->Open(context);
    if (opened.ok()) {
      for (const StateTable* table : made->StateTables()) {
        state.tables.push_back(DescribeTable(table->schema()));
        SetColumns(node, state.tables.back());
      }
    }
    made->Close();
    if (!opened.ok()) {
      return opened;
    }
    return state;
  }

  void SetColumns(const plan::Node& node, rpc::TableState& table) const {
    // An aggregate in two phases keeps what the query's would.
    const plan::NodeSpec& spec = plan::LogicalGraph(graph_).SpecOf(node.id);
    if (const auto* aggregate = std::get_if<plan::WindowAggregateSpec>(&spec)) {
      SetOrigins(*aggregate, identities_[node.id.value], table);
    } else if (const auto* function = std::get_if<plan::WindowFunctionSpec>(&spec)) {
      if (table.name == "rows") {
        SetInputOrigins(node, 0, function->window_column, table);
      }
    } else if (const auto* join = std::get_if<plan::WindowJoinSpec>(&spec)) {
      if (table.name == "left_rows") {
        SetInputOrigins(node, 0, join->left_window, table);
      } else if (table.name == "right_rows") {
        SetInputOrigins(node, 1, join->right_window, table);
      }
    }
  }

  void SetInputOrigins(const plan::Node& node,
                       size_t input,
                       size_t window_column,
                       rpc::TableState& table) const {
    const plan::NodeId from = graph_.InputsOf(node.id).at(input).from;
    SetOrigins(identities_[from.value], graph_.node(from).output.num_visible_columns(),
               window_column, table);
  }

  const plan::JobGraph& graph_;
  const Identities identities_;
  UncountedMemory memory_;
};

void CopyOrigins(const std::vector<rpc::StateColumn>& from, std::vector<rpc::StateColumn>& to) {
  LAMINAR_ASSERT(from.size() == to.size(), to.size());
  for (size_t i = 0; i < to.size(); ++i) {
    to[i].origin = from[i].origin;
  }
}

}  // namespace

absl::StatusOr<std::vector<rpc::OperatorState>> DescribeState(const plan::JobGraph& graph) {
  return Describer(graph).Run();
}

void SetOrigins(const std::vector<rpc::OperatorState>& described,
                std::vector<rpc::OperatorState>& states) {
  for (rpc::OperatorState& state : states) {
    for (const rpc::OperatorState& op : described) {
      for (const rpc::TableState& table : op.tables) {
        for (rpc::TableState& to : state.tables) {
          if (op.op == state.op && table.name == to.name) {
            CopyOrigins(table.keys, to.keys);
            CopyOrigins(table.values, to.values);
          }
        }
      }
    }
  }
}

}  // namespace laminar::engine
