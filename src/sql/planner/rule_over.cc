// OVER on rows that are in windows -> window function nodes, one per partitioning and order; a
// bound on a rank makes a top-N.
#include <algorithm>
#include <memory>
#include <utility>

#include "duckdb/planner/expression/bound_window_expression.hpp"
#include "duckdb/planner/operator/logical_window.hpp"

#include "sql/planner/column_access.h"
#include "sql/planner/projected_columns.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {

using duckdb::BoundWindowExpression;
using expression::BoundExpression;

// Calls that share partitions and order.
struct OverGroup {
  std::vector<const BoundWindowExpression*> calls;
  std::vector<size_t> positions;  // in the operator's list
};

namespace {

bool SameOrders(const duckdb::vector<duckdb::BoundOrderByNode>& a,
                const duckdb::vector<duckdb::BoundOrderByNode>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.Equals(y); });
}

std::vector<OverGroup> GroupCalls(const duckdb::LogicalWindow& op) {
  std::vector<OverGroup> groups;
  for (size_t i = 0; i < op.expressions.size(); ++i) {
    const auto& call = op.expressions[i]->Cast<BoundWindowExpression>();
    auto group = std::find_if(groups.begin(), groups.end(), [&](const OverGroup& other) {
      const BoundWindowExpression& first = *other.calls.front();
      return duckdb::Expression::ListEquals(first.partitions, call.partitions) &&
             SameOrders(first.orders, call.orders);
    });
    if (group == groups.end()) {
      group = groups.insert(groups.end(), OverGroup{});
    }
    group->calls.push_back(&call);
    group->positions.push_back(i);
  }
  return groups;
}

std::string FunctionName(const BoundWindowExpression& call) {
  switch (call.GetExpressionType()) {
    case duckdb::ExpressionType::WINDOW_AGGREGATE:
      return call.aggregate->name;
    case duckdb::ExpressionType::WINDOW_ROW_NUMBER:
      return "row_number";
    case duckdb::ExpressionType::WINDOW_RANK:
      return "rank";
    case duckdb::ExpressionType::WINDOW_RANK_DENSE:
      return "dense_rank";
    case duckdb::ExpressionType::WINDOW_NTILE:
      return "ntile";
    case duckdb::ExpressionType::WINDOW_PERCENT_RANK:
      return "percent_rank";
    case duckdb::ExpressionType::WINDOW_CUME_DIST:
      return "cume_dist";
    case duckdb::ExpressionType::WINDOW_FIRST_VALUE:
      return "first_value";
    case duckdb::ExpressionType::WINDOW_LAST_VALUE:
      return "last_value";
    case duckdb::ExpressionType::WINDOW_NTH_VALUE:
      return "nth_value";
    case duckdb::ExpressionType::WINDOW_LEAD:
      return "lead";
    case duckdb::ExpressionType::WINDOW_LAG:
      return "lag";
    default:
      return duckdb::StringUtil::Lower(duckdb::ExpressionTypeToString(call.GetExpressionType()));
  }
}

// Rewrites a call so that everything it reads is a column, or a constant where the function takes
// one.
class CallRewriter {
 public:
  using Resolver = std::function<BoundExpression(const duckdb::Expression&)>;

  CallRewriter(Resolver resolve, ProjectedColumns& columns)
      : resolve_(std::move(resolve)), columns_(columns) {}

  /// `partitions` are the columns of the operator's input that it partitions by, the window among
  /// them.
  BoundExpression Rewrite(const BoundWindowExpression& call,
                          const std::vector<BoundExpression>& partitions) {
    auto copy = duckdb::unique_ptr_cast<duckdb::Expression, BoundWindowExpression>(call.Copy());
    for (auto& child : copy->children) {
      ToColumn(child);
    }
    copy->partitions.clear();
    copy->partitions_stats.clear();
    for (const BoundExpression& partition : partitions) {
      copy->partitions.push_back(partition.get().Copy());
    }
    for (auto& order : copy->orders) {
      ToColumn(order.expression);
    }
    for (auto& order : copy->arg_orders) {
      ToColumn(order.expression);
    }
    for (auto* part :
         {&copy->start_expr, &copy->end_expr, &copy->offset_expr, &copy->default_expr}) {
      if (*part != nullptr && FindConstant(**part) == nullptr) {
        ToColumn(*part);
      }
    }
    if (copy->filter_expr != nullptr) {
      ToColumn(copy->filter_expr);
    }
    return BoundExpression(std::shared_ptr<const duckdb::Expression>(std::move(copy)));
  }

  size_t AddColumn(const duckdb::Expression& expression) {
    const BoundExpression resolved = resolve_(expression);
    return columns_.Add(resolved, resolved.ToString());
  }

 private:
  void ToColumn(duckdb::unique_ptr<duckdb::Expression>& expression) {
    const data::LogicalType type = expression->return_type;
    const std::string name = resolve_(*expression).ToString();
    expression = BoundExpression::Column(AddColumn(*expression), type, name).get().Copy();
  }

  const Resolver resolve_;
  ProjectedColumns& columns_;
};

bool SortsDescending(const duckdb::BoundOrderByNode& order) {
  return order.type == duckdb::OrderType::DESCENDING;
}

}  // namespace

bool QueryPlanner::CheckOver(const BoundWindowExpression& call, const Stream& input) {
  std::vector<const duckdb::Expression*> partitions;
  for (const auto& partition : call.partitions) {
    partitions.push_back(partition.get());
  }
  if (NamesWindow(partitions, input)) {
    return true;
  }
  if (input.window) {
    Refuse("LM1309", SpanOf(call),
           "OVER on rows that are in windows, without the window in PARTITION BY",
           "add the window to PARTITION BY: its column, or window_start and window_end");
  } else {
    Refuse(
        "LM1309", SpanOf(call), "OVER on a stream without windows is not supported yet",
        "put the rows into windows and partition by them: FROM tumble(stream, time, INTERVAL '10 "
        "seconds') ... OVER (PARTITION BY window ...)");
  }
  return false;
}

QueryPlanner::Result QueryPlanner::PlanOver(duckdb::LogicalWindow& op, RankLimit* limit) {
  Result input = Plan(*op.children[0]);
  if (!input) {
    return std::nullopt;
  }
  std::vector<const duckdb::Expression*> expressions;
  for (const auto& expression : op.expressions) {
    expressions.push_back(expression.get());
  }
  if (!TakeWindowCalls(expressions, CallPlace::kElsewhere, *input)) {
    return std::nullopt;
  }
  bool allowed = true;
  for (const auto& expression : op.expressions) {
    allowed = CheckOver(expression->Cast<BoundWindowExpression>(), *input) && allowed;
  }
  if (!allowed || !AssignWindow(*input)) {
    return std::nullopt;
  }
  std::vector<OverGroup> groups = GroupCalls(op);
  if (limit != nullptr) {
    // Rows may only be left out when every other function has seen them.
    const auto limited = std::find_if(groups.begin(), groups.end(), [&](const OverGroup& group) {
      return std::find(group.positions.begin(), group.positions.end(), limit->function) !=
             group.positions.end();
    });
    std::rotate(limited, limited + 1, groups.end());
  }
  Stream stream = *std::move(input);
  for (size_t i = 0; i < groups.size(); ++i) {
    const bool limited = limit != nullptr && i + 1 == groups.size() && groups[i].calls.size() == 1;
    stream = AddOver(stream, groups[i], op.window_index, limited ? limit : nullptr, OffsetOf(op));
  }
  return stream;
}

Stream QueryPlanner::AddOver(const Stream& input,
                             const OverGroup& group,
                             size_t window_index,
                             RankLimit* limit,
                             int64_t sql_offset) {
  ProjectedColumns columns;
  Stream output;
  for (StreamColumn column : input.columns) {
    const size_t position = columns.Add(column.access, column.name);
    column.access = BoundExpression::Column(position, column.type, column.name);
    output.columns.push_back(std::move(column));
  }
  CallRewriter rewriter([&](const duckdb::Expression& e) { return Resolve(e, input); }, columns);
  plan::WindowFunctionSpec spec;
  spec.window_column = columns.Add(ColumnOf(input.node, *input.window->column), "window");
  const BoundWindowExpression& first = *group.calls.front();
  std::vector<BoundExpression> partitions = {BoundExpression::Column(
      spec.window_column, ColumnOf(input.node, *input.window->column).type(), "window")};
  for (const auto& partition : first.partitions) {
    if (FindPart(*partition, input) == WindowPart::kNone) {
      spec.partition_by.push_back(rewriter.AddColumn(*partition));
      partitions.push_back(BoundExpression::Column(spec.partition_by.back(), partition->return_type,
                                                   NameOf(*partition, input)));
    }
  }
  for (const duckdb::BoundOrderByNode& order : first.orders) {
    spec.order_by.push_back({rewriter.AddColumn(*order.expression), SortsDescending(order),
                             order.null_order == duckdb::OrderByNullType::NULLS_FIRST});
  }
  for (const BoundWindowExpression* call : group.calls) {
    spec.functions.push_back({rewriter.Rewrite(*call, partitions), FunctionName(*call)});
  }
  if (limit != nullptr) {
    spec.top_n = limit->limit;
    limit->taken = true;
  }
  const plan::NodeId projected = AddProject(input.node, columns.Take(), sql_offset);
  const data::Schema& schema = context_.builder.schema(projected);
  const size_t num_columns = schema.num_visible_columns();
  std::vector<data::Field> visible(schema.fields.begin(),
                                   schema.fields.begin() + static_cast<ptrdiff_t>(num_columns));
  NodeProperties properties;
  properties.columns = context_.builder.properties(projected).columns;
  properties.columns.resize(num_columns + group.calls.size());
  properties.unique = context_.builder.properties(projected).unique;
  for (size_t i = 0; i < group.calls.size(); ++i) {
    const std::string name =
        group.calls[i]->HasAlias() ? group.calls[i]->GetAlias() : FunctionName(*group.calls[i]);
    visible.push_back({name, group.calls[i]->return_type});
    StreamColumn column;
    column.binding = duckdb::ColumnBinding(window_index, group.positions[i]);
    column.name = name;
    column.type = group.calls[i]->return_type;
    column.access = BoundExpression::Column(num_columns + i, column.type, name);
    output.columns.push_back(std::move(column));
  }
  output.window = input.window;
  output.window->column = spec.window_column;
  const std::vector<size_t> spread =
      spec.partition_by.empty() ? std::vector<size_t>{spec.window_column} : spec.partition_by;
  output.node =
      context_.builder.Add(std::move(spec), std::move(visible), std::move(properties),
                           {{projected, {Distribution::Kind::kHashed, spread}}}, sql_offset);
  return output;
}

}  // namespace laminar::sql
