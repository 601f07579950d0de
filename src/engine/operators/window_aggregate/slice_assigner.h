// SliceAssigner: splits a chunk by the slice that each row belongs to: by its time, or by the
// window it carries already. Most chunks lie in one slice or two. Reused from chunk to chunk by its
// operator; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICE_ASSIGNER_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICE_ASSIGNER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "data/chunk.h"
#include "engine/operators/window_aggregate/window_geometry.h"
#include "engine/state/state_schema.h"

namespace laminar::engine {

class SliceAssigner {
 public:
  struct Part {
    SliceId slice;
    bool all = false;  // every row of the chunk; then `positions` is empty
    std::vector<duckdb::sel_t> positions;

    const duckdb::sel_t* selection() const { return all ? nullptr : positions.data(); }
  };
  struct Parts {
    std::vector<Part> parts;      // in order of the first row
    data::idx_t num_invalid = 0;  // rows without a time, or with one out of range
  };

  /// By the TIMESTAMP in `column`.
  static SliceAssigner ByTime(WindowGeometry geometry, size_t column);
  /// By the STRUCT(start, end) in `column`.
  static SliceAssigner ByWindow(size_t column);

  /// The view ends with the next call.
  const Parts& Assign(const data::Chunk& chunk);

 private:
  SliceAssigner(std::optional<WindowGeometry> geometry, size_t column)
      : geometry_(geometry), column_(column) {}

  void AssignTimes(const data::UnifiedVectorFormat& times, data::idx_t num_rows);
  void AssignWindows(const data::Vector& windows, data::idx_t num_rows);
  bool TryOneSlice(const data::UnifiedVectorFormat& times, data::idx_t num_rows);
  void Append(SliceId slice, data::idx_t row);
  void MarkIfAll(data::idx_t num_rows);

  std::optional<WindowGeometry> geometry_;
  size_t column_;
  Parts result_;
  std::map<SliceId, size_t> part_of_;
  size_t last_part_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICE_ASSIGNER_H_
