#include "engine/operators/window_assign/window_run.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace laminar::engine {
namespace {

using Wide = __int128;

// Both infinities of TIMESTAMP are outside.
constexpr Wide kTimeMin = std::numeric_limits<int64_t>::min() + Wide{2};
constexpr Wide kTimeMax = std::numeric_limits<int64_t>::max() - Wide{1};

Wide FloorDivide(Wide a, Wide b) {
  const Wide quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

int64_t Clamp(Wide time) {
  return static_cast<int64_t>(std::clamp<Wide>(time, std::numeric_limits<int64_t>::min(),
                                               std::numeric_limits<int64_t>::max()));
}

WindowRun FindHopWindows(const plan::WindowSpec& spec, Wide time, Wide watermark) {
  const Wide width = spec.width.micros;
  const Wide slide = spec.slide.micros;
  const Wide offset = spec.offset.micros;
  // The greatest start of a window at or before a time.
  const auto start_at = [&](Wide at) { return offset + FloorDivide(at - offset, slide) * slide; };
  const Wide containing_last = start_at(time);
  const Wide containing_before = start_at(time - width);  // ends at or before `time`
  WindowRun run;
  run.same_from = Clamp(std::max(containing_last, containing_before + width));
  run.same_until = Clamp(std::min(containing_last, containing_before + width) + slide);
  const Wide earliest = containing_before + slide;
  const Wide last = containing_last;
  if (earliest > last) {
    return run;  // between two windows
  }
  if (earliest < kTimeMin || last + width > kTimeMax) {
    run.out_of_range = true;
    return run;
  }
  const Wide first = start_at(std::max(watermark, time) - width) + slide;
  run.num_windows = first <= last ? static_cast<int64_t>((last - first) / slide) + 1 : 0;
  run.late = run.num_windows == 0;
  if (run.num_windows > 0) {
    run.first_start = static_cast<int64_t>(first);
    run.first_end = static_cast<int64_t>(first + width);
    run.start_step = spec.slide.micros;
    run.end_step = spec.slide.micros;
    run.end_max = static_cast<int64_t>(last + width);
  }
  return run;
}

WindowRun FindCumulateWindows(const plan::WindowSpec& spec, Wide time, Wide watermark) {
  const Wide width = spec.width.micros;
  const Wide step = spec.slide.micros;
  const Wide offset = spec.offset.micros;
  const Wide start = offset + FloorDivide(time - offset, width) * width;
  const Wide cell = start + FloorDivide(time - start, step) * step;
  WindowRun run;
  run.same_from = Clamp(cell);
  run.same_until = Clamp(std::min(cell + step, start + width));
  const Wide end_max = start + width;
  const Wide open_from = std::max(time, watermark);
  if (start < kTimeMin || end_max > kTimeMax) {
    run.out_of_range = true;
    return run;
  }
  if (open_from >= end_max) {
    run.late = true;
    return run;
  }
  const Wide first = (open_from - start) / step + 1;
  const Wide last = (width + step - 1) / step;
  run.num_windows = static_cast<int64_t>(last - first) + 1;
  run.first_start = static_cast<int64_t>(start);
  run.first_end = static_cast<int64_t>(std::min(start + first * step, end_max));
  run.end_step = spec.slide.micros;
  run.end_max = static_cast<int64_t>(end_max);
  return run;
}

}  // namespace

WindowRun FindOpenWindows(const plan::WindowSpec& spec, int64_t time, data::EventTime watermark) {
  LAMINAR_ASSERT(spec.width.micros > 0, spec.width.micros);
  LAMINAR_ASSERT(spec.slide.micros > 0, spec.slide.micros);
  switch (spec.kind) {
    case plan::WindowSpec::Kind::kTumble:
    case plan::WindowSpec::Kind::kHop:
      return FindHopWindows(spec, time, watermark.micros);
    case plan::WindowSpec::Kind::kCumulate:
      return FindCumulateWindows(spec, time, watermark.micros);
    case plan::WindowSpec::Kind::kSession:
      break;
  }
  LAMINAR_ASSERT(false, static_cast<int>(spec.kind));
}

}  // namespace laminar::engine
