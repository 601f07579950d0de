#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "sql/planner/column_access.h"
#include "sql/planner/graph_passes.h"

namespace laminar::sql {
namespace {

using expression::BoundAggregate;
using expression::BoundExpression;

// Columns of a node's visible output that are read.
using Needs = std::vector<bool>;

// Marks what a node reads of its inputs, given what is read of it.
struct Marker {
  const std::vector<size_t>& widths;  // visible columns of every node
  const BuilderNode& node;
  Needs& own;
  std::vector<Needs>& needs;

  void Mark(size_t input, size_t column) const {
    Needs& of_input = needs[node.inputs[input].from.value];
    if (column < of_input.size()) {  // the event time behind them is always there
      of_input[column] = true;
    }
  }
  void Mark(size_t input, const std::vector<size_t>& columns) const {
    for (const size_t column : columns) {
      Mark(input, column);
    }
  }
  void Mark(size_t input, const BoundExpression& expression) const {
    for (const auto& [column, type] : expression.References()) {
      Mark(input, column);
    }
  }
  size_t WidthOf(size_t input) const { return widths[node.inputs[input].from.value]; }

  void operator()(plan::SourceSpec& spec) const {
    for (const auto* expression : {&spec.event_time, &spec.watermark}) {
      if (*expression) {
        for (const auto& [column, type] : (*expression)->References()) {
          if (column < own.size()) {
            own[column] = true;
          }
        }
      }
    }
  }
  void operator()(plan::ProjectSpec& spec) const {
    for (size_t i = 0; i < spec.expressions.size(); ++i) {
      if (own[i]) {
        Mark(0, spec.expressions[i]);
      }
    }
  }
  void operator()(plan::FilterSpec& spec) const {
    MarkPassedOn(0, WidthOf(0));
    Mark(0, spec.predicate);
  }
  void operator()(plan::UnnestSpec& spec) const {
    for (size_t i = 0; i < spec.items.size(); ++i) {
      own[i] = own[i] || spec.items[i].is_unnest;  // every list has a say in the number of rows
      if (own[i]) {
        Mark(0, spec.items[i].expression);
      }
    }
  }
  void operator()(plan::UnionSpec&) const {
    for (size_t input = 0; input < node.inputs.size(); ++input) {
      MarkPassedOn(input, own.size());
    }
  }
  void operator()(plan::WindowAggregateSpec& spec) const {
    const size_t num_fixed = spec.keys.size() + 1;
    std::fill(own.begin(), own.begin() + static_cast<ptrdiff_t>(num_fixed), true);
    Mark(0, spec.keys);
    Mark(0, spec.window_column);
    for (size_t i = 0; i < spec.aggregates.size(); ++i) {
      if (own[num_fixed + i]) {
        Mark(0, spec.aggregates[i].arguments);
        Mark(0, spec.aggregates[i].order_by);
        if (spec.aggregates[i].filter) {
          Mark(0, *spec.aggregates[i].filter);
        }
      }
    }
  }
  void operator()(plan::WindowAssignSpec& spec) const {
    MarkPassedOn(0, WidthOf(0));
    Mark(0, spec.time_column);
  }
  void operator()(plan::WindowJoinSpec& spec) const {
    const size_t left = WidthOf(0);
    for (size_t i = 0; i < own.size(); ++i) {
      if (own[i]) {
        MarkJoined(i, left);
      }
    }
    Mark(0, spec.left_window);
    Mark(1, spec.right_window);
    Mark(0, spec.left_keys);
    Mark(1, spec.right_keys);
    if (spec.residual) {
      for (const auto& [column, type] : spec.residual->References()) {
        MarkJoined(column, left);
      }
    }
  }
  void operator()(plan::WindowFunctionSpec& spec) const {
    const size_t width = WidthOf(0);
    MarkPassedOn(0, width);
    Mark(0, spec.window_column);
    Mark(0, spec.partition_by);
    for (const auto& order : spec.order_by) {
      Mark(0, order.column);
    }
    for (size_t i = 0; i < spec.functions.size(); ++i) {
      own[width + i] = own[width + i] || (i == 0 && spec.top_n);
      if (own[width + i]) {
        Mark(0, spec.functions[i].call);
      }
    }
  }
  void operator()(plan::SinkSpec&) const { MarkAllInputs(); }

  void MarkPassedOn(size_t input, size_t num_columns) const {
    for (size_t i = 0; i < num_columns; ++i) {
      if (own[i]) {
        Mark(input, i);
      }
    }
  }
  void MarkJoined(size_t column, size_t left) const {
    if (column < left) {
      Mark(0, column);
    } else {
      Mark(1, column - left);
    }
  }
  void MarkAllInputs() const {
    for (size_t input = 0; input < node.inputs.size(); ++input) {
      for (size_t column = 0; column < WidthOf(input); ++column) {
        Mark(input, column);
      }
    }
  }
};

// Where the visible columns of a node went; nullopt: dropped.
struct Layout {
  std::vector<std::optional<size_t>> position;
  size_t width = 0;

  explicit Layout(const Needs& kept = {}) {
    for (const bool keep : kept) {
      Append(keep);
    }
  }
  void Append(bool keep) { position.push_back(keep ? std::optional(width++) : std::nullopt); }

  // The event time comes behind the visible columns.
  size_t At(size_t column) const {
    if (column == position.size()) {
      return width;
    }
    LAMINAR_ASSERT(column < position.size() && position[column].has_value(), column);
    return *position[column];
  }
};

// Takes a node's dropped columns and those of its inputs out of what it computes; gives the layout
// of its output.
struct Rewriter {
  const BuilderNode& node;
  const Needs& own;
  const std::vector<Layout>& layouts;  // of the inputs

  const Layout& LayoutOf(size_t input) const { return layouts[input]; }
  void Move(size_t input, size_t& column) const { column = LayoutOf(input).At(column); }
  void Move(size_t input, std::vector<size_t>& columns) const {
    for (size_t& column : columns) {
      Move(input, column);
    }
  }
  void Move(size_t input, BoundExpression& expression) const {
    expression = MoveColumns(expression, [&](size_t column) { return LayoutOf(input).At(column); });
  }
  template <typename T>
  static void KeepOnly(std::vector<T>& items, const Needs& own, size_t offset) {
    std::vector<T> kept;
    for (size_t i = 0; i < items.size(); ++i) {
      if (own[offset + i]) {
        kept.push_back(std::move(items[i]));
      }
    }
    items = std::move(kept);
  }

  Layout operator()(plan::SourceSpec& spec) const {
    Layout layout(own);
    KeepOnly(spec.columns, own, 0);
    for (auto* expression : {&spec.event_time, &spec.watermark}) {
      if (*expression) {
        **expression = MoveColumns(**expression, [&](size_t column) { return layout.At(column); });
      }
    }
    return layout;
  }
  Layout operator()(plan::ProjectSpec& spec) const {
    KeepOnly(spec.expressions, own, 0);
    for (BoundExpression& expression : spec.expressions) {
      Move(0, expression);
    }
    return Layout(own);
  }
  Layout operator()(plan::FilterSpec& spec) const {
    Move(0, spec.predicate);
    return LayoutOf(0);
  }
  Layout operator()(plan::UnnestSpec& spec) const {
    KeepOnly(spec.items, own, 0);
    for (plan::UnnestSpec::Item& item : spec.items) {
      Move(0, item.expression);
    }
    return Layout(own);
  }
  Layout operator()(plan::UnionSpec&) const { return Layout(own); }
  Layout operator()(plan::WindowAggregateSpec& spec) const {
    KeepOnly(spec.aggregates, own, spec.keys.size() + 1);
    Move(0, spec.keys);
    Move(0, spec.window_column);
    for (BoundAggregate& aggregate : spec.aggregates) {
      Move(0, aggregate.arguments);
      Move(0, aggregate.order_by);
      if (aggregate.filter) {
        Move(0, *aggregate.filter);
      }
    }
    return Layout(own);
  }
  Layout operator()(plan::WindowAssignSpec& spec) const {
    Move(0, spec.time_column);
    Layout layout = LayoutOf(0);
    layout.Append(true);
    return layout;
  }
  Layout operator()(plan::WindowJoinSpec& spec) const {
    Layout both = LayoutOf(0);
    for (const std::optional<size_t>& position : LayoutOf(1).position) {
      both.Append(position.has_value());
    }
    Move(0, spec.left_window);
    Move(1, spec.right_window);
    Move(0, spec.left_keys);
    Move(1, spec.right_keys);
    if (spec.residual) {
      spec.residual = MoveColumns(*spec.residual, [&](size_t column) { return both.At(column); });
    }
    const bool one_sided = spec.type == plan::JoinType::kSemi || spec.type == plan::JoinType::kAnti;
    return one_sided ? LayoutOf(0) : both;
  }
  Layout operator()(plan::WindowFunctionSpec& spec) const {
    Layout layout = LayoutOf(0);
    const size_t width = layout.position.size();
    for (size_t i = 0; i < spec.functions.size(); ++i) {
      layout.Append(own[width + i]);
    }
    KeepOnly(spec.functions, own, width);
    Move(0, spec.window_column);
    Move(0, spec.partition_by);
    for (auto& order : spec.order_by) {
      Move(0, order.column);
    }
    for (auto& function : spec.functions) {
      Move(0, function.call);
    }
    return layout;
  }
  Layout operator()(plan::SinkSpec&) const { return Layout(); }
};

void DropFields(const Layout& layout, data::Schema& schema) {
  std::vector<data::Field> fields;
  for (size_t i = 0; i < layout.position.size(); ++i) {
    if (layout.position[i]) {
      fields.push_back(std::move(schema.fields[i]));
    }
  }
  schema.fields = std::move(fields);
  schema.has_event_time = false;
  schema.AddEventTime();
}

// Columns that a node does not need but has: they are kept for others.
bool HasMore(const Layout& layout, const Needs& needed) {
  for (size_t i = 0; i < needed.size(); ++i) {
    if (layout.position[i].has_value() && !needed[i]) {
      return true;
    }
  }
  return false;
}

class Pruner {
 public:
  explicit Pruner(BuilderNodes& nodes) : nodes_(nodes), layouts_(nodes.size()) {
    for (const BuilderNode& node : nodes_) {
      widths_.push_back(node.output.num_visible_columns());
      needs_.emplace_back(widths_.back(), false);
    }
  }

  void Run() {
    const std::vector<bool> live = FindLive(nodes_);
    for (size_t i = nodes_.size(); i-- > 0;) {
      if (live[i]) {
        MarkInputs(i);
      }
    }
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (live[i]) {
        Prune(i);
      }
      ids_.push_back(Append(std::move(nodes_[i])));
    }
    nodes_ = std::move(result_);
  }

 private:
  plan::NodeId Append(BuilderNode node) {
    result_.push_back(std::move(node));
    return {static_cast<int32_t>(result_.size() - 1)};
  }

  void MarkInputs(size_t id) {
    BuilderNode& node = nodes_[id];
    const Marker marker{widths_, node, needs_[id], needs_};
    std::visit(marker, node.spec);
    for (size_t input = 0; input < node.inputs.size(); ++input) {
      marker.Mark(input, node.inputs[input].partitioning.columns);
    }
  }

  void Prune(size_t id) {
    BuilderNode& node = nodes_[id];
    std::vector<Layout> inputs;
    for (size_t input = 0; input < node.inputs.size(); ++input) {
      inputs.push_back(PlaceInput(id, input));
    }
    const Rewriter rewriter{node, needs_[id], inputs};
    for (size_t input = 0; input < node.inputs.size(); ++input) {
      rewriter.Move(input, node.inputs[input].partitioning.columns);
    }
    layouts_[id] = std::visit(rewriter, node.spec);
    for (size_t input = 0; input < node.inputs.size(); ++input) {
      node.inputs[input].from = placed_[input];
    }
    if (!std::holds_alternative<plan::SinkSpec>(node.spec)) {
      DropFields(layouts_[id], node.output);
    }
  }

  // Finds the input in the result, behind a selection where it has columns for others that would do
  // harm: inputs of a union must be alike, and a join keeps all it gets.
  Layout PlaceInput(size_t id, size_t input) {
    const BuilderNode& node = nodes_[id];
    const plan::NodeId from = node.inputs[input].from;
    placed_.resize(node.inputs.size());
    placed_[input] = ids_[from.value];
    const Layout& layout = layouts_[from.value];
    const bool is_union = std::holds_alternative<plan::UnionSpec>(node.spec);
    if (!is_union && !std::holds_alternative<plan::WindowJoinSpec>(node.spec)) {
      return layout;
    }
    const Needs needed = is_union ? needs_[id] : NeedsOfSide(id, input);
    if (!HasMore(layout, needed)) {
      return layout;
    }
    placed_[input] = AppendSelection(placed_[input], layout, needed, node.sql_offset);
    return Layout(needed);
  }

  // What a join alone reads of one side.
  Needs NeedsOfSide(size_t id, size_t input) {
    BuilderNode& node = nodes_[id];
    std::vector<Needs> needs(nodes_.size());
    const plan::NodeId from = node.inputs[input].from;
    needs[from.value].resize(needs_[from.value].size(), false);
    Needs own = needs_[id];
    std::visit(Marker{widths_, node, own, needs}, node.spec);
    return needs[from.value];
  }

  // The needed columns alone: inputs of a union must be alike.
  plan::NodeId AppendSelection(plan::NodeId from,
                               const Layout& layout,
                               const Needs& needed,
                               int64_t sql_offset) {
    const BuilderNode& input = result_[from.value];
    BuilderNode node;
    plan::ProjectSpec project;
    for (size_t i = 0; i < needed.size(); ++i) {
      if (needed[i]) {
        const data::Field& field = input.output.fields[layout.At(i)];
        project.expressions.push_back(
            BoundExpression::Column(layout.At(i), field.type, field.name));
        node.output.fields.push_back(field);
      }
    }
    node.spec = std::move(project);
    node.output.AddEventTime();
    node.inputs.push_back({from, {}});
    node.parallelism = input.parallelism;
    node.sql_offset = sql_offset;
    return Append(std::move(node));
  }

  BuilderNodes& nodes_;
  std::vector<size_t> widths_;
  std::vector<Needs> needs_;
  std::vector<Layout> layouts_;
  BuilderNodes result_;
  std::vector<plan::NodeId> ids_;     // where the nodes went
  std::vector<plan::NodeId> placed_;  // of the node at hand: its inputs in the result
};

}  // namespace

void PruneColumns(BuilderNodes& nodes) { Pruner(nodes).Run(); }

}  // namespace laminar::sql
