// WindowSplit: sorts the rows of a chunk by the window in one of their columns, for operators that
// keep rows per window. Rows of one chunk are mostly of one window; that case costs no selection.
// One operator's scratch; its task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_WINDOW_SPLIT_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_WINDOW_SPLIT_H_

#include <cstdint>
#include <map>
#include <vector>

#include "data/chunk.h"
#include "data/event_time.h"
#include "engine/metrics/operator_metrics.h"
#include "engine/state/state_schema.h"

namespace laminar::engine {

class WindowSplit {
 public:
  struct Part {
    SliceId window;
    /// Positions in the chunk, ascending.
    std::vector<duckdb::sel_t> rows;
  };

  /// Splits by the STRUCT(start, end) in `window_column`. Windows that end at or before
  /// `watermark` are left out and counted as late, rows without a window as invalid.
  void Split(const data::Chunk& chunk, size_t window_column, data::EventTime watermark);

  /// One part per window, in order of first appearance. The view ends with the next Split.
  const std::vector<Part>& parts() const { return parts_; }
  int64_t num_late() const { return num_late_; }
  int64_t num_invalid() const { return num_invalid_; }
  /// Adds the rows that were left out to an operator's metrics.
  void Count(OperatorMetrics& metrics) const;

 private:
  Part& PartOf(SliceId window);

  std::vector<Part> parts_;
  std::map<SliceId, size_t> index_;
  size_t last_part_ = 0;
  int64_t num_late_ = 0;
  int64_t num_invalid_ = 0;
};

/// The value of a STRUCT(start, end) column of type `type`.
data::Value WindowValue(const data::LogicalType& type, SliceId window);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_WINDOW_SPLIT_H_
