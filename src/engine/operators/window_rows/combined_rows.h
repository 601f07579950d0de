// CombinedRows: the rows of many chunks as one column each, so that a position names a row and any
// set of rows is a dictionary view. Its views keep the memory they need alive. Made when a window
// closes; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_COMBINED_ROWS_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_COMBINED_ROWS_H_

#include <vector>

#include "data/chunk.h"

namespace laminar::engine {

class CombinedRows {
 public:
  CombinedRows() = default;
  /// References the columns of a single chunk; copies those of several, but not the bytes of their
  /// strings.
  CombinedRows(const std::vector<data::LogicalType>& types, const std::vector<data::Chunk>& chunks);

  data::idx_t num_rows() const { return num_rows_; }
  const data::Vector& column(size_t index) const { return columns_[index]; }
  /// Memory that copies take, an estimate; 0 where nothing is copied.
  static int64_t EstimateBytes(const std::vector<data::LogicalType>& types,
                               const std::vector<data::Chunk>& chunks);

 private:
  std::vector<data::Vector> columns_;
  data::idx_t num_rows_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_COMBINED_ROWS_H_
