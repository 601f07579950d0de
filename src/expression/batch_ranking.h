// Recognises the OVER calls that are a plain ranking, which operators compute themselves while rows
// stream by. Any thread.
#ifndef LAMINAR_EXPRESSION_BATCH_RANKING_H_
#define LAMINAR_EXPRESSION_BATCH_RANKING_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "expression/batch_sort_key.h"
#include "expression/bound_expression.h"

namespace laminar::expression {

enum class RankingKind { kRowNumber, kRank, kDenseRank };

/// ROW_NUMBER() | RANK() | DENSE_RANK() OVER (PARTITION BY columns ORDER BY columns).
struct RankingCall {
  RankingKind kind = RankingKind::kRowNumber;
  std::vector<size_t> partition_by;  // input columns, ascending, without duplicates
  std::vector<SortColumn> order_by;
};

/// The ranking that a bound OVER call is; nullopt for other functions, and for rankings over
/// expressions or with an order of their own.
std::optional<RankingCall> AsRanking(const BoundExpression& call);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_BATCH_RANKING_H_
