// Stream: what a logical operator's output is while a query is planned: a node of the graph, and
// for each logical column how to get it from the node's columns. Most projections need no node of
// their own that way. Plain data; planning thread.
#ifndef LAMINAR_SQL_PLANNER_STREAM_H_
#define LAMINAR_SQL_PLANNER_STREAM_H_

#include <optional>
#include <string>
#include <vector>

#include "duckdb/planner/column_binding.hpp"

#include "base/diagnostic.h"
#include "expression/bound_expression.h"
#include "plan/job_graph.h"

namespace laminar::sql {

/// Which part of its stream's window a column holds.
enum class WindowPart { kNone, kStruct, kStart, kEnd };

/// Whether equal values of these parts mean equal windows.
bool DetermineWindow(const plan::WindowSpec& spec, const std::vector<WindowPart>& parts);

/// The window that the rows of a stream belong to.
struct StreamWindow {
  plan::WindowSpec spec;
  /// Column of the node that holds the STRUCT. Unset while rows are not yet put into windows: an
  /// aggregate does that itself, for everything else a window_assign node is made when the window
  /// is first looked at.
  std::optional<size_t> column;
  /// Until then: by what time, over the node's columns; unset: the hidden event time.
  std::optional<expression::BoundExpression> time;
  /// The time argument as the call had it, over the node's columns, as long as they have it: the
  /// same call again is this window.
  std::optional<expression::BoundExpression> argument;
  base::SourceSpan span;  // the call
  bool assigned() const { return column.has_value(); }
};

struct StreamColumn {
  duckdb::ColumnBinding binding;
  std::string name;
  data::LogicalType type;
  /// Over the node's columns; cheap: a column, a field of one, a constant.
  expression::BoundExpression access;
  /// Instead of `access` while rows are not yet put into windows: what the column is, over the
  /// window's struct as only column.
  expression::BoundExpression of_window;
};

struct Stream {
  plan::NodeId node;
  std::vector<StreamColumn> columns;
  std::optional<StreamWindow> window;

  /// Null when the stream has no such column.
  const StreamColumn* Find(duckdb::ColumnBinding binding) const {
    for (const StreamColumn& column : columns) {
      if (column.binding == binding) {
        return &column;
      }
    }
    return nullptr;
  }
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_STREAM_H_
