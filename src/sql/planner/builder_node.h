// BuilderNode: a node of a job while it is planned, before it has its name and its final place.
// Plain data; planning thread.
#ifndef LAMINAR_SQL_PLANNER_BUILDER_NODE_H_
#define LAMINAR_SQL_PLANNER_BUILDER_NODE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/job_graph.h"
#include "sql/planner/stream.h"

namespace laminar::sql {

/// What is known of a visible column of a node.
struct ColumnProperty {
  WindowPart part = WindowPart::kNone;  // of the window that the rows belong to
  bool is_event_time = false;           // equals the hidden event time
  /// Below a full join either side's window may be NULL: which part of the left (1) or right (2)
  /// side's it is.
  int side = 0;
  WindowPart side_part = WindowPart::kNone;
};

struct NodeProperties {
  std::vector<ColumnProperty> columns;  // one per visible column
  /// What the hidden event time was computed from, over the visible columns, while it is still
  /// that.
  std::optional<expression::BoundExpression> event_time;
  /// Columns that are distinct together among the rows of the whole stream; empty: unknown.
  std::vector<size_t> unique;
};

struct BuilderEdge {
  plan::NodeId from;
  plan::Partitioning partitioning;
};

struct BuilderNode {
  plan::NodeSpec spec;
  data::Schema output;
  std::vector<BuilderEdge> inputs;
  int parallelism = 1;
  NodeProperties properties;
  std::vector<size_t> hashed_by;  // columns of the output by which rows are spread; empty: unknown
  int64_t sql_offset = -1;
};

/// Producers before consumers; a node's id is its position.
using BuilderNodes = std::vector<BuilderNode>;

/// Which nodes some sink needs.
std::vector<bool> FindLive(const BuilderNodes& nodes);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_BUILDER_NODE_H_
