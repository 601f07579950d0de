// SinkWriter: one subtask's share of a sink. Owned by the sink operator and called on its task's
// thread; a writer whose client blocks hands its bytes to an I/O thread and says so by Ready().
#ifndef LAMINAR_CONNECTORS_API_SINK_WRITER_H_
#define LAMINAR_CONNECTORS_API_SINK_WRITER_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/limits.h"
#include "base/status.h"
#include "data/chunk.h"
#include "data/connector_table.h"
#include "data/event_time.h"

namespace laminar::connectors {

struct SinkCounters {
  int64_t rows = 0;
  int64_t bytes = 0;
  int64_t buffered_bytes = 0;  // of memory, for rows that it has taken and not handed on
};

struct SinkContext {
  const data::ConnectorTable& table;
  int subtask = 0;
  int parallelism = 1;
  const base::Clock& clock;
  /// Makes the task run again soon; callable from any thread.
  std::function<void()> wake;
  SinkCounters& counters;
  /// Bytes that the writer may hold of rows it has taken: its share of the memory budget.
  int64_t buffer_bytes_max = base::kSinkBufferBytesMaxDefault;
};

class SinkWriter {
 public:
  virtual ~SinkWriter() = default;
  virtual absl::Status Open() = 0;
  /// False while its buffers are full; it wakes the task when that changes.
  virtual bool Ready() = 0;
  /// Takes the rows: columns of table.schema in order, possibly followed by the hidden event time.
  /// REQUIRES: Ready(). An error of an earlier write may come back here or from Finish.
  virtual absl::Status Write(const data::Chunk& chunk) = 0;
  /// Hands buffered rows on when they have waited long enough; returns when to be called again,
  /// nullopt when nothing waits.
  virtual absl::StatusOr<std::optional<base::MonotonicTime>> Flush() { return std::nullopt; }
  /// The event time has advanced; for rolling by watermark.
  virtual absl::Status AdvanceWatermark(data::EventTime time) { return absl::OkStatus(); }
  /// Input has ended: called until it returns true, when everything is written, flushed and
  /// published.
  virtual absl::StatusOr<bool> Finish() = 0;
  /// Releases clients; unfinished output is abandoned unless Finish returned true. BLOCKS: shortly.
  virtual void Close() = 0;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_SINK_WRITER_H_
