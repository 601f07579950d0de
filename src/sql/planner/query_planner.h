// QueryPlanner: plans one query. It walks the bound plan from the leaves up; each kind of operator
// has a rule in a file of its own (rule_*.cc), which turns the streams of the operator's inputs
// into the stream of its output. What cannot be streamed is refused: the rule adds a diagnostic and
// returns nothing, and planning goes on with the other branches, so that all errors are found.
// Planning thread.
#ifndef LAMINAR_SQL_PLANNER_QUERY_PLANNER_H_
#define LAMINAR_SQL_PLANNER_QUERY_PLANNER_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duckdb/planner/column_binding.hpp"

#include "base/diagnostic.h"
#include "sql/planner/graph_builder.h"
#include "sql/planner/stream.h"

namespace duckdb {
class BoundAggregateExpression;
class BoundWindowExpression;
class ClientContext;
class Expression;
class LogicalAggregate;
class LogicalCTERef;
class LogicalDistinct;
class LogicalFilter;
class LogicalGet;
class LogicalMaterializedCTE;
class LogicalOperator;
class LogicalProjection;
class LogicalSetOperation;
class LogicalUnnest;
class LogicalWindow;
}  // namespace duckdb

namespace laminar::sql {

struct ConstantRows;
struct JoinConditions;
struct OverGroup;
class ProjectedColumns;
struct SourceTable;
struct WindowCall;
struct WindowJoinPlan;
struct WindowedAggregation;

/// A source as the planner made it: where each column of the table is in the node's output.
struct PlannedSource {
  plan::NodeId node;
  std::map<size_t, size_t> position_of_column;
};

/// The same for all queries of a program.
struct PlanningContext {
  std::string_view text;
  duckdb::ClientContext& client;
  GraphBuilder& builder;
  const std::map<const SourceTable*, PlannedSource>& sources;
  std::vector<base::Diagnostic>& diagnostics;
};

/// A bound on a ranking function above an OVER: `row_number <= 3`.
struct RankLimit {
  size_t function = 0;  // position in the OVER's list
  int64_t limit = 0;
  bool taken = false;  // set when the OVER keeps only these rows by itself
};

/// A list that is taken apart, and the column its elements make.
struct UnnestedList {
  expression::BoundExpression list;
  duckdb::ColumnBinding output;
  std::string name;
};

/// The columns of a projection that is being put together.
struct NamedExpression {
  expression::BoundExpression expression;
  std::string name;
};

class QueryPlanner {
 public:
  using Result = std::optional<Stream>;

  explicit QueryPlanner(PlanningContext context) : context_(context) {}

  /// Plans an operator with everything below it.
  Result Plan(duckdb::LogicalOperator& op);
  /// Makes a node whose visible columns are those of `op`'s output, in its order.
  std::optional<plan::NodeId> PlanOutput(duckdb::LogicalOperator& op);

 private:
  // --- Rules, one file each ---------------------------------------------------------------------
  Result PlanScan(duckdb::LogicalGet& op);
  Result PlanProjection(duckdb::LogicalProjection& op);
  Result PlanFilter(duckdb::LogicalFilter& op);
  Result PlanAggregate(duckdb::LogicalAggregate& op);
  Result PlanDistinct(duckdb::LogicalDistinct& op);
  Result PlanJoin(duckdb::LogicalOperator& op);
  Result PlanOver(duckdb::LogicalWindow& op, RankLimit* limit);
  Result PlanUnnest(duckdb::LogicalUnnest& op);
  Result PlanUnion(duckdb::LogicalSetOperation& op);
  Result PlanCte(duckdb::LogicalMaterializedCTE& op);
  Result PlanCteReference(duckdb::LogicalCTERef& op);
  Result RefuseOperator(duckdb::LogicalOperator& op);

  /// Repeats the stream's columns for each element of the lists. REQUIRES: no list looks at a
  /// window that is not assigned.
  Stream AddUnnest(const Stream& input, const std::vector<UnnestedList>& lists, int64_t sql_offset);
  /// Keeps the rows for which all conditions, over the stream's node, are true.
  void AddFilter(Stream& stream,
                 const std::vector<expression::BoundExpression>& conditions,
                 int64_t sql_offset);

  // --- Constant rows (rule_constant.cc)
  // ----------------------------------------------------------------
  /// Joins a stream with rows that are known when the query is planned: `constant` is the child
  /// that has them.
  Result PlanConstantJoin(duckdb::LogicalOperator& op, size_t constant);
  Result JoinConstantRows(const duckdb::LogicalOperator& op,
                          const JoinConditions& conditions,
                          Stream input,
                          const ConstantRows& rows);
  Result FilterByConstantRows(const duckdb::LogicalOperator& op,
                              const JoinConditions& conditions,
                              Stream input,
                              const ConstantRows& rows);
  Result PlanEmpty(duckdb::LogicalOperator& op);

  // --- Aggregation (window_aggregation.cc)
  // ---------------------------------------------------------
  /// Whether the expressions name the window that the stream's rows are in, or are to be put into.
  bool NamesWindow(const std::vector<const duckdb::Expression*>& expressions,
                   const Stream& stream) const;
  /// REQUIRES: the groups name the window.
  Result AddAggregation(Stream input, const WindowedAggregation& aggregation);
  expression::BoundAggregate BindAggregate(const duckdb::BoundAggregateExpression& expression,
                                           const Stream& input,
                                           ProjectedColumns& columns) const;
  plan::NodeId AddWindowAggregate(plan::NodeId input,
                                  plan::WindowAggregateSpec spec,
                                  std::vector<data::Field> visible,
                                  int64_t sql_offset);
  /// One row for each of the stream's different ones, per window.
  Result Distinct(const Stream& input, const duckdb::LogicalOperator& op);
  std::nullopt_t RefuseGroups(const duckdb::LogicalAggregate& op, const Stream& input);

  // --- Joins (rule_join.cc)
  // --------------------------------------------------------------------------
  bool SplitJoinConditions(const JoinConditions& conditions,
                           const Stream& left,
                           const Stream& right,
                           WindowJoinPlan& plan);
  std::nullopt_t RefuseJoin(const duckdb::LogicalOperator& op,
                            const JoinConditions& conditions,
                            const Stream& left,
                            const Stream& right);
  /// Whether at most one row of the stream fits one of the other side.
  bool IsUnique(const Stream& stream, const WindowJoinPlan& plan) const;
  /// One side, projected to what the join reads.
  struct JoinSide {
    plan::NodeId node;
    size_t window = 0;
    std::vector<size_t> keys;
    std::vector<StreamColumn> columns;  // over the node
  };
  JoinSide ProjectJoinSide(const Stream& stream,
                           bool is_left,
                           const WindowJoinPlan& plan,
                           int64_t sql_offset);
  std::optional<expression::BoundExpression> JoinResidual(const WindowJoinPlan& plan,
                                                          const Stream& joined) const;
  NodeProperties JoinProperties(plan::JoinType type, plan::NodeId left, plan::NodeId right) const;
  Stream AddWindowJoin(const Stream& left,
                       const Stream& right,
                       const WindowJoinPlan& plan,
                       int64_t sql_offset);
  Stream MergeWindows(Stream joined, size_t left_window, size_t right_window, int64_t sql_offset);

  // --- OVER (rule_over.cc)
  // ----------------------------------------------------------------------------
  bool CheckOver(const duckdb::BoundWindowExpression& call, const Stream& input);
  Stream AddOver(const Stream& input,
                 const OverGroup& group,
                 size_t window_index,
                 RankLimit* limit,
                 int64_t sql_offset);

  // --- What rules share (query_planner.cc, window_assignment.cc)
  // ------------------------------------

  std::nullopt_t Refuse(std::string code,
                        base::SourceSpan span,
                        std::string message,
                        std::string hint = "");
  void Warn(std::string code, base::SourceSpan span, std::string message, std::string hint = "");
  base::SourceSpan SpanOf(const duckdb::Expression& expression) const;
  /// The place of the first expression that has one, else of the operator.
  base::SourceSpan SpanOf(const std::vector<const duckdb::Expression*>& expressions,
                          const duckdb::LogicalOperator& op) const;
  base::SourceSpan SpanOf(const duckdb::LogicalOperator& op) const;
  int64_t OffsetOf(const duckdb::LogicalOperator& op) const { return SpanOf(op).offset; }

  /// `expression` over the node's columns. REQUIRES: NeedsWindow says no.
  expression::BoundExpression Resolve(const duckdb::Expression& expression,
                                      const Stream& stream) const;
  /// What to call a column that holds the expression: its alias, the column's name, or its text.
  std::string NameOf(const duckdb::Expression& expression, const Stream& stream) const;
  /// Whether the expression looks at a window that is not assigned yet, other than by being one of
  /// its parts.
  bool NeedsWindow(const duckdb::Expression& expression, const Stream& stream) const;
  /// The part of the stream's window that the expression is.
  WindowPart FindPart(const duckdb::Expression& expression, const Stream& stream) const;
  WindowPart FindPart(const expression::BoundExpression& access, plan::NodeId node) const;
  /// The same for coalesce(a.window, b.window) above a full join.
  WindowPart FindMergedPart(const duckdb::Expression& expression, const Stream& stream) const;
  /// What a column, or a field of one, says of the window of one side of a full join.
  ColumnProperty FindSide(const duckdb::Expression& expression, const Stream& stream) const;
  /// Whether the expression is computed from parts of the stream's window and constants alone.
  bool IsOfWindow(const duckdb::Expression& expression, const Stream& stream) const;
  /// Such an expression with `window` for the window.
  expression::BoundExpression ResolveOfWindow(const duckdb::Expression& expression,
                                              const Stream& stream,
                                              const expression::BoundExpression& window) const;

  /// Finds window calls in expressions that are computed row by row and makes them the stream's
  /// window. False: refused.
  enum class CallPlace { kGroupBy, kElsewhere };
  bool TakeWindowCalls(const std::vector<const duckdb::Expression*>& expressions,
                       CallPlace place,
                       Stream& stream);
  bool TakeWindowCall(const duckdb::Expression& call, CallPlace place, Stream& stream);
  /// The time of an explicit argument; unset when that is the stream's event time.
  std::optional<expression::BoundExpression> FindTime(const duckdb::Expression& call,
                                                      const Stream& stream);
  /// Puts rows into the windows that the stream speaks of, if that was not done yet. False:
  /// refused.
  bool AssignWindow(Stream& stream);

  plan::NodeId AddProject(plan::NodeId input,
                          std::vector<NamedExpression> expressions,
                          int64_t sql_offset);
  /// A stream of its own node with exactly these columns, followed by the window's struct when
  /// there is one.
  Stream Narrow(const Stream& stream,
                const std::vector<duckdb::ColumnBinding>& bindings,
                int64_t sql_offset);
  expression::BoundExpression ColumnOf(plan::NodeId node, size_t column) const;
  expression::BoundExpression EventTimeOf(plan::NodeId node) const;

  PlanningContext context_;
  std::map<size_t, std::optional<Stream>> ctes_;  // by table index; empty: its planning failed
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_QUERY_PLANNER_H_
