#include "model_controller.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "control/checkpoint/manifest.h"

namespace laminar::simulation {

using control::JobCommand;
using control::JobState;
namespace job_event = control::job_event;
namespace job_effect = control::job_effect;

namespace {

constexpr int64_t kLeasePause = 1500 * kMillisecond;
constexpr int64_t kWorkerTimeout = 5 * kSecond;
constexpr int64_t kAnswerTimeout = 10 * kSecond;
constexpr int64_t kRetryPause = 300 * kMillisecond;

}  // namespace

ModelController::ModelController(Directory& directory, Node node)
    : directory_(directory), world_(directory.world), node_(node) {}

ModelWorker& ModelController::worker(Node node) const {
  return *directory_.workers[static_cast<size_t>(node - kFirstWorker)];
}

void ModelController::Boot() {
  control::JobOptions options;
  options.parallelism = directory_.lease.wishes.parallelism;
  options.uses_lease = true;
  options.recovery_pause_max_nanos = 4 * kSecond;
  job_ = std::make_unique<control::JobCore>(options, base::MonotonicTime{world_.now()});
  views_ = {};
  tick_at_ = 0;
  AskForLease();
  Watch();
}

void ModelController::Crash() {
  if (attempt_ != nullptr) {
    attempt_->Kill();
  }
  attempt_.reset();
  job_.reset();
  pending_.clear();
  generation_ = {};
  cancelled_ = true;
  restored_.reset();
}

// ---- the job's state

void ModelController::Step(control::JobEvent event) {
  if (job_ == nullptr) {
    return;
  }
  pending_.push_back(std::move(event));
  if (stepping_) {
    return;
  }
  stepping_ = true;
  while (!pending_.empty()) {
    const control::JobEvent next = std::move(pending_.front());
    pending_.pop_front();
    for (const control::JobEffect& effect : job_->Step({world_.now()}, next)) {
      std::visit([this](const auto& what) { Perform(what); }, effect);
    }
  }
  stepping_ = false;
  ScheduleTick();
}

void ModelController::ScheduleTick() {
  const auto wake_at = job_->wake_at();
  if (wake_at.has_value() && wake_at->nanos <= world_.now()) {
    world_.Violation("the job wants to be woken again and again");
  }
  if (!wake_at.has_value() || (tick_at_ > world_.now() && tick_at_ <= wake_at->nanos)) {
    return;
  }
  tick_at_ = std::max(wake_at->nanos, world_.now() + 1);
  world_.After(tick_at_ - world_.now(), node_, Label::kTimer, [this] { Step(job_event::Tick()); });
}

void ModelController::Fail(data::Generation generation, const absl::Status& why) {
  if (Current(generation)) {
    Step(job_event::AttemptFailed{.generation = generation, .status = why});
  }
}

void ModelController::AskForLease() {
  directory_.lease.Ask(node_, [this, asked_at = world_.now()](std::optional<LeaseAnswer> answer) {
    if (answer.has_value()) {
      if (answer->granted) {
        Step(job_event::LeaseGranted{.until = {asked_at + ModelLease::kNanos}});
      }
      Reconcile(answer->wishes);
    }
  });
  world_.After(kLeasePause, node_, Label::kTimer, [this] { AskForLease(); });
}

void ModelController::Reconcile(const Wishes& wishes) {
  const auto command = [this](JobCommand what, int parallelism = 0) {
    Step(job_event::Command{.command = what, .parallelism = parallelism});
  };
  const JobState state = job_->state();
  if (job_->parallelism() != wishes.parallelism) {
    command(JobCommand::kRescale, wishes.parallelism);
  }
  if (wishes.finished || !wishes.running) {
    if (!control::IsTerminal(state) && state != JobState::kCreated) {
      command(JobCommand::kStop);
    }
    return;
  }
  const bool start_again = state == JobState::kFailed && wishes.starts > handled_starts_;
  if (state == JobState::kCreated || state == JobState::kStopped || start_again) {
    handled_starts_ = wishes.starts;
    command(JobCommand::kStart);
  }
  if (wishes.checkpoints > handled_checkpoints_) {
    handled_checkpoints_ = wishes.checkpoints;
    command(JobCommand::kCheckpoint);
  }
}

void ModelController::Watch() {
  for (Node node = kFirstWorker; node < kFirstWorker + kNumWorkers; ++node) {
    const WorkerView& seen = view(node);
    if (seen.used && !cancelled_ && world_.now() - seen.heard_at > kWorkerTimeout) {
      Fail(generation_, base::Unavailable(fmt::format("worker {} is silent", node)));
    }
  }
  world_.After(kSecond, node_, Label::kTimer, [this] { Watch(); });
}

void ModelController::OnHeartbeat(const Heartbeat& beat) {
  if (job_ == nullptr) {
    return;
  }
  WorkerView& seen = view(beat.worker);
  if (beat.incarnation < seen.incarnation) {
    return;
  }
  seen.heard_at = world_.now();
  seen.incarnation = beat.incarnation;
  if (cancelled_ || !seen.used) {
    return;
  }
  if (beat.incarnation != seen.used_incarnation) {
    Fail(generation_, base::Unavailable(fmt::format("worker {} has restarted", beat.worker)));
  } else if (beat.generation == generation_ && !beat.failure.ok()) {
    Fail(generation_, beat.failure);
  }
}

bool ModelController::OnSnapshots(
    const std::vector<std::shared_ptr<rpc::TaskSnapshot>>& snapshots) {
  for (const auto& snapshot : snapshots) {
    if (attempt_ == nullptr || attempt_->generation() != snapshot->generation) {
      return false;
    }
    const std::shared_ptr<ModelAttempt> attempt = attempt_;
    attempt->Step(control::event::TaskReported{.snapshot = *snapshot});
  }
  return true;
}

void ModelController::Perform(const job_effect::StateChanged& effect) {
  world_.Note(static_cast<uint64_t>(effect.to));
  if (world_.traces()) {
    world_.Trace(fmt::format("controller {}: {} -> {} {}", node_, control::NameOf(effect.from),
                             control::NameOf(effect.to), std::string(effect.why.message())));
  }
  if (!control::IsLegalEdge(effect.from, effect.to)) {
    world_.Violation("an illegal edge between states of a job");
  }
  if (effect.to == JobState::kFailed) {
    directory_.on_job_failed(effect.why);
  }
  if (effect.to == JobState::kFinished) {
    directory_.lease.Finish(node_);
  }
}

void ModelController::Perform(const job_effect::ClaimGeneration& effect) {
  nonce_ = fmt::format("{}-{}-{}", node_, world_.incarnation(node_), effect.claim);
  directory_.log.Claim(node_, nonce_, [this](absl::StatusOr<data::Generation> generation) {
    if (!generation.ok()) {
      Step(job_event::ClaimFailed{.status = generation.status()});
    } else if (*generation <= job_->generation()) {
      // Only by the mistake of reusing one: the core would not take it.
      Step(job_event::ClaimFailed{.status = base::Unavailable("an old generation")});
    } else {
      Step(job_event::GenerationClaimed{.generation = *generation});
    }
  });
}

void ModelController::Perform(const job_effect::PlaceTasks& effect) {
  generation_ = effect.generation;
  cancelled_ = false;
  task_names_.clear();
  std::vector<Node> alive;
  for (Node node = kFirstWorker; node < kFirstWorker + kNumWorkers; ++node) {
    WorkerView& seen = view(node);
    seen.used = false;
    seen.barriers.clear();
    seen.sending_barriers = false;
    if (seen.heard_at >= 0 && world_.now() - seen.heard_at < kWorkerTimeout) {
      seen.used = true;
      seen.used_incarnation = seen.incarnation;
      alive.push_back(node);
    }
  }
  if (alive.empty()) {
    Fail(generation_, base::Unavailable("no worker is there"));
    return;
  }
  std::vector<TaskPlace> places;
  size_t next = world_.random().Uniform(alive.size());
  for (int stage = 0; stage < kNumStages; ++stage) {
    for (int index = 0; index < effect.parallelism; ++index) {
      places.push_back({.stage = static_cast<Stage>(stage),
                        .index = index,
                        .parallelism = effect.parallelism,
                        .generation = generation_,
                        .worker = alive[next++ % alive.size()]});
      task_names_.push_back(places.back().name());
    }
  }
  directory_.on_place(generation_, places);
  AskAll(
      generation_, Label::kDeploy,
      [generation = generation_, node = node_, places](ModelWorker& worker) {
        std::vector<TaskPlace> own;
        for (const TaskPlace& place : places) {
          if (place.worker == worker.node()) {
            own.push_back(place);
          }
        }
        return worker.Deploy(generation, node, own);
      },
      [this, generation = generation_] { Step(job_event::TasksPlaced{.generation = generation}); });
}

void ModelController::AskAll(data::Generation generation,
                             Label label,
                             std::function<bool(ModelWorker&)> asked,
                             std::function<void()> done) {
  auto missing = std::make_shared<int>(0);
  std::vector<Node> nodes;
  for (Node node = kFirstWorker; node < kFirstWorker + kNumWorkers; ++node) {
    if (view(node).used) {
      nodes.push_back(node);
    }
  }
  *missing = static_cast<int>(nodes.size());
  for (const Node node : nodes) {
    AskOne(generation, label, node, world_.now() + kAnswerTimeout, missing, asked, done);
  }
}

void ModelController::AskOne(data::Generation generation,
                             Label label,
                             Node node,
                             int64_t deadline,
                             std::shared_ptr<int> missing,
                             std::function<bool(ModelWorker&)> asked,
                             std::function<void()> done) {
  world_.Ask<bool>(
      node_, node, label, [this, node, asked] { return asked(worker(node)); },
      [this, generation, label, node, deadline, missing, asked, done](std::optional<bool> answer) {
        if (!Current(generation)) {
          return;
        }
        if (answer.has_value() && *answer) {
          if (--*missing == 0) {
            done();
          }
        } else if (answer.has_value()) {
          Fail(generation, base::Unavailable(fmt::format("worker {} refuses", node)));
        } else if (world_.now() >= deadline) {
          Fail(generation, base::Unavailable(fmt::format("worker {} does not answer", node)));
        } else {
          AskOne(generation, label, node, deadline, missing, asked, done);
        }
      },
      kSecond);
}

// ---- restoring

void ModelController::Perform(const job_effect::RestoreTasks& effect) {
  LoadHistory(effect.generation);
}

void ModelController::LoadHistory(data::Generation generation) {
  directory_.log.Read(node_,
                      [this, generation](absl::StatusOr<control::CheckpointHistory> history) {
                        if (!Current(generation)) {
                          return;
                        }
                        if (!history.ok()) {
                          world_.After(kRetryPause, node_, Label::kTimer, [this, generation] {
                            if (Current(generation)) {
                              LoadHistory(generation);
                            }
                          });
                          return;
                        }
                        auto restored = std::make_shared<Restored>();
                        restored->history = *std::move(history);
                        LoadManifest(generation, std::move(restored));
                      });
}

void ModelController::LoadManifest(data::Generation generation,
                                   std::shared_ptr<Restored> restored) {
  const size_t next = restored->manifests.size();
  if (next == restored->history.epochs.size()) {
    Loaded(generation, std::move(restored));
    return;
  }
  const control::EpochRecord& record = restored->history.epochs[next];
  directory_.store.Get(
      node_, record.manifest.key,
      [this, generation, restored, next](absl::StatusOr<ModelObject> object) {
        if (!Current(generation)) {
          return;
        }
        const control::EpochRecord& record = restored->history.epochs[next];
        const bool needed = next == 0 || !record.committed;
        if (object.ok()) {
          restored->manifests.push_back(object->manifest);
          LoadManifest(generation, restored);
        } else if (directory_.bug == Bug::kStartEmptyOnError && next == 0) {
          restored->history.epochs.clear();
          LoadManifest(generation, restored);
        } else if (directory_.bug == Bug::kFallBackToOlder && next == 0 &&
                   restored->history.epochs.size() > 1) {
          restored->history.epochs.erase(restored->history.epochs.begin());
          LoadManifest(generation, restored);
        } else if (absl::IsUnavailable(object.status())) {
          world_.After(kRetryPause, node_, Label::kTimer, [this, generation, restored] {
            if (Current(generation)) {
              LoadManifest(generation, restored);
            }
          });
        } else if (needed) {
          Fail(generation, object.status());
        } else {
          restored->manifests.push_back(nullptr);  // only keeps leftovers from being removed
          LoadManifest(generation, restored);
        }
      });
}

void ModelController::Loaded(data::Generation generation, std::shared_ptr<Restored> restored) {
  restored_ = restored;
  const bool empty = restored->history.epochs.empty();
  const data::Epoch epoch = empty ? data::Epoch{} : restored->history.epochs.front().epoch;
  if (world_.traces()) {
    world_.Trace(fmt::format("g{} restores epoch {}", generation.value, epoch.value));
  }
  directory_.on_restore(generation, epoch);
  CleanSink(generation, *restored);
  RestoreWorkers(generation, empty ? nullptr : restored->manifests.front());
}

void ModelController::CleanSink(data::Generation generation, const Restored& restored) {
  std::set<std::string> named;
  for (const auto& manifest : restored.manifests) {
    if (manifest == nullptr) {
      return;  // nobody can tell what it names
    }
    for (const rpc::SinkCommit& commit : control::PendingCommits(*manifest)) {
      named.insert(commit.commit);
    }
  }
  if (directory_.bug == Bug::kRemoveNamedLeftovers) {
    named.clear();
  }
  directory_.sink.RemoveLeftovers(node_, generation, std::move(named), [](const base::Outcome&) {});
}

void ModelController::RestoreWorkers(data::Generation generation,
                                     std::shared_ptr<const control::Manifest> manifest) {
  auto missing = std::make_shared<int>(0);
  for (Node node = kFirstWorker; node < kFirstWorker + kNumWorkers; ++node) {
    *missing += view(node).used ? 1 : 0;
  }
  for (Node node = kFirstWorker; node < kFirstWorker + kNumWorkers; ++node) {
    if (!view(node).used) {
      continue;
    }
    auto poll = std::make_shared<std::function<void()>>();
    // The function holds itself only by the calls that are outstanding.
    *poll = [this, generation, manifest, missing, node,
             weak = std::weak_ptr<std::function<void()>>(poll)] {
      const auto self = weak.lock();
      world_.Ask<ModelWorker::RestoreAnswer>(
          node_, node, Label::kRestore,
          [this, node, generation, manifest] { return worker(node).Restore(generation, manifest); },
          [this, node, generation, missing,
           self](std::optional<ModelWorker::RestoreAnswer> answer) {
            if (!Current(generation)) {
              return;
            }
            if (answer.has_value() && answer->state == ModelWorker::Restoring::kDone) {
              if (--*missing == 0) {
                Step(job_event::TasksRestored{.generation = generation});
              }
            } else if (answer.has_value() && answer->state == ModelWorker::Restoring::kFailed) {
              Fail(generation, answer->status);
            } else if (answer.has_value() &&
                       answer->state == ModelWorker::Restoring::kUnknownGeneration) {
              Fail(generation, base::Unavailable(fmt::format("worker {} refuses", node)));
            } else {
              world_.After(100 * kMillisecond, node_, Label::kTimer, [this, generation, self] {
                if (Current(generation)) {
                  (*self)();
                }
              });
            }
          },
          kSecond);
    };
    (*poll)();
  }
}

// ---- running

void ModelController::Perform(const job_effect::RunTasks& effect) {
  const data::Generation generation = effect.generation;
  control::CoordinatorStart start;
  start.generation = generation;
  start.newest_epoch = restored_->history.newest_epoch;
  start.tasks = task_names_;
  for (size_t i = restored_->history.epochs.size(); i-- > 0;) {
    const control::EpochRecord& record = restored_->history.epochs[i];
    if (!record.committed) {
      start.uncommitted.push_back(
          {.epoch = record.epoch,
           .commits = directory_.bug == Bug::kForgetRestoredCommits
                          ? std::vector<rpc::SinkCommit>()
                          : control::PendingCommits(*restored_->manifests[i])});
    }
  }
  const bool empty = restored_->history.epochs.empty();
  attempt_ = std::make_shared<ModelAttempt>(
      directory_, node_, nonce_,
      empty ? std::nullopt : std::optional(restored_->history.epochs.front().epoch),
      std::move(start),
      ModelAttempt::Events{
          .send_barrier =
              [this, generation](data::Barrier barrier) {
                for (Node node = kFirstWorker; node < kFirstWorker + kNumWorkers; ++node) {
                  if (view(node).used) {
                    view(node).barriers.push_back(barrier);
                    SendBarriers(generation, node);
                  }
                }
              },
          .completed =
              [this, generation] {
                Step(job_event::CheckpointCompleted{.generation = generation});
              },
          .ended =
              [this, generation](control::EndReason reason, const absl::Status& status) {
                Step(job_event::CoordinatorEnded{
                    .generation = generation, .reason = reason, .status = status});
              },
      });
  const std::shared_ptr<ModelAttempt> attempt = attempt_;
  attempt->Start();
  AskAll(
      generation, Label::kRun, [generation](ModelWorker& worker) { return worker.Run(generation); },
      [] {});
}

void ModelController::SendBarriers(data::Generation generation, Node node) {
  WorkerView& seen = view(node);
  if (seen.sending_barriers || seen.barriers.empty()) {
    return;
  }
  seen.sending_barriers = true;
  world_.Ask<bool>(
      node_, node, Label::kBarrier,
      [this, node, generation, barriers = seen.barriers] {
        return worker(node).TakeBarriers(generation, barriers);
      },
      [this, node, generation, last = seen.barriers.back().epoch](std::optional<bool> answer) {
        if (!Current(generation)) {
          return;
        }
        WorkerView& seen = view(node);
        seen.sending_barriers = false;
        if (answer.has_value() && !*answer) {
          Fail(generation, base::Unavailable(fmt::format("worker {} refuses", node)));
          return;
        }
        if (answer.has_value()) {
          std::erase_if(seen.barriers,
                        [last](const data::Barrier& barrier) { return barrier.epoch <= last; });
        }
        SendBarriers(generation, node);
      },
      kSecond);
}

void ModelController::Perform(const job_effect::TakeCheckpoint&) {
  if (attempt_ != nullptr) {
    const std::shared_ptr<ModelAttempt> attempt = attempt_;
    attempt->Step(control::event::TriggerRequested{
        .request = handled_checkpoints_,
        .savepoint = handled_checkpoints_ % 3 == 0
                         ? fmt::format("savepoint-{}", handled_checkpoints_)
                         : ""});
  }
}

void ModelController::Perform(const job_effect::TakeLastCheckpoint&) {
  if (attempt_ != nullptr) {
    const std::shared_ptr<ModelAttempt> attempt = attempt_;
    attempt->Step(control::event::StopRequested());
  }
}

void ModelController::Perform(const job_effect::CancelTasks& effect) {
  const data::Generation generation = effect.generation;
  cancelled_ = true;
  if (attempt_ != nullptr) {
    attempt_->Kill();
    attempt_.reset();
  }
  // Workers that do not answer are fenced by the next generation; they are waited for a while.
  auto missing = std::make_shared<int>(0);
  auto gone = [this, generation, missing] {
    if (*missing > 0) {
      *missing = 0;
      Step(job_event::TasksGone{.generation = generation});
    }
  };
  for (Node node = kFirstWorker; node < kFirstWorker + kNumWorkers; ++node) {
    ++*missing;
    world_.Ask<bool>(
        node_, node, Label::kCancel,
        [this, node, generation] { return worker(node).Cancel(generation); },
        [missing, gone](std::optional<bool> answer) {
          if (*missing > 1) {
            --*missing;
          } else {
            gone();
          }
        },
        2 * kSecond);
  }
}

}  // namespace laminar::simulation
