// WindowEvaluation: computes the functions over the rows of closed windows and hands the result out
// chunk by chunk. One is made per operator: by ranking, or by DuckDB's window operator. The task's
// thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_WINDOW_EVALUATION_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_WINDOW_EVALUATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "engine/operators/window_function/function_shape.h"

namespace laminar::engine {

/// The kept rows of a closed window.
struct WindowRows {
  SliceId window;
  const std::vector<data::Chunk>* chunks = nullptr;
};

class WindowEvaluation {
 public:
  virtual ~WindowEvaluation() = default;

  /// Windows that have ended are given together until they have this many rows.
  virtual data::idx_t num_rows_wanted() const = 0;
  /// Computes; the rows stay as they are until Next has returned nullopt. REQUIRES: at least one
  /// window, in order of their end.
  virtual absl::Status Start(const std::vector<WindowRows>& windows) = 0;
  /// The next rows, window after window; nullopt at the end, when the evaluation has let go of the
  /// rows.
  virtual std::optional<data::Chunk> Next() = 0;
  /// What Start takes besides the rows.
  virtual int64_t EstimateBytes(const std::vector<WindowRows>& windows) const = 0;
};

/// `shape` outlives the evaluation.
std::unique_ptr<WindowEvaluation> MakeRankingEvaluation(const FunctionShape& shape);
std::unique_ptr<WindowEvaluation> MakeBatchEvaluation(const FunctionShape& shape);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_WINDOW_EVALUATION_H_
