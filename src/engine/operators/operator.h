// Operator: one step of a task's chain, as a step function. The task calls, on its own thread, in
// this order:
//
//   Open; then any of { Process(input, chunk) | ProcessWatermark(w) | ProcessBarrier(b) | EndInput
//   } each followed by Produce until it returns nullopt; Close
//
// An operator keeps what it still has to say and hands it out chunk by chunk through Produce, so
// that a task can stop in the middle of a large result when its consumer has no credit. Watermarks
// and barriers are forwarded by the task after Produce is exhausted. State lives only in StateTable
// handles. No operator blocks, waits on a lock, or does I/O.
#ifndef LAMINAR_ENGINE_OPERATORS_OPERATOR_H_
#define LAMINAR_ENGINE_OPERATORS_OPERATOR_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "data/chunk.h"
#include "data/stream_event.h"
#include "engine/metrics/operator_metrics.h"
#include "engine/state/memory_budget.h"
#include "engine/state/state_table.h"

namespace laminar::engine {

/// What an operator is told at Open. References outlive the operator.
struct OperatorContext {
  int subtask = 0;
  int parallelism = 1;
  int num_key_groups = 256;
  KeyGroupRange key_groups = {};  // whose keys come to this subtask
  /// Arrival numbers begin here: greater than any in state that earlier attempts have left, also
  /// in that of an operator that was not there at their parallelism.
  int64_t first_arrival = 1;
  const base::Clock& clock;
  MemoryBudget& memory;
  OperatorMetrics& metrics;
};

class Operator {
 public:
  virtual ~Operator() = default;

  virtual absl::Status Open(OperatorContext& context) { return absl::OkStatus(); }

  /// Takes a chunk of 1..kRowsPerChunkMax rows from input `input`. REQUIRES: Produce has returned
  /// nullopt.
  virtual absl::Status Process(int input, data::Chunk chunk) = 0;

  /// The combined watermark of all inputs has advanced to `watermark`. REQUIRES: strictly greater
  /// than the last one.
  virtual absl::Status ProcessWatermark(data::Watermark watermark) { return absl::OkStatus(); }

  /// A barrier is about to pass; the task cuts the tables behind it, once Produce is exhausted. For
  /// operators that rather hand their rows on than keep them in a snapshot.
  virtual absl::Status ProcessBarrier(data::Barrier barrier) { return absl::OkStatus(); }

  /// One input has ended; the final watermark came before.
  virtual absl::Status EndInput(int input) { return absl::OkStatus(); }

  /// Returns the next chunk of output, or nullopt when there is none for now. Works for about 1 ms
  /// at most per call; an empty chunk says that it has found nothing in this time and goes on.
  virtual absl::StatusOr<std::optional<data::Chunk>> Produce() = 0;

  /// The watermark to forward for an input watermark, once Produce is exhausted; operators that
  /// hold rows back lower it.
  virtual data::EventTime OutputWatermark(data::EventTime input) const { return input; }

  /// The tables that hold all of its state, brought up to date by the call: what a snapshot writes
  /// and a restore loads.
  virtual std::vector<StateTable*> StateTables() { return {}; }
  /// The tables have been loaded. REQUIRES: after Open, before the first input.
  virtual void StateRestored() {}

  /// Releases everything. Called once, also after errors.
  virtual void Close() {}
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_OPERATOR_H_
