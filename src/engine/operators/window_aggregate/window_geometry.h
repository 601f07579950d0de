// WindowGeometry: the arithmetic of windows that repeat (tumbling, hopping, cumulating). Time is
// cut into slices such that every window is a run of whole slices and every row belongs to one
// slice (Krishnamurthy, Wu, Franklin 2006, "On-the-fly sharing for streamed aggregation": a hop of
// slide s over width w needs cuts at multiples of s, and of s plus w mod s). Times before 1970
// floor correctly; times whose windows would leave the range of TIMESTAMP have no slice. Immutable;
// any thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_GEOMETRY_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_GEOMETRY_H_

#include <cstdint>

#include "base/status.h"
#include "engine/state/state_schema.h"
#include "plan/job_graph.h"

namespace laminar::engine {

class WindowGeometry {
 public:
  /// InvalidArgument when width or slide are not positive or too large. REQUIRES: not a session.
  static absl::StatusOr<WindowGeometry> Make(const plan::WindowSpec& spec);

  enum class Place {
    kSlice,       // `slice` holds the time
    kGap,         // between windows that do not touch: the row belongs to none
    kOutOfRange,  // infinite, or so near the limits that a window would pass them
  };
  /// Finds the slice of a time.
  Place Locate(int64_t time, SliceId& slice) const;

  /// The window with the least end, above `closed`, of those that contain the slice. REQUIRES:
  /// LastEnd(slice) > closed.
  SliceId FirstOpenWindow(SliceId slice, int64_t closed) const;
  /// End of the last window that contains the slice.
  int64_t LastEnd(SliceId slice) const;

  /// Whether a window is one slice.
  bool single() const { return slices_per_window_ == 1; }
  /// Whether each window contains the one before it, up to the greatest width.
  bool cumulates() const { return kind_ == plan::WindowSpec::Kind::kCumulate; }
  int64_t slices_per_window() const { return slices_per_window_; }
  /// Numbers slices without holes in order of time. REQUIRES: slices of Locate.
  int64_t OrdinalOf(SliceId slice) const;

 private:
  explicit WindowGeometry(const plan::WindowSpec& spec);

  plan::WindowSpec::Kind kind_;
  int64_t width_;
  int64_t slide_;
  int64_t offset_;
  int64_t rest_;  // width mod slide: a second cut in each slide; 0 when there is none
  int64_t slices_per_window_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_WINDOW_GEOMETRY_H_
