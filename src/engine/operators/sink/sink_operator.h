// SinkOperator: where a task's rows leave the engine, through a SinkWriter. Tail of a chain; owned
// by its task, task's thread. Legal order: Open, then any of { Write while Ready | AdvanceWatermark
// | Flush | Snapshot }, then Finish until true, where the job takes checkpoints a last Snapshot,
// Close.
#ifndef LAMINAR_ENGINE_OPERATORS_SINK_SINK_OPERATOR_H_
#define LAMINAR_ENGINE_OPERATORS_SINK_SINK_OPERATOR_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/status.h"
#include "connectors/api/sink_writer.h"
#include "data/stream_event.h"
#include "engine/metrics/operator_metrics.h"
#include "engine/metrics/task_metrics.h"
#include "plan/job_graph.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::engine {

class SinkOperator {
 public:
  struct Context {
    int subtask = 0;
    int parallelism = 1;
    const base::Clock& clock;
    std::function<void()> wake;
    OperatorMetrics& metrics;
    SinkMetrics& sink_metrics;
    /// See connectors::SinkContext.
    int64_t buffer_bytes_max = base::kSinkBufferBytesMaxDefault;
    /// Charges what the writer holds to the memory budget, gives back what is negative; may be
    /// null.
    std::function<absl::Status(const char* what, int64_t bytes)> charge = nullptr;
    /// Likewise: set when the job takes checkpoints.
    std::optional<connectors::SinkIdentity> identity = std::nullopt;
    /// SinkState::state of earlier subtasks that fall to this one: see RestoredOf.
    std::vector<std::string> restored = {};
  };

  /// Which of the earlier subtasks' states fall to `subtask` of `parallelism`: state i to subtask i
  /// modulo parallelism, empty ones to nobody.
  static std::vector<std::string> RestoredOf(const std::vector<rpc::SinkState>& states,
                                             int subtask,
                                             int parallelism);

  /// REQUIRES: node.spec holds a SinkSpec; `node` outlives the operator.
  SinkOperator(const plan::Node& node, Context context);
  ~SinkOperator();

  /// NotFound when the connector is not known; errors of the connector.
  absl::Status Open();
  /// Whether rows can be written now; when not, the task is woken once they can.
  bool Ready();
  /// InvalidArgument, with nothing written of the chunk, when a column that is NOT NULL has one.
  /// REQUIRES: Ready().
  absl::Status Write(const data::Chunk& chunk);
  absl::Status AdvanceWatermark(const data::Watermark& watermark);
  /// Lets the writer hand on what has waited long enough; returns when to call again, nullopt when
  /// nothing waits.
  absl::StatusOr<std::optional<base::MonotonicTime>> Flush();
  /// Input has ended: true once everything is written and published; until then the task is woken,
  /// and asks again.
  absl::StatusOr<bool> Finish();
  /// A barrier has come: what was written before it becomes durable while rows go on coming; then
  /// `done` is called once, on any thread, in the order of these calls. It may outlive the operator
  /// only until Close.
  void Snapshot(data::Epoch epoch, std::function<void(absl::StatusOr<rpc::SinkState>)> done);
  void Close();

 private:
  void PublishCounters();
  absl::Status ChargeBuffered(int64_t bytes);
  // InvalidArgument when a column that is NOT NULL has one.
  absl::Status CheckNotNull(const data::Chunk& chunk) const;

  const plan::Node& node_;
  const plan::SinkSpec& spec_;
  Context context_;
  connectors::SinkCounters counters_;
  std::unique_ptr<connectors::SinkWriter> writer_;
  std::vector<size_t> not_null_;  // columns
  int64_t charged_bytes_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_SINK_SINK_OPERATOR_H_
