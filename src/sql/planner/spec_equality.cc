#include "sql/planner/spec_equality.h"

#include <algorithm>

#include "duckdb/planner/expression/bound_aggregate_expression.hpp"

#include "sql/planner/column_access.h"

namespace laminar::sql {
namespace {

using expression::BoundAggregate;
using expression::BoundExpression;

bool Same(const BoundExpression& a, const BoundExpression& b) {
  return AreEqual(a, b) && a.type() == b.type();
}

bool Same(const std::optional<BoundExpression>& a, const std::optional<BoundExpression>& b) {
  return a.has_value() == b.has_value() && (!a || Same(*a, *b));
}

bool Same(const std::vector<BoundExpression>& a, const std::vector<BoundExpression>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return Same(x, y); });
}

bool Same(const BoundAggregate& a, const BoundAggregate& b) {
  return a.arguments == b.arguments && a.filter == b.filter && a.order_by == b.order_by &&
         a.call->function.stability != duckdb::FunctionStability::VOLATILE &&
         duckdb::Expression::Equals(*a.call, *b.call);
}

struct Comparer {
  const plan::NodeSpec& other;

  template <typename Spec>
  const Spec& Other() const {
    return std::get<Spec>(other);
  }

  bool operator()(const plan::SourceSpec&) const { return false; }
  bool operator()(const plan::SinkSpec&) const { return false; }
  bool operator()(const plan::ProjectSpec& a) const {
    return Same(a.expressions, Other<plan::ProjectSpec>().expressions);
  }
  bool operator()(const plan::FilterSpec& a) const {
    return Same(a.predicate, Other<plan::FilterSpec>().predicate);
  }
  bool operator()(const plan::UnnestSpec& a) const {
    const auto& b = Other<plan::UnnestSpec>();
    return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                      [](const auto& x, const auto& y) {
                        return x.is_unnest == y.is_unnest && Same(x.expression, y.expression);
                      });
  }
  bool operator()(const plan::UnionSpec&) const { return true; }
  bool operator()(const plan::WindowAggregateSpec& a) const {
    const auto& b = Other<plan::WindowAggregateSpec>();
    return a.window == b.window && a.window_column == b.window_column && a.keys == b.keys &&
           a.phase == b.phase &&
           std::equal(a.aggregates.begin(), a.aggregates.end(), b.aggregates.begin(),
                      b.aggregates.end(), [](const auto& x, const auto& y) { return Same(x, y); });
  }
  bool operator()(const plan::WindowAssignSpec& a) const {
    const auto& b = Other<plan::WindowAssignSpec>();
    return a.window == b.window && a.time_column == b.time_column;
  }
  bool operator()(const plan::WindowJoinSpec& a) const {
    const auto& b = Other<plan::WindowJoinSpec>();
    return a.type == b.type && a.left_window == b.left_window && a.right_window == b.right_window &&
           a.left_keys == b.left_keys && a.right_keys == b.right_keys &&
           a.null_equals_null == b.null_equals_null && Same(a.residual, b.residual);
  }
  bool operator()(const plan::WindowFunctionSpec& a) const {
    const auto& b = Other<plan::WindowFunctionSpec>();
    return a.window_column == b.window_column && a.partition_by == b.partition_by &&
           a.top_n == b.top_n &&
           std::equal(a.order_by.begin(), a.order_by.end(), b.order_by.begin(), b.order_by.end(),
                      [](const auto& x, const auto& y) {
                        return x.column == y.column && x.descending == y.descending &&
                               x.nulls_first == y.nulls_first;
                      }) &&
           std::equal(a.functions.begin(), a.functions.end(), b.functions.begin(),
                      b.functions.end(),
                      [](const auto& x, const auto& y) { return Same(x.call, y.call); });
  }
};

}  // namespace

bool AreEqual(const plan::NodeSpec& a, const plan::NodeSpec& b) {
  return a.index() == b.index() && std::visit(Comparer{b}, a);
}

}  // namespace laminar::sql
