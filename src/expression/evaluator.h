// Evaluates bound expressions over chunks with DuckDB's ExpressionExecutor and,
// where faster, our own kernels. One evaluator belongs to one operator and runs
// on its task's thread; it keeps scratch vectors between calls.
#ifndef LAMINAR_EXPRESSION_EVALUATOR_H_
#define LAMINAR_EXPRESSION_EVALUATOR_H_

#include <memory>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "expression/bound_expression.h"

namespace laminar::expression {

/// Computes several expressions: one output column each.
class ProjectionEvaluator {
 public:
  explicit ProjectionEvaluator(std::vector<BoundExpression> expressions);
  ~ProjectionEvaluator();

  /// Returns a chunk with a column per expression and the rows, row kinds and
  /// arrival of `input`. Plain column references share the input's buffers; the
  /// others are freshly allocated, so the result may outlive `input` and later
  /// calls. A failing expression (division of types, cast, overflow) is
  /// InvalidArgument with DuckDB's message.
  absl::StatusOr<data::Chunk> Evaluate(const data::Chunk& input);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Computes a predicate.
class FilterEvaluator {
 public:
  explicit FilterEvaluator(BoundExpression predicate);
  ~FilterEvaluator();

  /// Writes the positions of rows for which the predicate is true (not NULL)
  /// and returns their number. `selection` has room for kRowsPerChunkMax.
  /// Errors as above.
  absl::StatusOr<data::idx_t> Select(const data::Chunk& input, data::SelectionVector& selection);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_EVALUATOR_H_
