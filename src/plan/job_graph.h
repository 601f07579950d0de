// JobGraph: the waist between SQL and the engine. Nodes say what is computed, edges how rows travel
// between them. Plain data, immutable once validated, shared by pointer to const; any thread.
// sql/planner makes it, engine/task runs it, neither knows the other.
//
// Every stream that carries event time has it as its hidden last column (see data/schema.h); nodes
// below speak of "visible" columns without it.
#ifndef LAMINAR_PLAN_JOB_GRAPH_H_
#define LAMINAR_PLAN_JOB_GRAPH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"
#include "data/connector_table.h"
#include "data/schema.h"
#include "expression/bound_expression.h"

namespace laminar::plan {

struct NodeId {
  int32_t value = -1;
  auto operator<=>(const NodeId&) const = default;
};

/// What rows of a stream mean: appended for good, or changes of a relation.
enum class ChangelogMode { kAppend, kRetract, kUpsert };

// --- What a node does
// ---------------------------------------------------------------------------------------------------

/// Reads a connector, computes event time and watermarks. Output: `columns` of the table, then the
/// hidden event time.
struct SourceSpec {
  data::ConnectorTable table;
  /// Positions in table.schema that are read; the union of what all consumers of the source want.
  std::vector<size_t> columns;
  /// Over the read columns; TIMESTAMP. Unset: arrival time.
  std::optional<expression::BoundExpression> event_time;
  /// Over the read columns followed by the event time; TIMESTAMP. Unset: event time minus
  /// `watermark_delay`. A chunk's watermark is the least value... of the greatest seen so far:
  /// watermarks never go back.
  std::optional<expression::BoundExpression> watermark;
  data::Duration watermark_delay{1'000'000};
  data::Duration max_future{
      86'400'000'000};  // a row further ahead of the clock does not push the watermark
};

/// Computes visible output columns; the hidden event time is passed on by itself.
struct ProjectSpec {
  std::vector<expression::BoundExpression> expressions;
};

struct FilterSpec {
  expression::BoundExpression predicate;
};

/// One output row per element of the lists (columns of kind list), shorter lists padded with NULL;
/// other expressions are repeated. Output: one column per expression; where is_unnest, the element.
struct UnnestSpec {
  struct Item {
    expression::BoundExpression expression;
    bool is_unnest = false;
  };
  std::vector<Item> items;
};

/// Merges its inputs (same visible columns).
struct UnionSpec {};

/// How rows are put into windows. All times in microseconds.
struct WindowSpec {
  enum class Kind { kTumble, kHop, kSession, kCumulate };
  Kind kind = Kind::kTumble;
  data::Duration width;   // of kSession: the gap; of kCumulate: the greatest width
  data::Duration slide;   // of kHop and kCumulate (step); equals width for kTumble
  data::Duration offset;  // windows start at offset + k * slide
  bool operator==(const WindowSpec&) const = default;
  std::string ToString() const;  // "hop(2 s, 10 s)"
};

enum class AggregatePhase {
  kComplete,  // rows in, results out
  kLocal,     // rows in, partial states out; before an exchange
  kGlobal,    // partial states in, results out
};

/// Aggregates per key and window, emitted once when the watermark passes the window's end.
/// Input: any columns. Output of kComplete and kGlobal: keys, then window STRUCT(start TIMESTAMP,
/// end TIMESTAMP), then aggregates, then the hidden event time (window end minus 1 microsecond).
/// Partial columns of kLocal: see plan/partial_aggregate.h.
struct WindowAggregateSpec {
  /// How rows are assigned; unset when the input is windowed already: then `window_column` is the
  /// window.
  std::optional<WindowSpec> window;
  /// Of rows that are assigned here: the TIMESTAMP column to assign by (usually the hidden event
  /// time). Of windowed input: the STRUCT window.
  size_t window_column = 0;
  std::vector<size_t> keys;
  std::vector<expression::BoundAggregate> aggregates;
  AggregatePhase phase = AggregatePhase::kComplete;
};

/// Appends the window STRUCT(start, end) as last visible column, and sets the event time to its end
/// minus 1 microsecond; a row is repeated for each of its windows.
struct WindowAssignSpec {
  WindowSpec window;  // not kSession
  size_t time_column = 0;
};

enum class JoinType { kInner, kLeft, kRight, kFull, kSemi, kAnti };

/// Joins the rows of two inputs that are in the same window, when the watermark passes its end.
/// Output: visible columns of the left input, then of the right (absent for semi and anti), then
/// the hidden event time.
struct WindowJoinSpec {
  JoinType type = JoinType::kInner;
  size_t left_window = 0;  // STRUCT(start, end) columns, equal on both sides
  size_t right_window = 0;
  std::vector<size_t> left_keys;  // further equalities; pairwise of one type
  std::vector<size_t> right_keys;
  std::vector<bool> null_equals_null;  // per key: IS NOT DISTINCT FROM
  /// Further condition over the visible columns of left then right.
  std::optional<expression::BoundExpression> residual;
};

/// Evaluates OVER functions per window when the watermark passes its end; with a limit, keeps only
/// the best rows (top-N). Output: visible input columns, then one column per function, then the
/// hidden event time.
struct WindowFunctionSpec {
  struct Function {
    /// Bound OVER call whose children are references to input columns.
    expression::BoundExpression call;
    std::string name;  // "row_number", "rank", "lag", "sum", ...
  };
  struct OrderBy {
    size_t column = 0;
    bool descending = false;
    bool nulls_first = false;
  };
  size_t window_column = 0;          // STRUCT(start, end) of the input
  std::vector<size_t> partition_by;  // besides the window; the hash exchange's keys
  /// Of the common case where all functions share them; top_n needs it.
  std::vector<OrderBy> order_by;
  std::vector<Function> functions;
  /// Keep rows whose functions[0] (row_number, rank or dense_rank over order_by) is at most this.
  std::optional<int64_t> top_n;
  /// Before the exchange by partition_by: a subtask has some rows of any partition, and hands on
  /// the best of them.
  bool local = false;
};

/// Writes to a connector. Input: visible columns as table.schema.
struct SinkSpec {
  data::ConnectorTable table;
};

using NodeSpec = std::variant<SourceSpec,
                              ProjectSpec,
                              FilterSpec,
                              UnnestSpec,
                              UnionSpec,
                              WindowAggregateSpec,
                              WindowAssignSpec,
                              WindowJoinSpec,
                              WindowFunctionSpec,
                              SinkSpec>;

// --- The graph
// ----------------------------------------------------------------------------------------------------------

struct Node {
  NodeId id;
  std::string name;         // "window_aggregate_3"; stable for one text, used in metrics
  std::string description;  // for people: "hop(2 s, 10 s) by auction: count(*)"
  NodeSpec spec;
  int parallelism = 1;
  data::Schema output;  // empty for sinks
  ChangelogMode output_mode = ChangelogMode::kAppend;
  std::vector<ChangelogMode> input_modes;  // what each input may carry
  /// Hash of the normalised sub-plan and its inputs: the operator's identity when the text changes.
  uint64_t fingerprint = 0;
  int64_t sql_offset = -1;  // where in the program it comes from; -1 unknown
};

struct Partitioning {
  enum class Kind {
    kForward,    // subtask i to subtask i; equal parallelism
    kHash,       // by key group of `columns`
    kBroadcast,  // every row to every subtask
    kRebalance,  // round robin
  };
  Kind kind = Kind::kForward;
  std::vector<size_t>
      columns;  // of the producer's output; none with kHash: everything to subtask 0
};

struct Edge {
  NodeId from;
  NodeId to;
  int input = 0;  // which input of `to`
  Partitioning partitioning;
};

struct JobGraph {
  std::string name;
  int num_key_groups = 256;
  std::vector<Node> nodes;  // nodes[i].id.value == i; producers before consumers
  std::vector<Edge> edges;

  const Node& node(NodeId id) const { return nodes[id.value]; }
  std::vector<Edge> InputsOf(NodeId id) const;  // ordered by input
  std::vector<Edge> OutputsOf(NodeId id) const;

  /// Checks that ids, inputs, column positions, types and parallelism fit; Internal with the node's
  /// name when they do not.
  absl::Status Validate() const;
  /// Indented text, sinks first, for EXPLAIN and golden plans.
  std::string ToText() const;
  /// Nodes and edges as JSON, for EXPLAIN (FORMAT json), the API and the console.
  std::string ToJson() const;
};

const char* NodeKindName(const NodeSpec& spec);       // "source", "window_aggregate", ...
std::string FormatDuration(data::Duration duration);  // "10 s", "1 min 30 s", "250 ms"

}  // namespace laminar::plan

#endif  // LAMINAR_PLAN_JOB_GRAPH_H_
