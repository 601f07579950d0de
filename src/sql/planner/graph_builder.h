// GraphBuilder: collects the nodes of a job while its queries are planned. Decides parallelism and
// partitioning of edges, gives back an existing node when the same thing is asked for twice, and
// finally drops what no sink needs. Planning thread.
#ifndef LAMINAR_SQL_PLANNER_GRAPH_BUILDER_H_
#define LAMINAR_SQL_PLANNER_GRAPH_BUILDER_H_

#include <optional>
#include <string>
#include <vector>

#include "plan/job_graph.h"
#include "sql/planner/builder_node.h"

namespace laminar::sql {

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

  /// The graph of all sinks added so far: unread columns and unused nodes gone, projections merged,
  /// aggregates split where rows move, everything named. Call once, at the end.
  plan::JobGraph Build(std::string name);

 private:
  const BuilderNode& node(plan::NodeId id) const { return nodes_[id.value]; }
  std::optional<plan::NodeId> FindEqual(const BuilderNode& node) const;
  void ConnectAny(BuilderNode& node, const std::vector<Input>& inputs) const;
  void ConnectKeyed(BuilderNode& node, const std::vector<Input>& inputs) const;

  const int parallelism_;
  const int num_key_groups_;
  BuilderNodes nodes_;
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_GRAPH_BUILDER_H_
