// Event time: microseconds since 1970-01-01 UTC, the resolution of TIMESTAMP. A strong type, so
// that it is never mistaken for arrival time or a duration.
#ifndef LAMINAR_DATA_EVENT_TIME_H_
#define LAMINAR_DATA_EVENT_TIME_H_

#include <compare>
#include <cstdint>
#include <limits>

namespace laminar::data {

struct EventTime {
  int64_t micros = 0;
  auto operator<=>(const EventTime&) const = default;

  /// Before every event: the watermark of a stream that has said nothing yet.
  static constexpr EventTime Min() { return {std::numeric_limits<int64_t>::min()}; }
  /// After every event: the final watermark of a stream that has ended.
  static constexpr EventTime Max() { return {std::numeric_limits<int64_t>::max()}; }
};

}  // namespace laminar::data

#endif  // LAMINAR_DATA_EVENT_TIME_H_
