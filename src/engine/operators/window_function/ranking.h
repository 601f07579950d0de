// Ranks the rows of one window: ROW_NUMBER, RANK and DENSE_RANK of every partition, all rows or
// only the best. Rows that ORDER BY leaves equal are numbered in order of arrival. Pure function of
// the rows; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_RANKING_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_RANKING_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "expression/batch_ranking.h"

namespace laminar::engine {

struct RankingShape {
  std::vector<size_t> partition_by;  // columns of the rows
  std::vector<expression::SortColumn> order_by;
  std::vector<expression::RankingKind> functions;  // at least one
  /// Only rows whose first function is at most this.
  std::optional<int64_t> limit;
};

struct RankedRows {
  std::vector<uint32_t> rows;  // positions through all chunks: by partition, then in its order
  std::vector<std::vector<int64_t>> values;  // per function, one for each of `rows`
};

/// ResourceExhausted or InvalidArgument where sort keys cannot be made.
absl::StatusOr<RankedRows> RankRows(const std::vector<data::Chunk>& chunks,
                                    const RankingShape& shape);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_RANKING_H_
