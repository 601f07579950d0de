// Runs one job in this process until it ends, is told to end, or fails; for `laminar run`, the
// benchmarks and the tests.
#ifndef LAMINAR_APP_LOCAL_JOB_H_
#define LAMINAR_APP_LOCAL_JOB_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "app/job_state.h"
#include "base/status.h"
#include "data/options.h"
#include "engine/worker/worker.h"
#include "plan/job_graph.h"

namespace laminar::app {

enum class EndReason {
  kFinished,      // every source ended
  kConsumerLeft,  // the reader of stdout has gone, or --limit is reached
  kTimeElapsed,   // --for
  kIdle,          // --until-idle
  kInterrupted,   // SIGINT
  kTerminated,    // SIGTERM
  kFailed,
};

struct LocalJobOptions {
  /// Set: the job takes checkpoints, and goes on where an earlier run of it was.
  std::optional<JobStateOptions> state;
  int num_threads = 0;             // 0: as many as the parallelism needs, at most all cores
  int64_t memory_limit_bytes = 0;  // 0: the worker's default
  /// Where state goes that exceeds the memory limit; its folder empty: chosen.
  engine::WorkerSpillOptions spill = {.enabled = true, .folder = "", .bytes_max = 0};
  std::optional<data::Duration> run_for;
  std::optional<data::Duration> until_idle;
  /// Called about ten times a second while the job runs; of a job with state, with what is known
  /// of its checkpoints.
  std::function<void(const engine::JobProgress&, const control::CoordinatorProgress*)> on_progress;
  /// Called before the first row, when the job goes on from a checkpoint.
  std::function<void(const control::RestorePoint&)> on_restored;
  /// Called once when a job with state was told to end and its last checkpoint cannot be written at
  /// the moment: with the reason, or with Ok when it only takes long.
  std::function<void(const control::CoordinatorProgress&, const absl::Status&)> on_last_waits;
  /// Called when a job that a second signal has stopped is still there a little later, because
  /// something outside of it blocks, such as a full pipe; need not return. With its reason.
  std::function<void(EndReason)> on_stuck;
};

struct LocalJobOutcome {
  EndReason reason = EndReason::kFinished;
  std::optional<engine::JobFailure> failure;  // of kFailed
  engine::JobProgress progress;
  int64_t elapsed_nanos = 0;
  int64_t cpu_nanos = 0;  // user and system, whole process
  // Of a job with state.
  std::optional<control::CoordinatorProgress> checkpoints;
  bool state_refused = false;    // the failure is that of the state directory: nothing has run
  bool finished_before = false;  // an earlier run has come to the end: nothing was to be done
};

/// BLOCKS: until the job has ended. A first stop signal ends sources and finishes what is in
/// flight, or takes a last checkpoint of a job with state; a second one stops at once. While the
/// state directory is opened, signals end the process.
LocalJobOutcome RunLocally(std::shared_ptr<const plan::JobGraph> graph,
                           const LocalJobOptions& options);

}  // namespace laminar::app

#endif  // LAMINAR_APP_LOCAL_JOB_H_
