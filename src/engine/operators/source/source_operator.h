// SourceOperator: where a task's rows come from. Polls a SourceReader, adds the event time as
// hidden last column, and says by watermarks how far event time has come. Head of a chain; owned by
// its task, task's thread. Legal order: Open, then any of { Next until kEnd | Snapshot while AtCut
// }, Close.
#ifndef LAMINAR_ENGINE_OPERATORS_SOURCE_SOURCE_OPERATOR_H_
#define LAMINAR_ENGINE_OPERATORS_SOURCE_SOURCE_OPERATOR_H_

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "connectors/api/source_reader.h"
#include "data/stream_event.h"
#include "engine/metrics/operator_metrics.h"
#include "engine/metrics/task_metrics.h"
#include "engine/operators/source/event_clock.h"
#include "plan/job_graph.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::engine {

struct SourceStep {
  enum class State {
    kEvent,  // `event` holds a Chunk or Watermark
    kAgain,  // nothing came of this call; call again
    kIdle,   // nothing for now; call again when woken, or at `wake_at`
    kEnd,    // the stream has ended; its last watermark came before
  };
  State state = State::kAgain;
  data::StreamEvent event;
  std::optional<base::MonotonicTime> wake_at;
  bool timed = false;  // of kIdle: the source itself has named the time of its next rows
};

class SourceOperator {
 public:
  /// What a subtask goes on from.
  struct Restored {
    std::vector<data::SplitPosition> splits;  // of all subtasks that the source had
    data::EventTime watermark = data::EventTime::Min();
    bool ended = false;

    /// What falls to `subtask` of `parallelism`: `states` are those of all earlier subtasks, in
    /// their order. A subtask goes on at its own watermark; where any split may come to it (at
    /// another parallelism, or when it had ended and others had not) at the least one. The source
    /// has ended when all had.
    static Restored Of(const std::vector<rpc::SourceState>& states, int subtask, int parallelism);
  };

  struct Context {
    int subtask = 0;
    int parallelism = 1;
    const base::Clock& clock;
    std::function<void()> wake;
    OperatorMetrics& metrics;
    SourceMetrics& source_metrics;
    /// See connectors::SourceContext.
    std::function<absl::Status(const char* what, int64_t bytes)> charge = nullptr;
    /// Set when the job goes on from a checkpoint. A source that had ended ends at once.
    std::optional<Restored> restored = std::nullopt;
  };

  /// REQUIRES: node.spec holds a SourceSpec; `node` outlives the operator.
  SourceOperator(const plan::Node& node, Context context);
  ~SourceOperator();

  /// NotFound when the connector is not known; errors of the connector.
  absl::Status Open();
  /// Takes the next step; works for about 1 ms at most. A row without an event time is a bad
  /// record.
  absl::StatusOr<SourceStep> Next();
  /// Whether a barrier may come now: nothing of an earlier poll waits to be sent, so that what the
  /// reader has delivered is what is downstream. False for a call or two of Next at most.
  bool AtCut() const { return !next_chunk_.has_value() && !next_watermark_.has_value(); }
  /// How far the source is: what a barrier that is sent now stands behind. Behind one with `stop`,
  /// Next is not called again. REQUIRES: AtCut(). BLOCKS: shortly, when bad records were written to
  /// a file since the last call.
  absl::StatusOr<rpc::SourceState> Snapshot();
  /// Ends the stream after what has been read; without a final watermark, since it would have gone
  /// on.
  void Stop() {
    stopped_ = !ended_;
    ended_ = true;
  }
  void Close();

 private:
  absl::StatusOr<SourceStep> TakeChunk(data::Chunk chunk, const connectors::PollResult& poll);
  SourceStep TakeIdle(const connectors::PollResult& poll);
  SourceStep TakeEnd();
  SourceStep Emit(data::StreamEvent event);
  std::optional<data::Watermark> Advance(data::EventTime promised, base::MonotonicTime arrival);
  void PublishCounters();

  const plan::Node& node_;
  const plan::SourceSpec& spec_;
  Context context_;
  connectors::SourceCounters counters_;
  EventClock event_clock_;
  std::unique_ptr<connectors::SourceReader> reader_;

  data::EventTime watermark_ = data::EventTime::Min();  // the last one sent
  bool idle_ = false;                                   // so was said downstream
  base::MonotonicTime last_rows_;                       // when rows came last
  base::MonotonicTime last_tick_;  // when a quiet stream's watermark was moved last
  // Sent by the next calls, in this order.
  std::optional<data::Chunk> next_chunk_;
  std::optional<data::Watermark> next_watermark_;
  bool ended_ = false;
  bool stopped_ = false;  // before its end
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_SOURCE_SOURCE_OPERATOR_H_
