// SourceReader: one subtask's share of a source. Owned and polled by the source operator on its
// task's thread; a reader whose client blocks keeps that client on an I/O thread of its own and
// hands bytes over (see byte_source.h).
#ifndef LAMINAR_CONNECTORS_API_SOURCE_READER_H_
#define LAMINAR_CONNECTORS_API_SOURCE_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "data/chunk.h"
#include "data/connector_table.h"
#include "data/event_time.h"
#include "data/split_position.h"

namespace laminar::connectors {

/// Counters of one source subtask; plain integers, written by the task's thread only.
struct SourceCounters {
  int64_t rows = 0;
  int64_t bytes = 0;
  int64_t bad_records = 0;          // all that could not be decoded
  int64_t dropped_records = 0;      // by bad_data = drop
  int64_t dead_letter_records = 0;  // by bad_data = dead_letter
  int64_t generator_cpu_nanos =
      0;  // CPU spent making test data, to be told apart from the engine's
};

/// What a reader is told when it is made. References outlive the reader.
struct SourceContext {
  const data::ConnectorTable& table;
  /// Positions in table.schema to deliver, in this order, and nothing else.
  std::vector<size_t> columns;
  int subtask = 0;
  int parallelism = 1;
  const base::Clock& clock;
  /// Makes the task run again soon; callable from any thread, also after the reader has ended.
  std::function<void()> wake;
  SourceCounters& counters;
  /// Charges bytes that the reader keeps for long to the process's budget of memory (negative:
  /// gives them back). ResourceExhausted, with nothing charged, when they are not there. May be
  /// empty.
  std::function<absl::Status(const char* what, int64_t bytes)> charge = nullptr;
  /// Set when the job goes on from a checkpoint: the positions of all splits of the source, of
  /// whatever parallelism it had. A reader goes on with those that are its own; a split that is not
  /// among them is new, and read from its beginning.
  std::optional<std::vector<data::SplitPosition>> restored = std::nullopt;
};

enum class PollState {
  kChunk,  // rows were delivered; poll again
  kIdle,   // none now; poll again when woken or at `wake_at`
  kEnd,    // none ever
};

struct PollResult {
  PollState state = PollState::kIdle;
  /// Of kChunk and kIdle: a promise of the source itself, which knows more than its rows tell: none
  /// older follows. Taken beside the watermark that the table declares; the greater of both counts.
  std::optional<data::EventTime> watermark = std::nullopt;
  /// Of kChunk: other splits of this reader wait for their turn, and their rows may be of any time,
  /// so that rows of this chunk promise nothing.
  bool splits_wait = false;
  /// Of kIdle: when to poll even if nobody wakes the task; zero means only when woken.
  base::MonotonicTime wake_at = {};
};

class SourceReader {
 public:
  virtual ~SourceReader() = default;
  virtual absl::Status Open() = 0;
  /// Delivers the next 1..kRowsPerChunkMax rows of this subtask into `chunk` (replaced by a new
  /// chunk of the wanted columns, arrival set to when its oldest row came in). Never blocks, works
  /// for at most about 1 ms.
  virtual absl::StatusOr<PollResult> Poll(data::Chunk& chunk) = 0;
  /// How far the rows that Poll has delivered go, split by split: a later reader that is given
  /// these delivers what follows them. Splits that have ended or have not begun are named too.
  /// Called between polls. An error where there is no such position: rows were delivered, and the
  /// next record fails the job. Empty for sources that cannot go on where they were
  /// (ConnectorTraits::resumable_source).
  virtual absl::StatusOr<std::vector<data::SplitPosition>> Positions() {
    return std::vector<data::SplitPosition>();
  }
  /// Stops I/O threads and releases clients. BLOCKS: shortly. Called once, also after errors.
  virtual void Close() = 0;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_SOURCE_READER_H_
