// AggregateEvaluator: DuckDB's own aggregate functions over rows collected for a window: those
// without a native form (quantiles, modes, lists, text, histograms, sketches, ...) and calls with
// ORDER BY inside. It holds one state per group between Start and Clear. Belongs to one operator;
// its thread.
//
//   Make; then any times: Start, Add..., Finish..., Clear
#ifndef LAMINAR_EXPRESSION_AGGREGATE_EVALUATOR_H_
#define LAMINAR_EXPRESSION_AGGREGATE_EVALUATOR_H_

#include <cstdint>
#include <memory>

#include "base/status.h"
#include "data/chunk.h"
#include "expression/bound_expression.h"

namespace laminar::expression {

class AggregateEvaluator {
 public:
  /// Prepares a call; DISTINCT and FILTER are the caller's. InvalidArgument when DuckDB refuses it.
  static absl::StatusOr<std::unique_ptr<AggregateEvaluator>> Make(const BoundAggregate& aggregate);
  ~AggregateEvaluator();

  /// Makes a state for each of `num_groups` groups. REQUIRES: no states.
  void Start(data::idx_t num_groups);
  /// Adds rows: row i of `rows`, whose columns are the call's arguments and then its order columns,
  /// to group `groups[i]`. In order of arrival.
  absl::Status Add(const data::Chunk& rows, const int64_t* groups);
  /// Writes the results of groups `groups[0..count)` into rows [0, count) of `result` (flat). Each
  /// group once.
  absl::Status Finish(const int64_t* groups, data::idx_t count, data::Vector& result);
  /// Drops the states.
  void Clear();

 private:
  struct State;
  explicit AggregateEvaluator(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_AGGREGATE_EVALUATOR_H_
