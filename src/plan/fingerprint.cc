#include "plan/fingerprint.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "expression/aggregate_native.h"
#include "plan/column_text.h"
#include "plan/logical_graph.h"
#include "plan/stable_hash.h"

namespace laminar::plan {
namespace {

// Of file connectors: where the data is.
constexpr std::string_view kPlaceOption = "path";

// Which data it is, and not how fast or in which pieces it is read or written.
void AddTable(const data::ConnectorTable& table, StableHasher& hasher) {
  hasher.Add(table.name)
      .Add(table.connector)
      .Add(table.format)
      .Add(table.options.GetStringOr(std::string(kPlaceOption), "-"));
}

// What is known of the stream behind a node.
struct Stream {
  uint64_t rows = 0;  // which rows there are, whatever is known of each
  std::vector<ColumnText> columns;
};

// The type of an aggregate's argument, as far as its state depends on it beyond what the columns of
// the state say themselves.
std::string ArgumentType(const std::string& function, const data::LogicalType& type) {
  constexpr std::string_view kOfAnyWidth[] = {"count", "sum",   "avg",  "min",
                                              "max",   "first", "last", "any_value"};
  if (std::ranges::find(kOfAnyWidth, function) != std::end(kOfAnyWidth)) {
    if (type.IsIntegral()) {
      return "integer";
    }
    if (type.IsFloating()) {
      return "float";
    }
  }
  return type.ToString();
}

// Whether its state is nothing but columns of its group's row.
bool IsOfColumns(const expression::BoundAggregate& aggregate) {
  return !expression::DistinctMatters(aggregate) &&
         expression::MakeNativeAggregate(aggregate) != nullptr;
}

class Identifier {
 public:
  explicit Identifier(const JobGraph& graph)
      : graph_(graph),
        logical_(graph),
        identities_(graph.nodes.size()),
        streams_(graph.nodes.size()) {}

  std::vector<NodeIdentity> Run() {
    for (const Node& node : graph_.nodes) {
      node_ = &node;
      inputs_ = logical_.InputsOf(node.id);
      std::visit([this](const auto& spec) { Identify(spec); }, logical_.SpecOf(node.id));
      for (const ColumnText& column : stream().columns) {
        identity().columns.push_back(StableHasher().Add(column.text).hash());
      }
    }
    NumberSinks();
    return std::move(identities_);
  }

 private:
  size_t index() const { return static_cast<size_t>(node_->id.value); }
  NodeIdentity& identity() { return identities_[index()]; }
  Stream& stream() { return streams_[index()]; }
  const Stream& input(size_t i = 0) const { return streams_[inputs_.at(i).from.value]; }
  const data::Schema& schema(size_t i = 0) const { return graph_.node(inputs_.at(i).from).output; }

  // A column of an input together with its type.
  std::string Typed(size_t column, size_t i = 0) const {
    return TypedText(input(i).columns.at(column), schema(i).fields.at(column).type);
  }
  std::string Typed(const expression::BoundExpression& expression) const {
    return TypedText(TextOf(expression, input().columns, schema()), expression.type());
  }
  void AddTyped(const std::vector<size_t>& columns, size_t i, StableHasher& hasher) const {
    for (const size_t column : columns) {
      hasher.Add(Typed(column, i));
    }
    hasher.Add(";");
  }
  // What rows that are kept consist of.
  void AddVisible(size_t i, StableHasher& hasher) const {
    for (size_t column = 0; column < schema(i).num_visible_columns(); ++column) {
      hasher.Add(input(i).columns.at(column).text);
    }
    hasher.Add(";");
  }
  StableHasher Begin() const { return StableHasher().Add(NodeKindName(node_->spec)); }

  // Equal sub-plans of one graph are told apart by their order.
  void SetIdentity(uint64_t fingerprint, uint64_t kin) {
    identity().fingerprint = fingerprint;
    identity().kin = kin;
    if (const int64_t number = times_seen_[fingerprint]++; number > 0) {
      identity().fingerprint = StableHasher().Add(fingerprint).Add(number).hash();
    }
  }
  void SetIdentity(uint64_t fingerprint) { SetIdentity(fingerprint, fingerprint); }

  // Columns of the input that are passed on.
  void PassOn(size_t num_columns) {
    const std::vector<ColumnText>& columns = input().columns;
    stream().columns.assign(columns.begin(), columns.begin() + static_cast<int64_t>(num_columns));
  }
  // The hidden event time, where the operator sets it.
  void AddEventTime() {
    if (node_->output.has_event_time) {
      stream().columns.push_back(PlainColumn(stream().rows, "event time"));
    }
  }
  void PassOnEventTime() {
    if (node_->output.has_event_time) {
      stream().columns.push_back(input().columns.back());
    }
  }

  void Identify(const SourceSpec& spec) {
    StableHasher hasher = Begin();
    AddTable(spec.table, hasher);
    data::Schema read;
    for (const size_t column : spec.columns) {
      read.fields.push_back(spec.table.schema.fields[column]);
    }
    std::vector<ColumnText> texts;
    for (const data::Field& field : read.fields) {
      texts.push_back(PlainColumn(0, field.name));
    }
    texts.push_back(PlainColumn(0, "event time"));
    read.AddEventTime();
    for (const auto& time : {spec.event_time, spec.watermark}) {
      hasher.Add(time ? TypedText(TextOf(*time, texts, read), time->type()) : "-");
    }
    hasher.Add(spec.watermark_delay.micros);
    SetIdentity(hasher.hash());
    stream().rows = identity().fingerprint;
    for (const size_t column : spec.columns) {
      stream().columns.push_back(
          PlainColumn(stream().rows, "." + spec.table.schema.fields[column].name));
    }
    AddEventTime();
  }

  void Identify(const ProjectSpec& spec) {
    StableHasher hasher = Begin().Add(input().rows);
    for (const auto& expression : spec.expressions) {
      stream().columns.push_back(TextOf(expression, input().columns, schema()));
      hasher.Add(Typed(expression));
    }
    SetIdentity(hasher.hash());
    stream().rows = input().rows;
    PassOnEventTime();
  }

  void Identify(const FilterSpec& spec) {
    const uint64_t hash = Begin().Add(Typed(spec.predicate)).Add(input().rows).hash();
    SetIdentity(hash);
    stream().rows = logical_.IsSharedFilter(node_->id) ? input().rows : hash;
    PassOn(input().columns.size());
  }

  void Identify(const UnnestSpec& spec) {
    StableHasher hasher = Begin().Add(input().rows);
    for (const UnnestSpec::Item& item : spec.items) {
      hasher.Add(Typed(item.expression)).Add(item.is_unnest);
    }
    SetIdentity(hasher.hash());
    stream().rows = hasher.hash();
    for (size_t i = 0; i < spec.items.size(); ++i) {
      stream().columns.push_back(spec.items[i].is_unnest
                                     ? PlainColumn(stream().rows, std::to_string(i))
                                     : TextOf(spec.items[i].expression, input().columns, schema()));
    }
    PassOnEventTime();
  }

  void Identify(const UnionSpec&) {
    StableHasher hasher = Begin();
    for (size_t i = 0; i < inputs_.size(); ++i) {
      hasher.Add(input(i).rows);
    }
    stream().rows = hasher.hash();
    for (size_t column = 0; column < node_->output.num_columns(); ++column) {
      StableHasher texts;
      for (size_t i = 0; i < inputs_.size(); ++i) {
        texts.Add(Typed(column, i));
      }
      stream().columns.push_back(PlainColumn(stream().rows, std::to_string(texts.hash())));
      hasher.Add(texts.hash());
    }
    SetIdentity(hasher.hash());
  }

  uint64_t IdentityOf(const expression::BoundAggregate& aggregate) const {
    StableHasher hasher;
    hasher.Add(aggregate.name).Add(aggregate.distinct);
    for (const size_t column : aggregate.arguments) {
      const ColumnText& text = input().columns.at(column);
      const std::string type = ArgumentType(aggregate.name, schema().fields.at(column).type);
      hasher.Add(text.plain ? text.text + ":" + type : text.text);
    }
    hasher.Add(";");
    AddTyped(aggregate.order_by, 0, hasher);
    return hasher.Add(aggregate.filter ? Typed(*aggregate.filter) : "-").hash();
  }

  void Identify(const WindowAggregateSpec& spec) {
    StableHasher hasher = Begin();
    hasher.Add(spec.window ? spec.window->ToString() : "-").Add(Typed(spec.window_column));
    for (const size_t key : spec.keys) {
      identity().keys.push_back(StableHasher().Add(input().columns.at(key).text).hash());
      hasher.Add(identity().keys.back());
    }
    const uint64_t groups = hasher.Add(";").Add(input().rows).hash();
    bool of_columns = true;
    for (const expression::BoundAggregate& aggregate : spec.aggregates) {
      identity().aggregates.push_back(IdentityOf(aggregate));
      hasher.Add(identity().aggregates.back());
      of_columns = of_columns && IsOfColumns(aggregate);
    }
    if (logical_.IsLocal(node_->id)) {
      SetIdentity(hasher.Add("local").hash());
      stream().rows = input().rows;
      for (size_t i = 0; i < node_->output.num_columns(); ++i) {
        stream().columns.push_back(PlainColumn(hasher.hash(), std::to_string(i)));
      }
      return;
    }
    SetIdentity(hasher.hash(), of_columns ? groups : hasher.hash());
    stream().rows = groups;
    for (const size_t key : spec.keys) {
      stream().columns.push_back(input().columns.at(key));
    }
    stream().columns.push_back(PlainColumn(groups, "window"));
    for (const uint64_t aggregate : identity().aggregates) {
      stream().columns.push_back(PlainColumn(groups, std::to_string(aggregate)));
    }
    AddEventTime();
  }

  void Identify(const WindowAssignSpec& spec) {
    const uint64_t rows =
        Begin().Add(spec.window.ToString()).Add(Typed(spec.time_column)).Add(input().rows).hash();
    SetIdentity(rows);
    stream().rows = rows;
    PassOn(schema().num_visible_columns());
    stream().columns.push_back(PlainColumn(rows, "window"));
    AddEventTime();
  }

  // The visible columns of both inputs of a join.
  std::string ResidualOf(const WindowJoinSpec& spec) const {
    if (!spec.residual) {
      return "-";
    }
    std::vector<ColumnText> texts;
    data::Schema both;
    for (size_t i = 0; i < 2; ++i) {
      for (size_t column = 0; column < schema(i).num_visible_columns(); ++column) {
        // A table that is joined with itself has the same columns on both sides.
        texts.push_back(input(i).columns.at(column));
        texts.back().text = std::to_string(i) + texts.back().text;
        both.fields.push_back(schema(i).fields[column]);
      }
    }
    return TypedText(TextOf(*spec.residual, texts, both), spec.residual->type());
  }

  void Identify(const WindowJoinSpec& spec) {
    StableHasher hasher = Begin();
    hasher.Add(static_cast<int>(spec.type))
        .Add(Typed(spec.left_window, 0))
        .Add(Typed(spec.right_window, 1));
    AddTyped(spec.left_keys, 0, hasher);
    AddTyped(spec.right_keys, 1, hasher);
    hasher.Add(ResidualOf(spec));
    for (const bool null_equals_null : spec.null_equals_null) {
      hasher.Add(null_equals_null);
    }
    const uint64_t rows = hasher.Add(input(0).rows).Add(input(1).rows).hash();
    AddVisible(0, hasher);
    AddVisible(1, hasher);
    SetIdentity(hasher.hash(), rows);
    stream().rows = rows;
    const size_t num_visible = node_->output.num_visible_columns();
    for (size_t i = 0; i < 2; ++i) {
      for (size_t column = 0;
           column < schema(i).num_visible_columns() && stream().columns.size() < num_visible;
           ++column) {
        stream().columns.push_back(
            PlainColumn(rows, std::to_string(i) + input(i).columns.at(column).text));
      }
    }
    AddEventTime();
  }

  static void AddOrder(const WindowFunctionSpec& spec,
                       const Identifier& self,
                       StableHasher& hasher) {
    for (const auto& order : spec.order_by) {
      hasher.Add(self.Typed(order.column)).Add(order.descending).Add(order.nulls_first);
    }
    hasher.Add(";");
  }

  void Identify(const WindowFunctionSpec& spec) {
    StableHasher hasher = Begin();
    hasher.Add(Typed(spec.window_column));
    AddTyped(spec.partition_by, 0, hasher);
    hasher.Add(spec.top_n.value_or(-1));
    if (spec.top_n) {  // only the best rows are kept
      hasher.Add(Typed(spec.functions.at(0).call));
      AddOrder(spec, *this, hasher);
    }
    const uint64_t rows = hasher.Add(input().rows).hash();
    PassOn(schema().num_visible_columns());
    for (const WindowFunctionSpec::Function& function : spec.functions) {
      const std::string call = Typed(function.call);
      hasher.Add(call);
      stream().columns.push_back(PlainColumn(rows, call));
    }
    AddOrder(spec, *this, hasher);
    AddVisible(0, hasher);
    if (logical_.IsLocal(node_->id)) {
      SetIdentity(hasher.Add("local").hash());
      stream().rows = input().rows;
      PassOnEventTime();
      return;
    }
    SetIdentity(hasher.hash(), rows);
    stream().rows = rows;
    AddEventTime();
  }

  void Identify(const SinkSpec& spec) {
    StableHasher hasher = Begin();
    AddTable(spec.table, hasher);
    identity().fingerprint = hasher.hash();
    hasher.Add(input().rows);
    AddVisible(0, hasher);
    identity().result = hasher.hash();
  }

  // Several sinks of one table, by what they get: whatever the order of the statements.
  void NumberSinks() {
    std::vector<std::pair<uint64_t, NodeIdentity*>> sinks;
    for (const Node& node : graph_.nodes) {
      if (std::holds_alternative<SinkSpec>(node.spec)) {
        NodeIdentity& sink = identities_[node.id.value];
        sinks.emplace_back(sink.result, &sink);
      }
    }
    std::ranges::sort(sinks);
    for (const auto& [result, sink] : sinks) {
      const uint64_t table = sink->fingerprint;
      if (const int64_t number = times_seen_[table]++; number > 0) {
        sink->fingerprint = StableHasher().Add(table).Add(number).hash();
      }
      sink->kin = sink->fingerprint;
    }
  }

  const JobGraph& graph_;
  const LogicalGraph logical_;
  std::vector<NodeIdentity> identities_;
  std::vector<Stream> streams_;
  std::map<uint64_t, int64_t> times_seen_;
  const Node* node_ = nullptr;  // being identified
  std::vector<Edge> inputs_;    // of it
};

}  // namespace

std::vector<NodeIdentity> IdentifyNodes(const JobGraph& graph) { return Identifier(graph).Run(); }

void SetFingerprints(JobGraph& graph) {
  const std::vector<NodeIdentity> identities = IdentifyNodes(graph);
  for (Node& node : graph.nodes) {
    node.fingerprint = identities[node.id.value].fingerprint;
  }
}

bool IsPreparation(const JobGraph& graph, NodeId id) {
  const LogicalGraph logical(graph);
  return logical.IsLocal(id) || logical.IsProjectOfLocal(id) || logical.IsSharedFilter(id);
}

}  // namespace laminar::plan
