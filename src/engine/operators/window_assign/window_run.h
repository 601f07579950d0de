// WindowRun: the windows that a time falls into and that are still open, in ascending order,
// without listing them: there may be more of them than fit in memory. Pure arithmetic, exact at the
// limits of event time; any thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_ASSIGN_WINDOW_RUN_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_ASSIGN_WINDOW_RUN_H_

#include <cstdint>

#include "data/event_time.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// Window i of the run, 0 <= i < num_windows, starts at start(i) and ends before end(i), in
/// microseconds.
struct WindowRun {
  int64_t first_start = 0;
  int64_t first_end = 0;
  int64_t start_step = 0;
  int64_t end_step = 0;
  int64_t end_max = 0;
  int64_t num_windows = 0;
  /// No windows: all that contain the time are closed.
  bool late = false;
  /// No windows: one that contains the time begins or ends beyond the range of timestamps.
  bool out_of_range = false;
  /// Every time of [same_from, same_until) has this same run; it contains the time that was asked
  /// for.
  int64_t same_from = 0;
  int64_t same_until = 0;

  bool Covers(int64_t time) const { return time >= same_from && time < same_until; }
  int64_t start(int64_t i) const { return first_start + i * start_step; }
  int64_t end(int64_t i) const {
    const __int128 end = first_end + static_cast<__int128>(i) * end_step;
    return end > end_max ? end_max : static_cast<int64_t>(end);
  }
};

/// Finds the windows of `spec` that contain `time` and end after `watermark`. REQUIRES: not a
/// session; width and slide positive.
WindowRun FindOpenWindows(const plan::WindowSpec& spec, int64_t time, data::EventTime watermark);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_ASSIGN_WINDOW_RUN_H_
