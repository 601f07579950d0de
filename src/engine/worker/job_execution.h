// JobExecution: a job that runs in this process. Starts its tasks, watches over them, stops them
// all when one fails, and tells how it goes. Owned by whoever started the job, who may call it from
// any thread; tasks report on their runners' threads.
//
//   running --all sources end--> finished
//   running --StopGracefully--> stopping --all tasks end--> stopped
//   running or stopping --StopNow--> stopped;  --a task fails--> failed
#ifndef LAMINAR_ENGINE_WORKER_JOB_EXECUTION_H_
#define LAMINAR_ENGINE_WORKER_JOB_EXECUTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/outcome.h"
#include "base/status.h"
#include "engine/state/memory_budget.h"
#include "engine/worker/job_assembly.h"
#include "engine/worker/job_checkpointing.h"
#include "engine/worker/job_metrics.h"
#include "engine/worker/job_progress.h"
#include "plan/job_graph.h"

namespace laminar::engine {

enum class JobState { kRunning, kStopping, kFinished, kStopped, kFailed };

/// The first error of a job, and where it happened.
struct JobFailure {
  absl::Status status;        // as the operator gave it
  std::string operator_name;  // plan::Node::name
  std::string description;    // plan::Node::description
  int64_t sql_offset = -1;    // where in the program the operator comes from; -1 unknown
};

class JobExecution final : private TaskListener {
 private:
  struct Key {};  // so that only Start makes jobs

 public:
  /// Makes all tasks and starts them on the runners of the queues. With `checkpointing`, the job
  /// goes on from what that names and takes part in checkpoints. An error when an operator cannot
  /// be made; then nothing runs.
  static absl::StatusOr<std::unique_ptr<JobExecution>> Start(
      std::shared_ptr<const plan::JobGraph> graph,
      const base::Clock& clock,
      MemoryBudget& memory,
      std::vector<std::shared_ptr<base::ReadyQueue<Task>>> queues,
      std::optional<JobCheckpointing> checkpointing = std::nullopt);

  JobExecution(Key key,
               std::shared_ptr<const plan::JobGraph> graph,
               const base::Clock& clock,
               MemoryBudget& memory,
               std::optional<JobCheckpointing> checkpointing);
  /// Stops what still runs. BLOCKS: until all tasks have closed.
  ~JobExecution() override;

  /// Waits until all tasks have ended, or for `nanos` at most; returns whether they have. BLOCKS.
  bool Wait(std::optional<int64_t> nanos) LAMINAR_EXCLUDES(mutex_);

  /// Ends the sources where they are; what they have read goes through to the sinks, which write
  /// and publish it. Windows that the watermark has not passed are not emitted: their rows are
  /// incomplete, as the stream would have gone on. Only the real end of all input closes every
  /// window. Returns at once.
  void StopGracefully() LAMINAR_EXCLUDES(mutex_);
  /// Ends every task where it is; rows in flight are lost. Returns at once.
  void StopNow() LAMINAR_EXCLUDES(mutex_);

  JobState state() const LAMINAR_EXCLUDES(mutex_);
  /// OK unless failed.
  absl::Status status() const LAMINAR_EXCLUDES(mutex_);
  std::optional<JobFailure> failure() const LAMINAR_EXCLUDES(mutex_);
  JobProgress Progress() LAMINAR_EXCLUDES(mutex_, progress_mutex_);

  /// Sends a barrier from every source that has not ended; the tasks snapshot their state when it
  /// has passed, and tell the listener. REQUIRES: of a job that takes checkpoints. False when a
  /// source still holds many: then it leaves this one out.
  bool SendBarrier(data::Barrier barrier) LAMINAR_EXCLUDES(mutex_);
  /// Publishes what a sink has named in a snapshot: see connectors::ConnectorFactory::Commit.
  /// BLOCKS.
  base::Outcome Commit(const rpc::SinkCommit& commit) const;
  /// Why files of checkpoints have to be uploaded again and again at the moment; Ok when they need
  /// not.
  absl::Status upload_trouble() const;
  /// Names of all tasks, as they are in their snapshots.
  std::vector<std::string> TaskNames() const;

  const plan::JobGraph& graph() const { return *graph_; }
  size_t num_tasks() const { return tasks_.size(); }

 private:
  void OnTaskDone(Task& task, const TaskOutcome& outcome) override LAMINAR_EXCLUDES(mutex_);
  void CancelAll();
  bool HasEnded(size_t task) const LAMINAR_EXCLUDES(mutex_);
  void AddOperators(JobProgress& progress) const;
  void AddTasks(JobProgress& progress) const;

  const std::shared_ptr<const plan::JobGraph> graph_;
  const base::Clock& clock_;
  MemoryBudget& memory_;
  const std::optional<JobCheckpointing> checkpointing_;
  // Of a job that takes checkpoints; outlive the tasks.
  struct CheckpointIo;
  std::unique_ptr<CheckpointIo> checkpoint_io_;
  const base::MonotonicTime started_;
  JobMetrics metrics_;
  std::vector<AssembledTask> tasks_;  // fixed once started

  mutable base::Mutex mutex_;
  base::ConditionVariable ended_;
  size_t num_running_ LAMINAR_GUARDED_BY(mutex_) = 0;
  std::vector<bool> task_ended_ LAMINAR_GUARDED_BY(mutex_);
  bool stop_asked_ LAMINAR_GUARDED_BY(mutex_) = false;
  std::optional<JobFailure> failure_ LAMINAR_GUARDED_BY(mutex_);
  base::MonotonicTime ended_at_ LAMINAR_GUARDED_BY(mutex_);

  base::Mutex progress_mutex_;
  JobProgress last_progress_ LAMINAR_GUARDED_BY(progress_mutex_);
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_WORKER_JOB_EXECUTION_H_
