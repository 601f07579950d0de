#include "app/local_job.h"

#include <algorithm>
#include <csignal>

#include "base/clock.h"
#include "base/environment.h"
#include "base/signals.h"
#include "connectors/api/consumer_left.h"

namespace laminar::app {
namespace {

constexpr int64_t kPollNanos = 20'000'000;
constexpr int64_t kProgressNanos = 100'000'000;
constexpr int64_t kStuckNanos = 100'000'000;

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
  Watch(engine::JobExecution& job, const LocalJobOptions& options)
      : job_(job),
        options_(options),
        started_(base::SystemClock().Now().nanos),
        last_rows_at_(started_) {}

  EndReason UntilEnded() {
    while (!job_.Wait(kPollNanos)) {
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
    if (job_.state() == engine::JobState::kFailed) {
      return connectors::IsConsumerLeft(job_.status()) ? EndReason::kConsumerLeft
                                                       : EndReason::kFailed;
    }
    return reason_;
  }

 private:
  void Stop(EndReason reason) {
    if (reason_ == EndReason::kFinished) {
      reason_ = reason;
      job_.StopGracefully();
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
    // Also while ending for another reason: the user does not want to wait.
    const bool ending = reason_ != EndReason::kFinished;
    reason_ = base::LastStopSignal() == SIGTERM ? EndReason::kTerminated : EndReason::kInterrupted;
    if (ending) {
      StopNow();
    } else {
      job_.StopGracefully();
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
    if (options_.on_progress) {
      options_.on_progress(progress);
    }
  }

  engine::JobExecution& job_;
  const LocalJobOptions& options_;
  const int64_t started_;
  EndReason reason_ = EndReason::kFinished;
  int signals_seen_ = base::StopSignalCount();
  std::optional<int64_t> stopped_at_;  // at once, by a second signal
  int64_t last_progress_ = 0;
  int64_t last_rows_in_ = 0;
  int64_t last_rows_at_;
};

}  // namespace

LocalJobOutcome RunLocally(std::shared_ptr<const plan::JobGraph> graph,
                           const LocalJobOptions& options) {
  const base::StopSignalScope stop_signals;
  LocalJobOutcome outcome;
  engine::WorkerOptions worker_options;
  worker_options.num_threads = NumThreads(*graph, options.num_threads);
  worker_options.memory_limit_bytes = options.memory_limit_bytes;
  engine::Worker worker(worker_options);
  const int64_t cpu_before = base::ProcessCpuNanos();
  const int64_t started = base::SystemClock().Now().nanos;
  absl::StatusOr<std::unique_ptr<engine::JobExecution>> job = worker.Start(std::move(graph));
  if (!job.ok()) {
    outcome.reason = EndReason::kFailed;
    outcome.failure = engine::JobFailure{job.status(), "", "", -1};
    return outcome;
  }
  outcome.reason = Watch(**job, options).UntilEnded();
  outcome.elapsed_nanos = base::SystemClock().Now().nanos - started;
  outcome.cpu_nanos = base::ProcessCpuNanos() - cpu_before;
  outcome.failure = (*job)->failure();
  outcome.progress = (*job)->Progress();
  return outcome;
}

}  // namespace laminar::app
