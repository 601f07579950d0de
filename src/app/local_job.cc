#include "app/local_job.h"

#include <algorithm>
#include <csignal>

#include "base/clock.h"
#include "base/disk_space.h"
#include "base/environment.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/thread.h"
#include "connectors/api/consumer_left.h"

namespace laminar::app {
namespace {

constexpr int64_t kPollNanos = 20'000'000;
constexpr int64_t kProgressNanos = 100'000'000;
constexpr int64_t kStuckNanos = 100'000'000;

// A last checkpoint that takes longer is worth a word.
constexpr int64_t kLastCheckpointNanos = 5'000'000'000;

int NumThreads(const plan::JobGraph& graph, int requested) {
  if (requested > 0) {
    return requested;
  }
  int parallelism = 1;
  for (const plan::Node& node : graph.nodes) {
    parallelism = std::max(parallelism, node.parallelism);
  }
  return std::min(parallelism, base::NumCores());
}

// Watches one job and decides when it is told to end.
class Watch {
 public:
  /// `state` is null for a job without.
  Watch(engine::JobExecution& job, JobState* state, const LocalJobOptions& options)
      : job_(job),
        state_(state),
        options_(options),
        started_(base::SystemClock().Now().nanos),
        last_rows_at_(started_) {}

  EndReason UntilEnded() {
    while (!job_.Wait(kPollNanos) || WaitsForState()) {
      ObeyState();
      ObeySignals();
      const int64_t now = base::SystemClock().Now().nanos;
      if (stopped_at_.has_value() && now - *stopped_at_ >= kStuckNanos && options_.on_stuck) {
        options_.on_stuck(reason_);
      }
      if (options_.run_for && now - started_ >= options_.run_for->micros * 1000) {
        Stop(EndReason::kTimeElapsed);
      }
      if (now - last_progress_ >= kProgressNanos) {
        last_progress_ = now;
        Report(now);
      }
    }
    // It may have ended since it was looked at.
    ObeyState();
    if (!state_failure_.ok()) {
      return EndReason::kFailed;
    }
    if (job_.state() == engine::JobState::kFailed) {
      return connectors::IsConsumerLeft(job_.status()) ? EndReason::kConsumerLeft
                                                       : EndReason::kFailed;
    }
    return reason_;
  }

  /// Why the checkpoints have ended the job; ok when they have not.
  const absl::Status& state_failure() const { return state_failure_; }

 private:
  void Stop(EndReason reason) {
    if (reason_ == EndReason::kFinished) {
      reason_ = reason;
      EndWell();
    }
  }

  void EndWell() {
    if (state_ != nullptr) {
      last_requested_at_ = base::SystemClock().Now().nanos;
      state_->RequestStop();
    } else {
      job_.StopGracefully();
    }
  }

  // All tasks have ended; what they have written is published with the last checkpoint.
  bool WaitsForState() {
    if (state_ == nullptr || stopped_at_.has_value() || !job_.status().ok() ||
        job_.state() == engine::JobState::kStopped || state_->ended().has_value()) {
      return false;
    }
    if (!last_requested_at_.has_value()) {
      last_requested_at_ = base::SystemClock().Now().nanos;
    }
    base::SleepNanos(kPollNanos);
    return true;
  }

  void ObeyState() {
    const std::optional<StateEnd> end = state_ == nullptr ? std::nullopt : state_->ended();
    if (!end.has_value() || state_ended_) {
      return;
    }
    state_ended_ = true;
    state_failure_ = end->status;
    if (end->reason != control::EndReason::kFinished) {
      job_.StopNow();
    }
  }

  void StopNow() {
    job_.StopNow();
    stopped_at_ = base::SystemClock().Now().nanos;
  }

  void ObeySignals() {
    const int signals = base::StopSignalCount();
    if (signals == signals_seen_) {
      return;
    }
    signals_seen_ = signals;
    if (reason_ == EndReason::kInterrupted || reason_ == EndReason::kTerminated) {
      StopNow();
      return;
    }
    // Also while ending for another reason, or when told how not to wait: the user does not want
    // to.
    const bool ending = reason_ != EndReason::kFinished || told_of_last_;
    reason_ = base::LastStopSignal() == SIGTERM ? EndReason::kTerminated : EndReason::kInterrupted;
    if (ending) {
      StopNow();
    } else {
      EndWell();
    }
  }

  void Report(int64_t now) {
    const engine::JobProgress progress = job_.Progress();
    if (progress.rows_in != last_rows_in_) {
      last_rows_in_ = progress.rows_in;
      last_rows_at_ = now;
    }
    if (options_.until_idle && now - last_rows_at_ >= options_.until_idle->micros * 1000) {
      Stop(EndReason::kIdle);
    }
    if (state_ == nullptr) {
      if (options_.on_progress) {
        options_.on_progress(progress, nullptr);
      }
      return;
    }
    const control::CoordinatorProgress checkpoints = CheckpointProgress();
    if (options_.on_progress) {
      options_.on_progress(progress, &checkpoints);
    }
    TellOfLastCheckpoint(now, checkpoints);
  }

  // A checkpoint that takes too long does so because files do not reach the store: where that is
  // known, it says more.
  control::CoordinatorProgress CheckpointProgress() const {
    control::CoordinatorProgress checkpoints = state_->Progress();
    const absl::Status upload = job_.upload_trouble();
    if (!upload.ok() &&
        (checkpoints.last_error.ok() || absl::IsDeadlineExceeded(checkpoints.last_error))) {
      checkpoints.last_error = upload;
    }
    return checkpoints;
  }

  void TellOfLastCheckpoint(int64_t now, const control::CoordinatorProgress& checkpoints) {
    if (!last_requested_at_.has_value() || told_of_last_ || !options_.on_last_waits) {
      return;
    }
    if (!checkpoints.last_error.ok() || now - *last_requested_at_ >= kLastCheckpointNanos) {
      told_of_last_ = true;
      options_.on_last_waits(checkpoints, checkpoints.last_error);
    }
  }

  engine::JobExecution& job_;
  JobState* const state_;
  const LocalJobOptions& options_;
  bool state_ended_ = false;
  absl::Status state_failure_;
  const int64_t started_;
  EndReason reason_ = EndReason::kFinished;
  int signals_seen_ = base::StopSignalCount();
  std::optional<int64_t> stopped_at_;         // at once, by a second signal
  std::optional<int64_t> last_requested_at_;  // the last checkpoint
  bool told_of_last_ = false;
  int64_t last_progress_ = 0;
  int64_t last_rows_in_ = 0;
  int64_t last_rows_at_;
};

LocalJobOutcome Failed(LocalJobOutcome outcome, const absl::Status& status) {
  outcome.reason = EndReason::kFailed;
  outcome.failure = engine::JobFailure{status, "", "", -1};
  return outcome;
}

// A disk for short-lived files; where there is none, the one that keeps the job's state.
std::string ChooseSpillFolder(const LocalJobOptions& options) {
  std::vector<std::string> folders = base::TemporaryFolders();
  if (options.state.has_value()) {
    folders.push_back(options.state->location);  // of no use where it is a URL
  }
  return base::ChooseDiskFolder(folders);
}

}  // namespace

LocalJobOutcome RunLocally(std::shared_ptr<const plan::JobGraph> graph,
                           const LocalJobOptions& options) {
  LocalJobOutcome outcome;
  engine::WorkerOptions worker_options;
  worker_options.num_threads = NumThreads(*graph, options.num_threads);
  worker_options.memory_limit_bytes = options.memory_limit_bytes;
  worker_options.spill = options.spill;
  if (worker_options.spill.folder.empty() || !worker_options.spill.enabled) {
    worker_options.spill.folder = ChooseSpillFolder(options);
  }
  engine::Worker worker(worker_options);
  const int64_t cpu_before = base::ProcessCpuNanos();
  const int64_t started = base::SystemClock().Now().nanos;
  std::unique_ptr<JobState> state;
  std::optional<engine::JobCheckpointing> checkpointing;
  if (options.state.has_value()) {
    absl::StatusOr<std::unique_ptr<JobState>> opened = JobState::Open(*options.state, graph);
    if (!opened.ok()) {
      outcome.state_refused = true;
      return Failed(std::move(outcome), opened.status());
    }
    state = *std::move(opened);
    if (state->finished_before()) {
      outcome.finished_before = true;
      return outcome;
    }
    if (state->restored() != nullptr && options.on_restored) {
      options.on_restored(*state->restored());
    }
    checkpointing.emplace(state->checkpointing());
    checkpointing->spool_folder = worker_options.spill.folder;
  }
  const base::StopSignalScope stop_signals;
  absl::StatusOr<std::unique_ptr<engine::JobExecution>> job =
      worker.Start(std::move(graph), std::move(checkpointing));
  if (!job.ok()) {
    return Failed(std::move(outcome), job.status());
  }
  if (state != nullptr) {
    state->Attach(**job);
  }
  Watch watch(**job, state.get(), options);
  outcome.reason = watch.UntilEnded();
  outcome.elapsed_nanos = base::SystemClock().Now().nanos - started;
  outcome.cpu_nanos = base::ProcessCpuNanos() - cpu_before;
  outcome.failure = (*job)->failure();
  if (!outcome.failure.has_value() && !watch.state_failure().ok()) {
    outcome.failure = engine::JobFailure{watch.state_failure(), "", "", -1};
  }
  outcome.progress = (*job)->Progress();
  if (state != nullptr) {
    outcome.checkpoints = state->Progress();
    (*job)->StopNow();
    (*job)->Wait(std::nullopt);
    const std::optional<StateEnd> end = state->ended();
    state->Detach();
    if (outcome.failure.has_value()) {
      if (auto explained = state->ExplainDamage(outcome.failure->status)) {
        outcome.failure->status = *std::move(explained);
        outcome.state_refused = true;
      }
    }
    if (end.has_value() && end->status.ok()) {
      if (const absl::Status status = state->Finish(); !status.ok()) {
        base::LogWarning("leftovers of sinks stay until the next run",
                         {{"error", std::string(base::FromAbsl(status.message()))}});
      }
    }
  }
  return outcome;
}

}  // namespace laminar::app
