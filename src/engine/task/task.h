// Task: one subtask of one chain of operators, as a step function. Run moves rows from its source
// or its gate through the chain to its channels or its sink, for a short time, and says why when it
// cannot go on. It never blocks, waits on no lock and does no I/O. A task is made and assembled by
// the worker, then runs on exactly one core thread at a time, driven by a TaskRunner.
//
//   new --Assemble--> ready --Run--> { progress, run again | blocked (reason), run when woken or at
//   a time | done, for good }
//
// In a job that takes checkpoints, a task restores its state first; a barrier that has left the
// task begins a snapshot, whose rows are handed over between those of the stream; and a task that
// has ended waits until its last snapshot is durable. See TaskCheckpoint and TaskRestore.
//
// An ordinary end: the source ends (or is stopped), the end travels down the chain, the tail
// finishes, all is closed. A cancelled or failed task closes at once. Commands come by flags and
// mail from any thread.
#ifndef LAMINAR_ENGINE_TASK_TASK_H_
#define LAMINAR_ENGINE_TASK_TASK_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/clock.h"
#include "base/flag.h"
#include "base/mailbox.h"
#include "base/ready_queue.h"
#include "base/status.h"
#include "data/stream_event.h"
#include "engine/metrics/task_metrics.h"
#include "engine/network/input_gate.h"
#include "engine/operators/source/source_operator.h"
#include "engine/task/chain_tail.h"
#include "engine/task/operator_chain.h"
#include "engine/task/task_checkpoint.h"
#include "engine/task/task_restore.h"
#include "plan/job_graph.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::engine {

/// How long a task may run before others get their turn.
struct RunBudget {
  int64_t nanos = 1'000'000;
  int num_chunks = 16;
};

struct RunResult {
  enum class State { kProgress, kBlocked, kDone };
  State state = State::kProgress;
  BlockingReason reason = BlockingReason::kNoInput;  // of kBlocked
  std::optional<base::MonotonicTime> wake_at;  // of kBlocked: run again then, if not woken before
};

/// How a task has ended.
struct TaskOutcome {
  absl::Status status;       // OK also when cancelled
  plan::NodeId failed_node;  // of an error: whose call has failed
  bool cancelled = false;
};

class Task;

/// Is told what becomes of tasks, on their runners' threads.
class TaskListener {
 public:
  virtual ~TaskListener() = default;
  /// The task has ended and will not be touched again by its runner: it may be destroyed. The last
  /// call for this task.
  virtual void OnTaskDone(Task& task, const TaskOutcome& outcome) = 0;
};

/// One end of an edge of the job.
struct EdgeEnd {
  rpc::OperatorId from;
  rpc::OperatorId to;
  int input = 0;
};

/// Of a task of a job that takes checkpoints.
struct CheckpointParts {
  const CheckpointSetup& setup;
  struct Name {
    rpc::OperatorId id;
    std::string name;
    std::string description;
  };
  std::vector<Name> stages;      // of the operators
  std::vector<EdgeEnd> inputs;   // of the gate, by input
  std::vector<EdgeEnd> outputs;  // of the tail
  /// States of all operators of the job, where it goes on from a checkpoint.
  std::shared_ptr<const std::vector<rpc::OperatorState>> restored;
};

/// What a task is made of. Exactly one of source and gate; metrics outlive the task.
struct TaskParts {
  int subtask = 0;
  int parallelism = 1;
  int num_key_groups = 256;
  plan::NodeId head_node;  // of the source, or the first operator
  plan::NodeId tail_node;  // of the sink, or the last operator
  std::unique_ptr<SourceOperator> source;
  std::unique_ptr<InputGate> gate;
  std::vector<OperatorChain::Stage> stages;
  std::unique_ptr<ChainTail> tail;
  OperatorMetrics* source_metrics = nullptr;    // of the source's node, where there is one
  OperatorMetrics* tail_metrics = nullptr;      // of tail_node
  std::unique_ptr<CheckpointParts> checkpoint;  // null: the job takes none
};

class Task {
 public:
  /// All references outlive the task. The task is queued when woken; see waker().
  Task(std::string name,
       const base::Clock& clock,
       MemoryBudget& memory,
       TaskMetrics& metrics,
       TaskListener& listener,
       std::shared_ptr<base::ReadyQueue<Task>> queue);
  /// REQUIRES: done, or never run.
  ~Task();
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  /// Before the first Run.
  void Assemble(TaskParts parts);

  const std::string& name() const { return name_; }
  /// Makes the task run again soon; may be kept longer than the task.
  const std::shared_ptr<base::ReadySlot<Task>>& waker() const { return slot_; }
  /// The channels that lead here; null for a task with a source. Their fill may be read by any
  /// thread.
  const InputGate* gate() const { return parts_.gate.get(); }

  // Commands; any thread.

  /// Ends the source after what it has read; no effect on tasks without one. Windows that the
  /// watermark has not reached stay open.
  void Stop();
  /// Ends the task with its next Run, wherever it is.
  void Cancel();
  /// Sends a barrier down from the source; false when too many are waiting. REQUIRES: a task with a
  /// source.
  bool SendBarrier(data::Barrier barrier);

  // Runner's thread.

  /// REQUIRES: assembled, not done.
  RunResult Run(RunBudget budget);
  bool done() const { return outcome_.has_value(); }
  /// REQUIRES: done().
  const TaskOutcome& outcome() const {
    LAMINAR_ASSERT(outcome_.has_value(), 0);
    return *outcome_;
  }
  TaskListener& listener() { return listener_; }
  /// When the runner is to wake the task; the runner's to set.
  std::optional<base::MonotonicTime> timer;

 private:
  RunResult RunSteps(RunBudget budget);
  absl::Status OpenAll();
  absl::StatusOr<bool> TakeFromHead(RunResult& blocked);
  absl::StatusOr<bool> TakeFromSource(RunResult& blocked);
  absl::StatusOr<bool> TakeFromGate(RunResult& blocked);
  absl::StatusOr<RunResult> Block(RunResult blocked);
  RunResult Fail(const absl::Status& status, plan::NodeId node);
  RunResult End(TaskOutcome outcome);
  absl::StatusOr<bool> Step(RunResult& blocked);
  void OpenCheckpoint(const CheckpointParts& parts);
  absl::StatusOr<bool> Restore(RunResult& blocked);
  absl::StatusOr<bool> Drain();
  absl::Status TakeCut(data::Barrier barrier);
  TaskCut CutSoFar();
  absl::StatusOr<bool> FinishSink();
  absl::StatusOr<bool> FinishTail(RunResult& blocked);
  void StartBlocked(BlockingReason reason, base::MonotonicTime now);
  void EndBlocked(base::MonotonicTime now);

  const std::string name_;
  const base::Clock& clock_;
  MemoryBudget& memory_;
  TaskMetrics& metrics_;
  TaskListener& listener_;
  const std::shared_ptr<base::ReadySlot<Task>> slot_;

  base::Flag stop_;
  base::Flag cancel_;
  base::Mailbox<data::Barrier> barriers_;

  TaskParts parts_;
  std::optional<OperatorChain> chain_;
  std::vector<TaskCheckpoint::StatefulOperator> stateful_;
  std::optional<TaskRestore> restore_;  // until everything is restored
  std::optional<TaskCheckpoint> checkpoint_;
  std::optional<rpc::SourceState> source_state_;  // when the barrier was taken
  std::optional<base::MonotonicTime> aligning_since_;
  int64_t align_nanos_ = 0;                   // of the last barrier
  std::optional<data::Epoch> stopping_sink_;  // with which the sink is to end
  bool drained_last_ = false;
  bool stop_barrier_ = false;  // has been taken
  bool tail_finished_ = false;
  bool finished_ = false;  // nothing is left to be done
  bool opened_ = false;
  bool stopping_ = false;
  bool head_ended_ = false;  // EndOfInput is to follow InputEnd, or has followed it
  int num_chunks_ = 0;       // taken in this Run
  std::optional<TaskOutcome> outcome_;
  std::optional<BlockingReason> blocked_on_;
  base::MonotonicTime blocked_since_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_TASK_TASK_H_
