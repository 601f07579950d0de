#include "expression/batch_ranking.h"

#include <algorithm>

#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression/bound_window_expression.hpp"

namespace laminar::expression {
namespace {

std::optional<RankingKind> KindOf(const duckdb::Expression& call) {
  switch (call.GetExpressionType()) {
    case duckdb::ExpressionType::WINDOW_ROW_NUMBER:
      return RankingKind::kRowNumber;
    case duckdb::ExpressionType::WINDOW_RANK:
      return RankingKind::kRank;
    case duckdb::ExpressionType::WINDOW_RANK_DENSE:
      return RankingKind::kDenseRank;
    default:
      return std::nullopt;
  }
}

std::optional<size_t> ColumnOf(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_REF) {
    return std::nullopt;
  }
  return expression.Cast<duckdb::BoundReferenceExpression>().index;
}

}  // namespace

std::optional<RankingCall> AsRanking(const BoundExpression& call) {
  if (call.get().GetExpressionClass() != duckdb::ExpressionClass::BOUND_WINDOW) {
    return std::nullopt;
  }
  const auto& window = call.get().Cast<duckdb::BoundWindowExpression>();
  const std::optional<RankingKind> kind = KindOf(window);
  if (!kind || !window.arg_orders.empty()) {
    return std::nullopt;
  }
  RankingCall ranking{.kind = *kind, .partition_by = {}, .order_by = {}};
  for (const auto& partition : window.partitions) {
    const std::optional<size_t> column = ColumnOf(*partition);
    if (!column) {
      return std::nullopt;
    }
    ranking.partition_by.push_back(*column);
  }
  std::sort(ranking.partition_by.begin(), ranking.partition_by.end());
  ranking.partition_by.erase(std::unique(ranking.partition_by.begin(), ranking.partition_by.end()),
                             ranking.partition_by.end());
  for (const duckdb::BoundOrderByNode& order : window.orders) {
    const std::optional<size_t> column = ColumnOf(*order.expression);
    if (!column) {
      return std::nullopt;
    }
    ranking.order_by.push_back(
        {.column = *column,
         .descending = order.type == duckdb::OrderType::DESCENDING,
         .nulls_first = order.null_order == duckdb::OrderByNullType::NULLS_FIRST});
  }
  return ranking;
}

}  // namespace laminar::expression
