// SinkWriter: one subtask's share of a sink. Owned by the sink operator and called on its task's
// thread; a writer whose client blocks hands its bytes to an I/O thread and says so by Ready().
#ifndef LAMINAR_CONNECTORS_API_SINK_WRITER_H_
#define LAMINAR_CONNECTORS_API_SINK_WRITER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/status.h"
#include "data/chunk.h"
#include "data/connector_table.h"
#include "data/epoch.h"
#include "data/event_time.h"

namespace laminar::connectors {

struct SinkCounters {
  int64_t rows = 0;
  int64_t bytes = 0;
  int64_t buffered_bytes = 0;  // of memory, for rows that it has taken and not handed on
};

/// Of a job that takes checkpoints: what names the sink's unpublished output, so that a later
/// attempt finds it, and one of another pipeline or generation never touches it.
struct SinkIdentity {
  std::string pipeline;         // letters, digits and dashes; unique
  std::string sink;             // likewise, within the pipeline; stable
  data::Generation generation;  // of this attempt
};

/// What belongs to one epoch of one sink subtask, all of it durable. Texts are JSON that only the
/// connector reads.
struct SinkSnapshot {
  std::string state;                 // what a later writer goes on from; empty: from nothing
  std::vector<std::string> commits;  // what is to be published once the epoch is complete, in order
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
  /// Set when the job takes checkpoints: then nothing is published but by ConnectorFactory::Commit.
  std::optional<SinkIdentity> identity = std::nullopt;
  /// Of a job that goes on from a checkpoint: states of earlier writers of the sink that fall to
  /// this one: none, its own, or, after the parallelism has changed, several.
  std::vector<std::string> restored = {};
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
  /// A barrier has come: what was written up to now belongs to its epoch, what follows does not.
  /// Makes it durable on an I/O thread while rows go on coming, and then calls `done` once, on any
  /// thread, in the order of the calls of Snapshot. Only of jobs that take checkpoints, and of
  /// sinks with ConnectorTraits::exactly_once_sink. The default suits sinks that hold nothing back.
  virtual void Snapshot(data::Epoch epoch, std::function<void(absl::StatusOr<SinkSnapshot>)> done) {
    done(SinkSnapshot());
  }
  /// Input has ended: called until it returns true, when everything is written, flushed and
  /// published. In a job that takes checkpoints, rows are not published here: a Snapshot follows,
  /// the writer's last, and its commits publish the rest.
  virtual absl::StatusOr<bool> Finish() = 0;
  /// Releases clients; unfinished output is abandoned unless Finish returned true. BLOCKS: shortly.
  virtual void Close() = 0;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_SINK_WRITER_H_
