// Evaluates OVER calls over all rows of closed windows with DuckDB's own window operator: every
// window function, frame, exclusion and filter that DuckDB knows. One evaluator belongs to one
// operator and runs on its task's thread.
#ifndef LAMINAR_EXPRESSION_BATCH_WINDOW_EVALUATOR_H_
#define LAMINAR_EXPRESSION_BATCH_WINDOW_EVALUATOR_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "expression/bound_expression.h"

namespace laminar::expression {

class BatchWindowEvaluator {
 public:
  /// `calls` are bound OVER calls whose column references are positions in rows of `input_types`.
  /// `window_column` is the column that has one value in all rows of a group; `partition_by` are
  /// columns that every call partitions by, besides what it says itself.
  BatchWindowEvaluator(std::vector<BoundExpression> calls,
                       std::vector<data::LogicalType> input_types,
                       size_t window_column,
                       std::vector<size_t> partition_by);
  ~BatchWindowEvaluator();

  /// Returns for every chunk of `rows` a chunk with the same number of rows and a column per call.
  /// Rows of chunk i belong to group groups[i]; rows of different groups do not see each other. The
  /// rows' order is their arrival: it decides between rows that ORDER BY leaves equal only as far
  /// as DuckDB does. A failing expression is InvalidArgument with DuckDB's message. About 0.3 ms
  /// besides the work itself.
  absl::StatusOr<std::vector<data::Chunk>> Evaluate(const std::vector<data::Chunk>& rows,
                                                    const std::vector<int32_t>& groups);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_BATCH_WINDOW_EVALUATOR_H_
