#include "plan/describe.h"

#include <string>

namespace laminar::plan {
namespace {

using data::Schema;
using Schemas = std::vector<Schema>;

std::string ColumnName(const Schema& schema, size_t column) {
  return column < schema.num_columns() ? schema.fields[column].name : "#" + std::to_string(column);
}

std::string ColumnNames(const Schema& schema, const std::vector<size_t>& columns) {
  std::string text;
  for (const size_t column : columns) {
    text += (text.empty() ? "" : ", ") + ColumnName(schema, column);
  }
  return text;
}

// `expression AS name`, the name only where it tells more.
std::string Named(const expression::BoundExpression& expression, const std::string& name) {
  const std::string text = expression.ToString();
  return text == name || name.empty() ? text : text + " AS " + name;
}

std::string DescribeCall(const expression::BoundAggregate& aggregate, const Schema& input) {
  std::string arguments = ColumnNames(input, aggregate.arguments);
  if (aggregate.name == "count_star") {
    arguments = "*";
  }
  if (aggregate.ordered()) {
    arguments += " ORDER BY " + ColumnNames(input, aggregate.order_by);
  }
  std::string text = aggregate.name == "count_star" ? "count" : aggregate.name;
  text += "(" + std::string(aggregate.distinct ? "DISTINCT " : "") + arguments + ")";
  if (aggregate.filter) {
    const std::string filter = ColumnName(input, *aggregate.filter);
    text += " FILTER " + (filter.starts_with('(') ? filter : "(" + filter + ")");
  }
  return text;
}

const char* JoinName(JoinType type) {
  switch (type) {
    case JoinType::kInner:
      return "inner";
    case JoinType::kLeft:
      return "left";
    case JoinType::kRight:
      return "right";
    case JoinType::kFull:
      return "full";
    case JoinType::kSemi:
      return "semi";
    case JoinType::kAnti:
      return "anti";
  }
  return "?";
}

struct Describer {
  const Schemas& inputs;
  const Schema& output;

  std::string operator()(const SourceSpec& spec) const {
    std::string text = spec.table.connector + " " + spec.table.name;
    if (!spec.table.format.empty()) {
      text += " (" + spec.table.format + ")";
    }
    text += ": " + std::to_string(spec.columns.size()) + " of " +
            std::to_string(spec.table.schema.num_columns()) + " columns; event time " +
            (spec.event_time ? spec.event_time->ToString() : "of arrival") + "; watermark ";
    if (spec.watermark) {
      return text + spec.watermark->ToString();
    }
    return text + "event time - " + FormatDuration(spec.watermark_delay);
  }

  std::string operator()(const ProjectSpec& spec) const {
    std::string text;
    for (size_t i = 0; i < spec.expressions.size(); ++i) {
      text += (i == 0 ? "" : ", ") + Named(spec.expressions[i], ColumnName(output, i));
    }
    return text;
  }

  std::string operator()(const FilterSpec& spec) const { return spec.predicate.ToString(); }

  std::string operator()(const UnnestSpec& spec) const {
    std::string text;
    for (size_t i = 0; i < spec.items.size(); ++i) {
      const UnnestSpec::Item& item = spec.items[i];
      text += i == 0 ? "" : ", ";
      text += item.is_unnest ? "unnest(" + item.expression.ToString() + ")"
                             : Named(item.expression, ColumnName(output, i));
    }
    return text;
  }

  std::string operator()(const UnionSpec&) const { return ""; }

  std::string operator()(const WindowAggregateSpec& spec) const {
    std::string text = spec.phase == AggregatePhase::kLocal    ? "local "
                       : spec.phase == AggregatePhase::kGlobal ? "global "
                                                               : "";
    text += spec.window ? spec.window->ToString()
                        : "window " + ColumnName(inputs[0], spec.window_column);
    if (spec.window && spec.phase != AggregatePhase::kGlobal &&
        spec.window_column < inputs[0].num_visible_columns()) {
      text += " of " + ColumnName(inputs[0], spec.window_column);
    }
    if (!spec.keys.empty()) {
      // Partial states of a global phase have the keys first.
      text += " by " +
              ColumnNames(spec.phase == AggregatePhase::kGlobal ? output : inputs[0], spec.keys);
    }
    for (size_t i = 0; i < spec.aggregates.size(); ++i) {
      text += i == 0 ? ": " : ", ";
      text += spec.phase == AggregatePhase::kGlobal ? ColumnName(output, spec.keys.size() + 1 + i)
                                                    : DescribeCall(spec.aggregates[i], inputs[0]);
    }
    return text;
  }

  std::string operator()(const WindowAssignSpec& spec) const {
    const bool hidden =
        inputs[0].has_event_time && spec.time_column == inputs[0].event_time_index();
    return spec.window.ToString() + " of " +
           (hidden ? "event time" : ColumnName(inputs[0], spec.time_column));
  }

  std::string operator()(const WindowJoinSpec& spec) const {
    std::string text = std::string(JoinName(spec.type)) + " on " +
                       ColumnName(inputs[0], spec.left_window) + " = " +
                       ColumnName(inputs[1], spec.right_window);
    for (size_t i = 0; i < spec.left_keys.size(); ++i) {
      text += " AND " + ColumnName(inputs[0], spec.left_keys[i]) +
              (spec.null_equals_null[i] ? " IS NOT DISTINCT FROM " : " = ") +
              ColumnName(inputs[1], spec.right_keys[i]);
    }
    return spec.residual ? text + " AND " + spec.residual->ToString() : text;
  }

  std::string operator()(const WindowFunctionSpec& spec) const {
    std::string text;
    for (size_t i = 0; i < spec.functions.size(); ++i) {
      text += (i == 0 ? "" : ", ") + Named(spec.functions[i].call,
                                           ColumnName(output, inputs[0].num_visible_columns() + i));
    }
    return spec.top_n ? text + "; top " + std::to_string(*spec.top_n) : text;
  }

  std::string operator()(const SinkSpec& spec) const {
    std::string text = spec.table.connector;
    if (spec.table.name != text) {
      text += " " + spec.table.name;
    }
    return spec.table.format.empty() ? text : text + " (" + spec.table.format + ")";
  }
};

}  // namespace

std::string Describe(const NodeSpec& spec, const Schemas& inputs, const Schema& output) {
  return std::visit(Describer{inputs, output}, spec);
}

}  // namespace laminar::plan
