// OperatorChain: the operators of a task, one behind the other, and the event that is on its way
// through them. Rows pass by function call. The chain holds at most one event per operator, and
// asks an operator for rows only when those behind it are empty-handed and the tail can take a
// chunk: so a task can stop at any point of a large result. Owned by its task; task's thread.
//
//   empty --Accept--> busy --Step...--> empty        (an error ends it)
//
// Position p means: operator p may have rows to say; those behind it have none. When it has none
// either, the watermark, barrier or end that it was given last moves on, and then the work goes
// back to p - 1.
#ifndef LAMINAR_ENGINE_TASK_OPERATOR_CHAIN_H_
#define LAMINAR_ENGINE_TASK_OPERATOR_CHAIN_H_

#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "data/stream_event.h"
#include "engine/metrics/operator_metrics.h"
#include "engine/network/input_gate.h"
#include "engine/operators/operator.h"
#include "engine/task/chain_tail.h"
#include "plan/job_graph.h"

namespace laminar::engine {

class OperatorChain {
 public:
  struct Stage {
    plan::NodeId node;
    std::unique_ptr<Operator> op;
    OperatorMetrics* metrics = nullptr;
  };

  /// `tail_node` is the last operator's or the sink's node: whom errors and time of the tail belong
  /// to, with its metrics. `tail`, `clock` and all metrics outlive the chain. There may be no
  /// stages.
  OperatorChain(std::vector<Stage> stages,
                ChainTail& tail,
                plan::NodeId tail_node,
                OperatorMetrics& tail_metrics,
                const base::Clock& clock);

  /// Which of the operators' subtasks these are, and where their arrival numbers begin.
  struct Place {
    int subtask = 0;
    int parallelism = 1;
    int num_key_groups = 256;
    int64_t first_arrival = 1;
  };
  absl::Status Open(const Place& place, MemoryBudget& memory);
  void Close();

  const std::vector<Stage>& stages() const { return stages_; }
  bool empty() const { return position_ == kEmpty; }
  /// REQUIRES: empty().
  void Accept(GateEvent event);
  /// Moves the event on, by one call of one operator. False when the tail cannot take what comes
  /// next: then nothing was changed. REQUIRES: !empty().
  absl::StatusOr<bool> Step();

  /// The latest time that the chain has looked at.
  base::MonotonicTime now() const { return now_; }
  /// Time from here on belongs to what is called next.
  void StartMeasuring(base::MonotonicTime now) { now_ = now; }

  /// The end has passed the tail.
  bool ended() const { return ended_; }
  /// The barrier that has passed the tail since the last call.
  std::optional<data::Barrier> TakePassedBarrier() {
    return std::exchange(passed_barrier_, std::nullopt);
  }
  /// Whose call has failed, after an error.
  plan::NodeId failed_node() const { return failed_node_; }
  /// Names the source, which fails outside of the chain.
  void BlameNode(plan::NodeId node) { failed_node_ = node; }

 private:
  using Control = std::variant<data::Watermark, data::Barrier, data::EndOfInput>;

  struct Progress {
    data::EventTime watermark_in = data::EventTime::Min();
    data::EventTime watermark_out = data::EventTime::Min();
    bool idle_out = false;
    std::optional<Control> leaving;  // moves on when the operator has nothing to say
  };

  static constexpr int kEmpty = -2;
  static constexpr int kAccepted = -1;  // incoming_ is to be given to the first stage

  int size() const { return static_cast<int>(stages_.size()); }
  absl::StatusOr<bool> StepAccepted();
  absl::StatusOr<bool> StepStage();
  absl::StatusOr<bool> StepControl();
  absl::Status GiveChunk(int position, int input, data::Chunk chunk);
  absl::Status GiveControl(int position, const Control& control);
  absl::Status GiveControlToTail(const Control& control);
  void Charge(OperatorMetrics& metrics);

  std::vector<Stage> stages_;
  std::vector<Progress> progress_;
  ChainTail& tail_;
  const plan::NodeId tail_node_;
  OperatorMetrics& tail_metrics_;
  const base::Clock& clock_;
  base::MonotonicTime now_;

  int position_ = kEmpty;
  std::optional<GateEvent> incoming_;
  bool ended_ = false;
  std::optional<data::Barrier> passed_barrier_;
  plan::NodeId failed_node_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_TASK_OPERATOR_CHAIN_H_
