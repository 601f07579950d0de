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
  const BuilderNodes& nodes;
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
  size_t WidthOf(size_t input) const {
    return nodes[node.inputs[input].from.value].output.num_visible_columns();
  }

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
  void operator()(plan::UnionSpec&) const { MarkAllInputs(); }
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
  const std::vector<Layout>& layouts;

  const Layout& LayoutOf(size_t input) const { return layouts[node.inputs[input].from.value]; }
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
  Layout operator()(plan::UnionSpec&) const { return LayoutOf(0); }
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

}  // namespace

void PruneColumns(BuilderNodes& nodes) {
  const std::vector<bool> live = FindLive(nodes);
  std::vector<Needs> needs;
  for (const BuilderNode& node : nodes) {
    needs.emplace_back(node.output.num_visible_columns(), false);
  }
  for (size_t i = nodes.size(); i-- > 0;) {
    if (!live[i]) {
      continue;
    }
    const Marker marker{nodes, nodes[i], needs[i], needs};
    std::visit(marker, nodes[i].spec);
    for (size_t input = 0; input < nodes[i].inputs.size(); ++input) {
      marker.Mark(input, nodes[i].inputs[input].partitioning.columns);
    }
  }
  std::vector<Layout> layouts(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!live[i]) {
      continue;
    }
    const Rewriter rewriter{nodes[i], needs[i], layouts};
    for (size_t input = 0; input < nodes[i].inputs.size(); ++input) {
      rewriter.Move(input, nodes[i].inputs[input].partitioning.columns);
    }
    layouts[i] = std::visit(rewriter, nodes[i].spec);
    if (!std::holds_alternative<plan::SinkSpec>(nodes[i].spec)) {
      DropFields(layouts[i], nodes[i].output);
    }
  }
}

}  // namespace laminar::sql
