// GraphBuilder: collects the nodes of a job while its queries are planned. Decides parallelism and
// partitioning of edges, gives back an existing node when the same thing is asked for twice, and
// finally drops what no sink needs. Planning thread.
#ifndef LAMINAR_SQL_PLANNER_GRAPH_BUILDER_H_
#define LAMINAR_SQL_PLANNER_GRAPH_BUILDER_H_

#include <optional>
#include <string>
#include <vector>

#include "plan/job_graph.h"
#include "sql/planner/stream.h"

namespace laminar::sql {

/// What is known of a visible column of a node.
struct ColumnProperty {
  WindowPart part = WindowPart::kNone;  // of the window that the rows belong to
  bool is_event_time = false;           // equals the hidden event time
};

struct NodeProperties {
  std::vector<ColumnProperty> columns;  // one per visible column
  /// What the hidden event time was computed from, over the visible columns, while it is still
  /// that.
  std::optional<expression::BoundExpression> event_time;
  /// Columns that are distinct together among the rows of the whole stream; empty: unknown.
  std::vector<size_t> unique;
};

/// What a node wants of the rows of an input.
struct Distribution {
  enum class Kind {
    kAny,     // as they come
    kHashed,  // equal values of `columns` in one subtask
    kSingle,  // all in one subtask
  };
  Kind kind = Kind::kAny;
  std::vector<size_t> columns;
};

class GraphBuilder {
 public:
  struct Input {
    plan::NodeId node;
    Distribution distribution;
  };

  GraphBuilder(int parallelism, int num_key_groups);

  plan::NodeId AddSource(plan::SourceSpec spec,
                         bool parallel,
                         NodeProperties properties,
                         int64_t sql_offset);
  /// `visible` are the output columns without the hidden event time, which every stream has.
  plan::NodeId Add(plan::NodeSpec spec,
                   std::vector<data::Field> visible,
                   NodeProperties properties,
                   std::vector<Input> inputs,
                   int64_t sql_offset);
  void AddSink(plan::SinkSpec spec, bool parallel, plan::NodeId input, int64_t sql_offset);

  int parallelism() const { return parallelism_; }
  const data::Schema& schema(plan::NodeId id) const { return node(id).output; }
  const NodeProperties& properties(plan::NodeId id) const { return node(id).properties; }
  const plan::NodeSpec& spec(plan::NodeId id) const { return node(id).spec; }
  int parallelism_of(plan::NodeId id) const { return node(id).parallelism; }
  bool IsHashedBy(plan::NodeId id, const std::vector<size_t>& columns) const;

  /// The graph of all sinks added so far: projections merged, unused nodes gone, everything named.
  /// Call once, at the end.
  plan::JobGraph Build(std::string name);

 private:
  struct InputEdge {
    plan::NodeId from;
    plan::Partitioning partitioning;
  };
  struct BuilderNode {
    plan::NodeSpec spec;
    data::Schema output;
    std::vector<InputEdge> inputs;
    int parallelism = 1;
    NodeProperties properties;
    std::vector<size_t>
        hashed_by;  // columns of the output by which rows are spread; empty: unknown
    int64_t sql_offset = -1;
  };

  const BuilderNode& node(plan::NodeId id) const { return nodes_[id.value]; }
  std::optional<plan::NodeId> FindEqual(const BuilderNode& node) const;
  void ConnectAny(BuilderNode& node, const std::vector<Input>& inputs) const;
  void ConnectKeyed(BuilderNode& node, const std::vector<Input>& inputs) const;
  std::vector<bool> FindLive() const;
  void MergeProjections();
  bool TryMergeInto(BuilderNode& upper, const BuilderNode& lower) const;

  const int parallelism_;
  const int num_key_groups_;
  std::vector<BuilderNode> nodes_;  // producers before consumers
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_GRAPH_BUILDER_H_
