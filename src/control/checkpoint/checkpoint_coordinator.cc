#include "control/checkpoint/checkpoint_coordinator.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "base/kill_point.h"
#include "base/log.h"
#include "control/checkpoint/coordinator_log_result.h"

namespace laminar::control {
namespace {

// Events that may wait before whoever brings more is held up: parts of some epochs of the greatest
// jobs.
constexpr size_t kEventsMax = 16384;

// For a seeded bug: publishes what is not recorded yet.
void CommitTooEarly(const EpochContents& contents, CheckpointTarget& target) {
  for (const rpc::TaskSnapshot& snapshot : contents.snapshots) {
    for (size_t i = 0; snapshot.sink.has_value() && i < snapshot.sink->commits.size(); ++i) {
      (void)target.Commit({snapshot.sink->op, snapshot.sink->subtask, snapshot.sink->commits[i]});
    }
  }
}

CoordinatorStart Checked(CoordinatorStart start) {
  if (LAMINAR_SEEDED_BUG("skip_repeated_commits")) {
    start.uncommitted.clear();
  }
  return start;
}

base::IoPool::Options OneThread(const char* name) {
  // The core has at most one piece of each kind under way; a few kinds share a thread.
  return {.name = name, .num_threads = 1, .queue_length_max = 64};
}

}  // namespace

CheckpointCoordinator::CheckpointCoordinator(CheckpointCoordinatorOptions options,
                                             CoordinatorStart start,
                                             const base::Clock& clock,
                                             storage::ObjectStore& store,
                                             CheckpointLog& log,
                                             CheckpointTarget& target,
                                             OnEnded on_ended)
    : clock_(clock),
      target_(target),
      on_ended_(std::move(on_ended)),
      core_(options.core, Checked(start), clock.Now()),
      writer_(std::move(options.header), std::move(options.nonce), clock, store, log),
      garbage_(options.retention, start.generation, options.restored, store, log),
      garbage_pool_(OneThread("checkpoint_gc")),
      commit_pool_(OneThread("checkpoint_out")),
      log_pool_(OneThread("checkpoint_log")) {
  progress_ = core_.Progress();
}

CheckpointCoordinator::~CheckpointCoordinator() {
  base::MutexLock lock(mutex_);
  closed_ = true;
  changed_.NotifyAll();
  // Members are destroyed in reverse: the thread is joined first, then the pools.
}

void CheckpointCoordinator::Start() {
  LAMINAR_ASSERT(!thread_.joinable(), 0);
  thread_ = base::Thread("checkpoints", [this] { Run(); });
}

void CheckpointCoordinator::OnTaskSnapshot(rpc::TaskSnapshot snapshot) {
  {
    base::MutexLock lock(mutex_);
    while (events_.size() >= kEventsMax && !closed_) {
      changed_.Wait(mutex_);
    }
  }
  Post(event::TaskReported{.snapshot = std::move(snapshot)});
}

void CheckpointCoordinator::OnTaskDeclined(std::string task, data::Epoch epoch, absl::Status why) {
  Post(event::TaskDeclined{.task = std::move(task), .epoch = epoch, .why = std::move(why)});
}

void CheckpointCoordinator::RequestStop(std::string savepoint) {
  LAMINAR_KILLPOINT("stop_requested");
  Post(event::StopRequested{.savepoint = std::move(savepoint)});
}

void CheckpointCoordinator::TriggerCheckpoint(std::string savepoint, OnAnswer on_answer) {
  int64_t request = 0;
  {
    base::MutexLock lock(mutex_);
    if (!closed_) {
      request = ++last_request_;
      answers_.emplace(request, std::move(on_answer));
    }
  }
  if (request == 0) {
    on_answer(base::MakeError(absl::StatusCode::kFailedPrecondition, "the job has ended"));
    return;
  }
  Post(event::TriggerRequested{.request = request, .savepoint = std::move(savepoint)});
}

CoordinatorProgress CheckpointCoordinator::Progress() const {
  base::MutexLock lock(mutex_);
  return progress_;
}

void CheckpointCoordinator::Post(CoordinatorEvent event) {
  base::MutexLock lock(mutex_);
  if (!closed_) {
    events_.push_back(std::move(event));
    changed_.NotifyAll();
  }
}

std::optional<CoordinatorEvent> CheckpointCoordinator::NextEvent() {
  const std::optional<base::MonotonicTime> wake_at = core_.wake_at();
  base::MutexLock lock(mutex_);
  while (!closed_ && events_.empty()) {
    if (!wake_at.has_value()) {
      changed_.Wait(mutex_);
      continue;
    }
    const int64_t nanos = wake_at->nanos - clock_.Now().nanos;
    if (nanos <= 0) {
      return event::Tick();
    }
    changed_.WaitFor(mutex_, nanos);
  }
  if (closed_) {
    return std::nullopt;
  }
  CoordinatorEvent event = std::move(events_.front());
  events_.pop_front();
  if (events_.size() == kEventsMax - 1) {
    changed_.NotifyAll();
  }
  return event;
}

void CheckpointCoordinator::Run() {
  std::optional<CoordinatorEvent> event = event::Tick();
  while (event.has_value()) {
    std::vector<CoordinatorEffect> effects = core_.Step(clock_.Now(), *std::move(event));
    {
      const CoordinatorProgress progress = core_.Progress();
      base::MutexLock lock(mutex_);
      progress_ = progress;
    }
    for (CoordinatorEffect& effect : effects) {
      Perform(std::move(effect));
    }
    event = NextEvent();
  }
}

void CheckpointCoordinator::Perform(CoordinatorEffect effect) {
  std::visit([this](auto& what) { PerformOne(what); }, effect);
}

void CheckpointCoordinator::Submit(base::IoPool& pool, std::function<void()> work) {
  const bool submitted = pool.TrySubmit([this, work = std::move(work)] {
    if (!Closed()) {
      work();
    }
  });
  LAMINAR_ASSERT(submitted, 0);
}

void CheckpointCoordinator::PerformOne(effect::SendBarrier& effect) {
  LAMINAR_KILLPOINT("barrier_before");
  target_.SendBarrier(effect.barrier);
  LAMINAR_KILLPOINT("barrier_after");
}

void CheckpointCoordinator::PerformOne(effect::WriteManifest& effect) {
  Submit(log_pool_, [this, contents = effect.contents] {
    Post(event::ManifestWritten{.epoch = contents->epoch,
                                .outcome = writer_.WriteManifest(*contents)});
  });
}

void CheckpointCoordinator::PerformOne(effect::RecordEpoch& effect) {
  Submit(log_pool_, [this, contents = effect.contents, epoch = effect.contents->epoch] {
    if (LAMINAR_SEEDED_BUG("commit_before_record")) {
      CommitTooEarly(*contents, target_);
    }
    const base::Outcome outcome = writer_.Record();
    Post(event::EpochRecorded{
        .epoch = epoch, .result = ToLogResult(outcome), .status = outcome.status()});
  });
}

void CheckpointCoordinator::PerformOne(effect::ReadBackRecord& effect) {
  Submit(log_pool_, [this, epoch = effect.epoch] {
    const base::Outcome outcome = writer_.ReadBack();
    Post(event::RecordRead{
        .epoch = epoch, .result = ToLogResult(outcome), .status = outcome.status()});
  });
}

void CheckpointCoordinator::PerformOne(effect::CommitSinks& effect) {
  Submit(commit_pool_, [this, epoch = effect.epoch, commits = std::move(effect.commits)] {
    base::Outcome outcome = base::Outcome::Applied();
    size_t num_applied = 0;
    for (const rpc::SinkCommit& commit : commits) {
      LAMINAR_KILLPOINT("commit_before");
      outcome = target_.Commit(commit);
      LAMINAR_KILLPOINT("commit_after");
      if (!outcome.applied()) {
        break;
      }
      ++num_applied;
    }
    Post(event::CommitsDone{.epoch = epoch, .num_applied = num_applied, .outcome = outcome});
  });
}

void CheckpointCoordinator::PerformOne(effect::MarkCommitted& effect) {
  Submit(log_pool_, [this, epoch = effect.epoch] {
    const base::Outcome outcome = writer_.MarkCommitted(epoch);
    Post(event::MarkedCommitted{
        .epoch = epoch, .result = ToLogResult(outcome), .status = outcome.status()});
  });
}

void CheckpointCoordinator::PerformOne(effect::CheckFence&) {
  Submit(log_pool_, [this] {
    const base::Outcome outcome = writer_.CheckFence();
    Post(event::FenceChecked{.result = ToLogResult(outcome), .status = outcome.status()});
  });
}

void CheckpointCoordinator::PerformOne(effect::CollectGarbage&) {
  Submit(log_pool_, [this] {
    auto retained = garbage_.Retain();
    if (!retained.ok()) {
      Post(event::GarbageCollected{.status = retained.status(),
                                   .fenced = CheckpointLog::IsFenced(retained.status())});
      return;
    }
    Submit(garbage_pool_, [this, retained = *std::move(retained)] {
      Post(event::GarbageCollected{.status = garbage_.Collect(retained)});
    });
  });
}

void CheckpointCoordinator::PerformOne(effect::EpochCompleted& effect) {
  base::LogDebug("a checkpoint is complete",
                 {{"epoch", std::to_string(effect.contents->epoch.value)},
                  {"milliseconds", std::to_string(effect.duration_nanos / 1'000'000)},
                  {"bytes_written", std::to_string(effect.contents->bytes_written)}});
}

void CheckpointCoordinator::PerformOne(effect::EpochAborted& effect) {
  base::LogWarning(base::FromAbsl(effect.why.message()));
}

void CheckpointCoordinator::PerformOne(effect::RequestAnswered& effect) {
  if (OnAnswer answer = TakeAnswer(effect.request)) {
    answer(std::move(effect.epoch));
  }
}

bool CheckpointCoordinator::Closed() const {
  base::MutexLock lock(mutex_);
  return closed_;
}

CheckpointCoordinator::OnAnswer CheckpointCoordinator::TakeAnswer(int64_t request) {
  base::MutexLock lock(mutex_);
  auto node = answers_.extract(request);
  return node.empty() ? nullptr : std::move(node.mapped());
}

void CheckpointCoordinator::PerformOne(effect::Ended& effect) {
  LAMINAR_KILLPOINT("job_ended");
  std::map<int64_t, OnAnswer> unanswered;
  {
    base::MutexLock lock(mutex_);
    closed_ = true;
    events_.clear();
    unanswered.swap(answers_);
    changed_.NotifyAll();
  }
  for (auto& [request, answer] : unanswered) {
    answer(base::MakeError(absl::StatusCode::kFailedPrecondition, "the job has ended"));
  }
  on_ended_(effect.reason, effect.status, effect.epoch);
}

}  // namespace laminar::control
