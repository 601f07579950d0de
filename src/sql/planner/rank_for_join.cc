// `x JOIN (SELECT max(v) ... GROUP BY window [, keys]) m ON x.v = m.max AND equal windows [and
// keys]` asks for the rows with the highest v of each window. As a join it keeps every row of x
// until the window closes; as rows of rank 1 it keeps only the best.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/expression/bound_operator_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression/bound_window_expression.hpp"

#include "sql/planner/column_access.h"
#include "sql/planner/graph_passes.h"

namespace laminar::sql {
namespace {

using expression::BoundExpression;
using plan::NodeId;

// The rows of one input, followed back through projections and the assignment of a window.
struct Lineage {
  NodeId node;
  std::vector<BoundExpression>
      columns;  // visible columns over `node`; not valid for an assigned window
  std::optional<plan::WindowSpec> window;  // assigned on the way, by event time
};

class Replacer {
 public:
  explicit Replacer(BuilderNodes& nodes) : nodes_(nodes) {}

  void Run() {
    const std::vector<bool> live = FindLive(nodes_);
    for (size_t i = 0; i < nodes_.size(); ++i) {
      BuilderNode& node = nodes_[i];
      for (BuilderEdge& input : node.inputs) {
        input.from = ids_[input.from.value];
      }
      if (live[i] && std::holds_alternative<plan::WindowJoinSpec>(node.spec)) {
        TryReplace(node);
      }
      ids_.push_back(Append(std::move(node)));
    }
    nodes_ = std::move(result_);
  }

 private:
  // The aggregate of the right side: what it is over, and where its output is in the join's right
  // input.
  struct Extreme {
    Lineage input;
    const plan::WindowAggregateSpec* spec = nullptr;
    std::vector<BoundExpression>
        output;  // the right input's visible columns over the aggregate's output
  };

  NodeId Append(BuilderNode node) {
    result_.push_back(std::move(node));
    return {static_cast<int32_t>(result_.size() - 1)};
  }
  const BuilderNode& At(NodeId id) const { return result_[id.value]; }

  BoundExpression ColumnOf(NodeId id, size_t column) const {
    const data::Field& field = At(id).output.fields[column];
    return BoundExpression::Column(column, field.type, field.name);
  }
  std::vector<BoundExpression> ColumnsOf(NodeId id) const {
    std::vector<BoundExpression> columns;
    for (size_t i = 0; i < At(id).output.num_visible_columns(); ++i) {
      columns.push_back(ColumnOf(id, i));
    }
    return columns;
  }
  bool RefersToEventTime(const plan::ProjectSpec& spec, NodeId input) const {
    const size_t event_time = At(input).output.event_time_index();
    return std::any_of(
        spec.expressions.begin(), spec.expressions.end(), [&](const BoundExpression& e) {
          const auto references = e.References();
          return std::any_of(references.begin(), references.end(),
                             [&](const auto& reference) { return reference.first == event_time; });
        });
  }
  static bool StaysInPlace(const BuilderNode& node) {
    return node.inputs[0].partitioning.kind == plan::Partitioning::Kind::kForward;
  }

  Lineage FollowBack(NodeId id) const {
    Lineage lineage{id, ColumnsOf(id), std::nullopt};
    while (true) {
      const BuilderNode& node = At(lineage.node);
      if (const auto* project = std::get_if<plan::ProjectSpec>(&node.spec);
          project != nullptr && StaysInPlace(node) &&
          !RefersToEventTime(*project, node.inputs[0].from)) {
        for (BoundExpression& column : lineage.columns) {
          if (column.valid()) {
            column = Substitute(column, [&](size_t i) -> const BoundExpression& {
              return project->expressions[i];
            });
          }
        }
      } else if (const auto* assign = std::get_if<plan::WindowAssignSpec>(&node.spec);
                 assign != nullptr && StaysInPlace(node) && !lineage.window &&
                 assign->time_column == At(node.inputs[0].from).output.event_time_index()) {
        lineage.window = assign->window;
        const size_t window = node.output.num_visible_columns() - 1;
        for (BoundExpression& column : lineage.columns) {
          const auto references = column.References();
          if (std::any_of(references.begin(), references.end(),
                          [&](const auto& r) { return r.first == window; })) {
            column = BoundExpression();
          }
        }
      } else {
        return lineage;
      }
      lineage.node = node.inputs[0].from;
    }
  }

  // The right input as a highest or lowest value per window, below at most one cheap projection.
  std::optional<Extreme> FindExtreme(NodeId id) const {
    Extreme extreme;
    NodeId aggregate = id;
    extreme.output = ColumnsOf(id);
    if (const auto* project = std::get_if<plan::ProjectSpec>(&At(id).spec)) {
      if (!StaysInPlace(At(id)) || RefersToEventTime(*project, At(id).inputs[0].from) ||
          !std::all_of(project->expressions.begin(), project->expressions.end(),
                       [](const auto& e) { return IsCheap(e.get()); })) {
        return std::nullopt;
      }
      extreme.output = project->expressions;
      aggregate = At(id).inputs[0].from;
    }
    extreme.spec = std::get_if<plan::WindowAggregateSpec>(&At(aggregate).spec);
    if (extreme.spec == nullptr || extreme.spec->aggregates.size() != 1) {
      return std::nullopt;
    }
    const expression::BoundAggregate& call = extreme.spec->aggregates[0];
    if ((call.name != "max" && call.name != "min") || call.arguments.size() != 1 || call.filter ||
        call.ordered() || call.type != call.argument_types[0] || !OrdersAsItCompares(call.type)) {
      return std::nullopt;
    }
    const NodeId input = At(aggregate).inputs[0].from;
    if (extreme.spec->window &&
        extreme.spec->window_column != At(input).output.event_time_index()) {
      return std::nullopt;
    }
    extreme.input = FollowBack(input);
    if (extreme.input.window) {
      return std::nullopt;  // in other windows than the ones it says
    }
    return extreme;
  }

  // Equal in a comparison and equal in ORDER BY are the same thing; not so for zeros of either
  // sign.
  static bool OrdersAsItCompares(const data::LogicalType& type) {
    switch (type.id()) {
      case data::LogicalTypeId::BOOLEAN:
      case data::LogicalTypeId::DECIMAL:
      case data::LogicalTypeId::DATE:
      case data::LogicalTypeId::TIME:
      case data::LogicalTypeId::TIMESTAMP:
      case data::LogicalTypeId::TIMESTAMP_TZ:
      case data::LogicalTypeId::VARCHAR:
        return true;
      default:
        return type.IsIntegral();
    }
  }

  void TryReplace(BuilderNode& join) {
    const auto& spec = std::get<plan::WindowJoinSpec>(join.spec);
    if (spec.type != plan::JoinType::kInner) {
      return;
    }
    const NodeId left = join.inputs[0].from;
    const NodeId right = join.inputs[1].from;
    const std::optional<Extreme> extreme = FindExtreme(right);
    if (!extreme) {
      return;
    }
    const Lineage rows = FollowBack(left);
    const std::optional<size_t> value = FindValue(spec, left, *extreme);
    if (!value || !SameRows(spec, rows, *extreme, *value)) {
      return;
    }
    Replace(join, left, *extreme, *value);
  }

  // The left column that the conditions compare with the extreme; the other conditions must be the
  // keys.
  std::optional<size_t> FindValue(const plan::WindowJoinSpec& spec,
                                  NodeId left,
                                  const Extreme& extreme) const {
    const size_t num_keys = extreme.spec->keys.size();
    std::optional<size_t> value;
    size_t num_key_pairs = 0;
    for (size_t i = 0; i < spec.left_keys.size(); ++i) {
      const std::optional<size_t> column = extreme.output[spec.right_keys[i]].AsColumn();
      if (column == num_keys + 1 && !value && !spec.null_equals_null[i]) {
        value = spec.left_keys[i];
      } else if (column && *column < num_keys) {
        ++num_key_pairs;
      } else {
        return std::nullopt;
      }
    }
    if (num_key_pairs != num_keys) {
      return std::nullopt;
    }
    if (!spec.residual) {
      return value;
    }
    return value ? std::nullopt : FindComparedValue(spec, left, extreme);
  }

  // `value >= max` and the like as the only further condition.
  std::optional<size_t> FindComparedValue(const plan::WindowJoinSpec& spec,
                                          NodeId left,
                                          const Extreme& extreme) const {
    const duckdb::Expression& residual = spec.residual->get();
    if (residual.GetExpressionClass() != duckdb::ExpressionClass::BOUND_COMPARISON) {
      return std::nullopt;
    }
    const auto& comparison = residual.Cast<duckdb::BoundComparisonExpression>();
    const auto column_of = [](const duckdb::Expression& e) -> std::optional<size_t> {
      return e.GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF
                 ? std::optional<size_t>(e.Cast<duckdb::BoundReferenceExpression>().index)
                 : std::nullopt;
    };
    std::optional<size_t> value = column_of(*comparison.left);
    std::optional<size_t> bound = column_of(*comparison.right);
    duckdb::ExpressionType type = comparison.GetExpressionType();
    const size_t width = At(left).output.num_visible_columns();
    if (value && bound && *value >= width) {
      std::swap(value, bound);
      type = duckdb::FlipComparisonExpression(type);
    }
    if (!value || !bound || *value >= width || *bound < width ||
        extreme.output[*bound - width].AsColumn() != extreme.spec->keys.size() + 1) {
      return std::nullopt;
    }
    const bool is_max = extreme.spec->aggregates[0].name == "max";
    const auto beyond = is_max ? duckdb::ExpressionType::COMPARE_GREATERTHANOREQUALTO
                               : duckdb::ExpressionType::COMPARE_LESSTHANOREQUALTO;
    return type == beyond || type == duckdb::ExpressionType::COMPARE_EQUAL ? value : std::nullopt;
  }

  // Whether the aggregate is over the same rows, in the same windows, by the same keys as the left
  // input.
  bool SameRows(const plan::WindowJoinSpec& spec,
                const Lineage& rows,
                const Extreme& extreme,
                size_t value) const {
    const auto same = [](const BoundExpression& a, const BoundExpression& b) {
      return a.valid() && b.valid() && AreEqual(a, b);
    };
    const std::vector<BoundExpression>& columns = extreme.input.columns;
    if (!(rows.node == extreme.input.node) ||
        !same(rows.columns[value], columns[extreme.spec->aggregates[0].arguments[0]])) {
      return false;
    }
    if (extreme.spec->window
            ? rows.window != extreme.spec->window
            : rows.window.has_value() ||
                  !same(rows.columns[spec.left_window], columns[extreme.spec->window_column])) {
      return false;
    }
    // The join's windows are those: the struct itself on both sides.
    if (extreme.output[spec.right_window].AsColumn() != extreme.spec->keys.size() ||
        (rows.window && rows.columns[spec.left_window].valid())) {
      return false;
    }
    for (size_t i = 0; i < spec.left_keys.size(); ++i) {
      const size_t column = *extreme.output[spec.right_keys[i]].AsColumn();
      if (column < extreme.spec->keys.size() &&
          !same(rows.columns[spec.left_keys[i]], columns[extreme.spec->keys[column]])) {
        return false;
      }
    }
    return true;
  }

  // Turns the join into: rows whose compared columns are not NULL -> rank 1 -> the join's columns.
  void Replace(BuilderNode& join, NodeId left, const Extreme& extreme, size_t value) {
    const auto spec = std::get<plan::WindowJoinSpec>(join.spec);
    const data::Schema rows = At(left).output;
    const size_t width = rows.num_visible_columns();
    const size_t num_keys = extreme.spec->keys.size();
    plan::WindowFunctionSpec rank;
    rank.window_column = spec.left_window;
    std::vector<BoundExpression> not_null = {IsNotNull(ColumnOf(left, value))};
    // What the aggregate's columns are among the left ones: keys, window, value.
    std::vector<size_t> left_of(num_keys + 2, value);
    left_of[num_keys] = spec.left_window;
    for (size_t i = 0; i < spec.left_keys.size(); ++i) {
      const size_t column = *extreme.output[spec.right_keys[i]].AsColumn();
      if (column >= num_keys) {
        continue;
      }
      left_of[column] = spec.left_keys[i];
      if (std::find(rank.partition_by.begin(), rank.partition_by.end(), spec.left_keys[i]) ==
          rank.partition_by.end()) {
        rank.partition_by.push_back(spec.left_keys[i]);
      }
      if (!spec.null_equals_null[i]) {
        not_null.push_back(IsNotNull(ColumnOf(left, spec.left_keys[i])));
      }
    }
    const bool is_max = extreme.spec->aggregates[0].name == "max";
    rank.order_by.push_back({value, is_max, false});
    rank.functions.push_back({RankCall(left, rank), "rank"});
    rank.top_n = 1;

    const plan::Partitioning spread{
        join.inputs[0].partitioning.kind,
        join.inputs[0].partitioning.kind != plan::Partitioning::Kind::kHash ? std::vector<size_t>{}
        : rank.partition_by.empty() ? std::vector<size_t>{rank.window_column}
                                    : rank.partition_by};
    const NodeId filtered = AppendNode(plan::FilterSpec{And(not_null)}, rows, {left, {}},
                                       At(left).parallelism, join.sql_offset);
    data::Schema ranked = rows;
    ranked.fields.insert(ranked.fields.begin() + static_cast<ptrdiff_t>(width),
                         {"rank", data::LogicalType::BIGINT});
    const NodeId best =
        AppendNode(std::move(rank), ranked, {filtered, spread}, join.parallelism, join.sql_offset);
    plan::ProjectSpec project;
    for (size_t i = 0; i < width; ++i) {
      project.expressions.push_back(ColumnOf(best, i));
    }
    std::vector<BoundExpression> sources;
    for (const size_t column : left_of) {
      sources.push_back(ColumnOf(best, column));
    }
    for (const BoundExpression& column : extreme.output) {
      project.expressions.push_back(
          Substitute(column, [&](size_t i) -> const BoundExpression& { return sources[i]; }));
    }
    join.spec = std::move(project);
    join.inputs = {{best, {}}};
  }

  NodeId AppendNode(plan::NodeSpec spec,
                    data::Schema output,
                    BuilderEdge input,
                    int parallelism,
                    int64_t sql_offset) {
    BuilderNode node;
    node.spec = std::move(spec);
    node.output = std::move(output);
    node.inputs.push_back(std::move(input));
    node.parallelism = parallelism;
    node.sql_offset = sql_offset;
    return Append(std::move(node));
  }

  static BoundExpression IsNotNull(const BoundExpression& column) {
    auto test = std::make_shared<duckdb::BoundOperatorExpression>(
        duckdb::ExpressionType::OPERATOR_IS_NOT_NULL, data::LogicalType::BOOLEAN);
    test->children.push_back(column.get().Copy());
    return BoundExpression(std::move(test));
  }

  BoundExpression RankCall(NodeId input, const plan::WindowFunctionSpec& spec) const {
    auto call = std::make_shared<duckdb::BoundWindowExpression>(
        duckdb::ExpressionType::WINDOW_RANK, data::LogicalType::BIGINT, nullptr, nullptr);
    call->start = duckdb::WindowBoundary::UNBOUNDED_PRECEDING;
    call->end = duckdb::WindowBoundary::CURRENT_ROW_RANGE;
    call->ignore_nulls = false;
    call->partitions.push_back(ColumnOf(input, spec.window_column).get().Copy());
    for (const size_t column : spec.partition_by) {
      call->partitions.push_back(ColumnOf(input, column).get().Copy());
    }
    const plan::WindowFunctionSpec::OrderBy& order = spec.order_by[0];
    call->orders.emplace_back(
        order.descending ? duckdb::OrderType::DESCENDING : duckdb::OrderType::ASCENDING,
        duckdb::OrderByNullType::NULLS_LAST, ColumnOf(input, order.column).get().Copy());
    return BoundExpression(std::move(call));
  }

  BuilderNodes& nodes_;
  BuilderNodes result_;
  std::vector<NodeId> ids_;
};

}  // namespace

void RankForJoins(BuilderNodes& nodes) { Replacer(nodes).Run(); }

}  // namespace laminar::sql
