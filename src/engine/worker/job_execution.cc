#include "engine/worker/job_execution.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/io_pool.h"
#include "base/scratch_folder.h"
#include "connectors/api/connector_factory.h"
#include "engine/state/snapshot/checkpoint_files.h"
#include "engine/task/checkpoint_setup.h"

namespace laminar::engine {
namespace {

// How often progress is compared with an earlier one to find who is slow.
constexpr int64_t kBottleneckWindowNanos = 500'000'000;

// Threads that write, upload and fetch files of checkpoints: most of their time they wait.
constexpr int kIoThreads = 4;

// Hidden, as it may lie in a state directory, where nothing foreign may be.
constexpr char kSpoolPrefix[] = ".laminar-checkpoint";

// Subtasks of all chains: at least one for each node.
int NumTasksMost(const plan::JobGraph& graph) {
  int num_tasks = 0;
  for (const plan::Node& node : graph.nodes) {
    num_tasks += node.parallelism;
  }
  return num_tasks;
}

}  // namespace

// What moves files of checkpoints: a folder for those on their way, and threads.
struct JobExecution::CheckpointIo {
  CheckpointIo(const JobCheckpointing& checkpointing, base::ScratchFolder folder, int num_tasks)
      : spool(std::move(folder)),
        files(checkpointing.store, checkpointing.generation, spool.path()),
        pool({.name = "checkpoint", .num_threads = kIoThreads, .queue_length_max = 4 * num_tasks}),
        setup{.files = files,
              .pool = pool,
              .listener = checkpointing.listener,
              .restored = checkpointing.restored.has_value() ? checkpointing.restored->epoch
                                                             : data::Epoch{}} {}

  const base::ScratchFolder spool;
  CheckpointFiles files;
  base::IoPool pool;
  const CheckpointSetup setup;
};

JobExecution::JobExecution(Key key,
                           std::shared_ptr<const plan::JobGraph> graph,
                           const base::Clock& clock,
                           MemoryBudget& memory,
                           std::optional<JobCheckpointing> checkpointing)
    : graph_(std::move(graph)),
      clock_(clock),
      memory_(memory),
      checkpointing_(std::move(checkpointing)),
      started_(clock.Now()),
      metrics_(*graph_) {}

absl::StatusOr<std::unique_ptr<JobExecution>> JobExecution::Start(
    std::shared_ptr<const plan::JobGraph> graph,
    const base::Clock& clock,
    MemoryBudget& memory,
    std::vector<std::shared_ptr<base::ReadyQueue<Task>>> queues,
    std::optional<JobCheckpointing> checkpointing) {
  LAMINAR_RETURN_IF_ERROR(graph->Validate());
  auto job = std::make_unique<JobExecution>(Key(), std::move(graph), clock, memory,
                                            std::move(checkpointing));
  if (job->checkpointing_.has_value()) {
    absl::StatusOr<base::ScratchFolder> spool =
        base::ScratchFolder::Make(kSpoolPrefix, job->checkpointing_->spool_folder);
    if (!spool.ok()) {
      return CheckpointFiles::OfSpool(spool.status());
    }
    job->checkpoint_io_ = std::make_unique<CheckpointIo>(*job->checkpointing_, *std::move(spool),
                                                         NumTasksMost(*job->graph_));
  }
  LAMINAR_ASSIGN_OR_RETURN(
      job->tasks_,
      AssembleJob(
          *job->graph_,
          {.clock = clock,
           .memory = memory,
           .listener = *job,
           .metrics = job->metrics_,
           .queues = std::move(queues),
           .checkpointing = job->checkpointing_.has_value() ? &*job->checkpointing_ : nullptr,
           .setup = job->checkpoint_io_ != nullptr ? &job->checkpoint_io_->setup : nullptr}));
  {
    base::MutexLock lock(job->mutex_);
    job->num_running_ = job->tasks_.size();
    job->task_ended_.assign(job->tasks_.size(), false);
  }
  for (const AssembledTask& task : job->tasks_) {
    task.task->waker()->Wake();
  }
  return job;
}

JobExecution::~JobExecution() {
  StopNow();
  Wait(std::nullopt);
}

bool JobExecution::Wait(std::optional<int64_t> nanos) {
  const base::MonotonicTime start = clock_.Now();
  base::MutexLock lock(mutex_);
  while (num_running_ > 0) {
    if (!nanos.has_value()) {
      ended_.Wait(mutex_);
      continue;
    }
    const int64_t left = *nanos - (clock_.Now().nanos - start.nanos);
    if (left <= 0 || !ended_.WaitFor(mutex_, left)) {
      return num_running_ == 0;
    }
  }
  return true;
}

void JobExecution::StopGracefully() {
  {
    base::MutexLock lock(mutex_);
    stop_asked_ = stop_asked_ || num_running_ > 0;
  }
  for (const AssembledTask& task : tasks_) {
    task.task->Stop();
  }
}

void JobExecution::StopNow() {
  {
    base::MutexLock lock(mutex_);
    stop_asked_ = stop_asked_ || num_running_ > 0;
  }
  CancelAll();
}

// The tasks first: one that is not cancelled would take a download that was stopped for an error.
void JobExecution::CancelAll() {
  for (const AssembledTask& task : tasks_) {
    task.task->Cancel();
  }
  if (checkpoint_io_ != nullptr) {
    checkpoint_io_->files.Stop();
  }
}

JobState JobExecution::state() const {
  base::MutexLock lock(mutex_);
  if (failure_.has_value()) {
    return JobState::kFailed;
  }
  if (num_running_ > 0) {
    return stop_asked_ ? JobState::kStopping : JobState::kRunning;
  }
  return stop_asked_ ? JobState::kStopped : JobState::kFinished;
}

absl::Status JobExecution::status() const {
  base::MutexLock lock(mutex_);
  return failure_.has_value() ? failure_->status : absl::OkStatus();
}

std::optional<JobFailure> JobExecution::failure() const {
  base::MutexLock lock(mutex_);
  return failure_;
}

void JobExecution::OnTaskDone(Task& task, const TaskOutcome& outcome) {
  // This task still counts as running, so the job cannot be destroyed before the last lines.
  if (!outcome.status.ok()) {
    JobFailure failure{.status = outcome.status, .operator_name = task.name(), .description = ""};
    if (outcome.failed_node.value >= 0) {
      const plan::Node& node = graph_->node(outcome.failed_node);
      failure.operator_name = node.name;
      failure.description = node.description;
      failure.sql_offset = node.sql_offset;
    }
    bool first = false;
    {
      base::MutexLock lock(mutex_);
      first = !failure_.has_value();
      if (first) {
        failure_ = std::move(failure);
      }
    }
    if (first) {
      CancelAll();
    }
  }
  base::MutexLock lock(mutex_);
  for (size_t i = 0; i < tasks_.size(); ++i) {
    task_ended_[i] = task_ended_[i] || tasks_[i].task.get() == &task;
  }
  LAMINAR_ASSERT(num_running_ > 0, tasks_.size());
  if (--num_running_ == 0) {
    ended_at_ = clock_.Now();
    ended_.NotifyAll();
  }
}

bool JobExecution::SendBarrier(data::Barrier barrier) {
  bool sent = true;
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].task->gate() == nullptr && !HasEnded(i)) {
      sent = tasks_[i].task->SendBarrier(barrier) && sent;
    }
  }
  return sent;
}

bool JobExecution::HasEnded(size_t task) const {
  base::MutexLock lock(mutex_);
  return task_ended_[task];
}

base::Outcome JobExecution::Commit(const rpc::SinkCommit& commit) const {
  for (const plan::Node& node : graph_->nodes) {
    const auto* sink = std::get_if<plan::SinkSpec>(&node.spec);
    if (sink == nullptr || node.fingerprint != commit.op.fingerprint) {
      continue;
    }
    const connectors::ConnectorFactory* factory =
        connectors::ConnectorRegistry::Global().Find(sink->table.connector);
    if (factory == nullptr) {
      return base::Outcome::NotApplied(
          base::NotFound("unknown connector: " + sink->table.connector));
    }
    return factory->Commit(sink->table, commit.commit);
  }
  return base::Outcome::NotApplied(base::NotFound(
      "the program has no sink for output that the checkpoint is to publish; run the program that "
      "wrote it once more"));
}

absl::Status JobExecution::upload_trouble() const {
  return checkpoint_io_ == nullptr ? absl::OkStatus() : checkpoint_io_->files.trouble();
}

std::vector<std::string> JobExecution::TaskNames() const {
  std::vector<std::string> names;
  names.reserve(tasks_.size());
  for (const AssembledTask& task : tasks_) {
    names.push_back(task.task->name());
  }
  return names;
}

JobProgress JobExecution::Progress() {
  JobProgress progress;
  {
    base::MutexLock lock(mutex_);
    const base::MonotonicTime now = num_running_ > 0 ? clock_.Now() : ended_at_;
    progress.elapsed_nanos = now.nanos - started_.nanos;
  }
  progress.memory_used_bytes = memory_.used_bytes();
  progress.memory_limit_bytes = memory_.limit_bytes();
  progress.state_spilled_bytes = memory_.spilled_bytes();
  AddOperators(progress);
  AddTasks(progress);

  base::MutexLock lock(progress_mutex_);
  progress.bottleneck = FindBottleneck(last_progress_, progress);
  if (progress.elapsed_nanos - last_progress_.elapsed_nanos >= kBottleneckWindowNanos) {
    last_progress_ = progress;
  }
  return progress;
}

void JobExecution::AddOperators(JobProgress& progress) const {
  bool has_sink = false;
  data::EventTime at_sinks = data::EventTime::Max();
  for (const plan::Node& node : graph_->nodes) {
    OperatorProgress op;
    op.node = node.id;
    op.name = node.name;
    op.parallelism = node.parallelism;
    op.watermark = data::EventTime::Max();
    for (const auto& subtask : metrics_.nodes[static_cast<size_t>(node.id.value)].subtasks) {
      op.rows_in += subtask->op.rows_in.Get();
      op.rows_out += subtask->op.rows_out.Get();
      op.chunks_in += subtask->op.chunks_in.Get();
      op.chunks_out += subtask->op.chunks_out.Get();
      op.busy_nanos += subtask->op.busy_nanos.Get();
      op.late_rows += subtask->op.late_rows.Get();
      op.invalid_time_rows += subtask->op.invalid_time_rows.Get();
      op.state_bytes += subtask->op.state_bytes.Get();
      op.state_keys += subtask->op.state_keys.Get();
      op.watermark = std::min(op.watermark, data::EventTime{subtask->op.watermark_micros.Get()});
      if (const SourceMetrics* source = subtask->source.get(); source != nullptr) {
        progress.rows_in += source->rows.Get();
        progress.bytes_in += source->bytes.Get();
        progress.bad_records += source->bad_records.Get();
        progress.dropped_records += source->dropped_records.Get();
        progress.dead_letter_records += source->dead_letter_records.Get();
        progress.generator_cpu_nanos += source->generator_cpu_nanos.Get();
      }
      if (const SinkMetrics* sink = subtask->sink.get(); sink != nullptr) {
        has_sink = true;
        progress.rows_out += sink->rows.Get();
        progress.bytes_out += sink->bytes.Get();
        progress.latency_nanos.Add(sink->latency_nanos.Snapshot());
        at_sinks = std::min(at_sinks, data::EventTime{subtask->op.watermark_micros.Get()});
      }
    }
    progress.late_rows += op.late_rows;
    progress.invalid_time_rows += op.invalid_time_rows;
    progress.state_bytes += op.state_bytes;
    progress.state_keys += op.state_keys;
    progress.operators.push_back(std::move(op));
  }
  progress.watermark = has_sink ? at_sinks : data::EventTime::Min();
}

void JobExecution::AddTasks(JobProgress& progress) const {
  const base::MonotonicTime now = clock_.Now();
  for (size_t i = 0; i < tasks_.size(); ++i) {
    const TaskMetrics& metrics = *metrics_.tasks[i];
    TaskProgress task;
    task.name = tasks_[i].task->name();
    task.nodes = tasks_[i].nodes;
    task.producers = tasks_[i].producers;
    task.busy_nanos = metrics.busy_nanos.Get();
    for (size_t reason = 0; reason < task.blocked_nanos.size(); ++reason) {
      task.blocked_nanos[reason] = metrics.blocked_nanos[reason].Get();
    }
    const int64_t reason = metrics.blocked_on.Get();
    const int64_t since = metrics.blocked_since_nanos.Get();
    if (reason >= 0 && reason < kNumBlockingReasons && since > 0) {
      task.blocked_on = static_cast<BlockingReason>(reason);
      task.blocked_nanos[static_cast<size_t>(reason)] += std::max<int64_t>(0, now.nanos - since);
    }
    if (const InputGate* gate = tasks_[i].task->gate(); gate != nullptr) {
      for (const InputGate::Entry& entry : gate->channels()) {
        const double fill = static_cast<double>(entry.channel->num_chunks()) /
                            static_cast<double>(entry.channel->chunks_max());
        task.input_fill = std::max(task.input_fill, fill);
      }
    }
    progress.tasks.push_back(std::move(task));
  }
}

}  // namespace laminar::engine
