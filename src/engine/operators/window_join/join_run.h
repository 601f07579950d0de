// JoinRun: joins the rows of one closed window, chunk by chunk, and can stop after every chunk of
// output:
//
//   for each chunk of the probe side: { candidates from the table -> equal keys -> residual ->
//   pairs } until exhausted, then the chunk's rows without a match; at last the table's rows
//   without a match
//
// The smaller side goes into the table; of semi and anti joins always the right one. Made when the
// window closes; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_RUN_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_RUN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "engine/operators/window_join/join_shape.h"
#include "engine/operators/window_join/join_table.h"
#include "engine/operators/window_rows/combined_rows.h"
#include "expression/evaluator.h"

namespace laminar::engine {

class JoinRun {
 public:
  /// Everything given by reference outlives the run; `residual` may be null. Rows are those of the
  /// shape's kept columns.
  JoinRun(const JoinShape& shape,
          expression::FilterEvaluator* residual,
          SliceId window,
          const std::vector<data::Chunk>& left,
          const std::vector<data::Chunk>& right);

  /// The next chunk of output, or nullopt at the end; an empty one after a millisecond's work that
  /// found nothing. After an error the run is over.
  absl::StatusOr<std::optional<data::Chunk>> Next();

  /// What a run over these rows takes besides them.
  static int64_t EstimateBytes(const JoinShape& shape,
                               const std::vector<data::Chunk>& left,
                               const std::vector<data::Chunk>& right);

 private:
  enum class Stage { kNextChunk, kPairs, kProbeRest, kTableRest, kDone };

  // Some rows of one side: positions in its columns. No selection: the side is NULL.
  struct Rows {
    const data::SelectionVector* selection = nullptr;
  };
  // Probe row (in its chunk) and table row of each pair.
  struct Pairs {
    data::SelectionVector probe;
    data::SelectionVector table;
    data::idx_t count = 0;
  };

  void StartChunk();
  absl::StatusOr<std::optional<data::Chunk>> NextPairs();
  // Looks for a match of each untested row, for as many rounds as are left.
  absl::Status TestExistence();
  std::optional<data::Chunk> ProbeRest();
  std::optional<data::Chunk> TableRest();

  // Appends candidates of the rows from probe_row_ on, up to a full chunk.
  void CollectCandidates(Pairs& pairs);
  // Appends candidates of row `row`, at most `limit`.
  void CollectOfRow(data::idx_t row, data::idx_t limit, Pairs& pairs);
  // Keeps those pairs from `begin` on whose keys are equal and for which the residual is true, and
  // notes their rows as matched.
  absl::Status KeepMatches(Pairs& pairs, data::idx_t begin);
  void KeepEqualKeys(Pairs& pairs, data::idx_t begin);
  absl::Status KeepResidual(Pairs& pairs, data::idx_t begin);

  data::Chunk MakeOutput(Rows probe, Rows table, data::idx_t num_rows);
  void SetColumns(const JoinInput& input,
                  bool is_probe,
                  Rows rows,
                  data::idx_t num_rows,
                  size_t first_column,
                  data::Chunk& output);
  const JoinInput& probe_input() const { return probe_is_left_ ? shape_.left : shape_.right; }
  const JoinInput& table_input() const { return probe_is_left_ ? shape_.right : shape_.left; }
  const data::Vector& ColumnOf(bool is_probe, size_t column) const;

  const JoinShape& shape_;
  expression::FilterEvaluator* const residual_;
  const SliceId window_;
  const bool probe_is_left_;
  const std::vector<data::Chunk>& probe_chunks_;
  const std::vector<data::Chunk>& table_chunks_;
  bool wants_pairs_ = false;
  bool wants_probe_rest_ =
      false;  // rows of the probe side without a match; of a semi join, with one
  bool wants_table_rest_ = false;

  Stage stage_ = Stage::kNextChunk;
  std::optional<JoinTable> table_;
  CombinedRows table_rows_;
  std::vector<uint8_t> table_matched_;  // by table row; only where they are wanted
  // The probe chunk at work.
  size_t chunk_ = 0;
  JoinHashes hashes_;
  std::vector<JoinTable::Range> ranges_;  // what is left to compare with each row
  data::idx_t probe_row_ = 0;             // ranges before it are exhausted
  std::vector<uint8_t> probe_matched_;
  std::vector<uint32_t> untested_;  // its rows without a match so far, of an existence test
  int rounds_left_ = 0;             // of this call
  // The next row of the table to be looked at for kTableRest.
  data::idx_t table_row_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_RUN_H_
