// What travels between operators. Data, watermarks and barriers take the same road, in order.
#ifndef LAMINAR_DATA_STREAM_EVENT_H_
#define LAMINAR_DATA_STREAM_EVENT_H_

#include <cstdint>
#include <variant>

#include "base/clock.h"
#include "data/chunk.h"
#include "data/epoch.h"
#include "data/event_time.h"

namespace laminar::data {

/// Promises that no row with an event time below `time` follows; EventTime::Max() ends event time.
/// An idle stream
/// (`idle` set, `time` its last promise) does not hold back the combined watermark until it speaks
/// again.
struct Watermark {
  EventTime time = EventTime::Min();
  bool idle = false;
  base::MonotonicTime arrival;
};

/// Separates what belongs to a checkpoint from what comes after.
struct Barrier {
  Epoch epoch;
  /// The job is to stop with this checkpoint: sources send nothing behind it.
  bool stop = false;
};

/// Nothing follows on this channel.
struct EndOfInput {};

using StreamEvent = std::variant<Chunk, Watermark, Barrier, EndOfInput>;

}  // namespace laminar::data

#endif  // LAMINAR_DATA_STREAM_EVENT_H_
