#include "control/job/job_core.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace laminar::control {
namespace {

bool IsWorthAnotherAttempt(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnimplemented:
      return false;
    default:
      return true;
  }
}

bool HasAttempt(JobState state) {
  switch (state) {
    case JobState::kScheduling:
    case JobState::kRestoring:
    case JobState::kRunning:
    case JobState::kCheckpointStopping:
    case JobState::kRescaling:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::vector<JobEffect> JobCore::Step(base::MonotonicTime now, const JobEvent& event) {
  LAMINAR_ASSERT(now >= now_, now.nanos - now_.nanos);
  now_ = now;
  effects_.clear();
  std::visit([this](const auto& what) { Take(what); }, event);
  Advance();
  return std::exchange(effects_, {});
}

bool JobCore::HoldsLease() const {
  return !options_.uses_lease || (lease_until_.has_value() && now_ < *lease_until_);
}

void JobCore::Take(const job_event::Command& event) {
  last_reaction_ = ReactionTo(state_, event.command);
  if (last_reaction_ == JobReaction::kAlready || last_reaction_ == JobReaction::kRefuse) {
    return;
  }
  switch (event.command) {
    case JobCommand::kStart:
      DoStart();
      return;
    case JobCommand::kStop:
      DoStop();
      return;
    case JobCommand::kStopNow:
      DoStopNow();
      return;
    case JobCommand::kRescale:
      DoRescale(event.parallelism);
      return;
    case JobCommand::kCheckpoint:
      checkpoint_wanted_ = true;
      return;
  }
}

void JobCore::DoStart() {
  stop_wanted_ = false;
  checkpoint_wanted_ = false;
  num_failures_ = 0;
  retry_at_ = now_;
  Enter(JobState::kScheduling);
}

void JobCore::DoStop() {
  switch (state_) {
    case JobState::kCreated:
      Enter(JobState::kStopped);
      return;
    case JobState::kRunning:
      stop_wanted_ = true;
      Enter(JobState::kCheckpointStopping);
      effects_.push_back(job_effect::TakeLastCheckpoint());
      return;
    case JobState::kRescaling:
      if (cancelling_) {
        DoStopNow();  // the last checkpoint is taken
      } else {
        stop_wanted_ = true;
        Enter(JobState::kCheckpointStopping);
      }
      return;
    default:  // nothing has happened since the newest checkpoint that it could hold
      DoStopNow();
      return;
  }
}

void JobCore::DoStopNow() {
  if (state_ == JobState::kCreated) {
    Enter(JobState::kStopped);
    return;
  }
  stop_wanted_ = true;
  Enter(JobState::kStopping);
  CancelAttempt();
}

void JobCore::DoRescale(int parallelism) {
  LAMINAR_ASSERT(parallelism >= 1, parallelism);
  parallelism_ = parallelism;
}

void JobCore::Take(const job_event::LeaseGranted& event) {
  lease_until_ = lease_until_.has_value() ? std::max(*lease_until_, event.until) : event.until;
}

void JobCore::Take(const job_event::GenerationClaimed& event) {
  if (!claiming_ || event.generation <= generation_) {
    return;
  }
  claiming_ = false;
  generation_ = event.generation;
  if (state_ != JobState::kScheduling) {
    return;  // stopped meanwhile: the generation is used by nobody
  }
  placed_parallelism_ = parallelism_;
  tasks_there_ = true;
  effects_.push_back(
      job_effect::PlaceTasks{.generation = generation_, .parallelism = placed_parallelism_});
}

void JobCore::Take(const job_event::ClaimFailed& event) {
  if (!claiming_) {
    return;
  }
  claiming_ = false;
  if (state_ == JobState::kScheduling) {
    Recover(event.status);
  }
}

bool JobCore::Concerns(data::Generation generation) const {
  return generation == generation_ && tasks_there_ && !cancelling_;
}

void JobCore::Take(const job_event::TasksPlaced& event) {
  if (Concerns(event.generation) && state_ == JobState::kScheduling) {
    Enter(JobState::kRestoring);
    effects_.push_back(job_effect::RestoreTasks{.generation = generation_});
  }
}

void JobCore::Take(const job_event::TasksRestored& event) {
  if (Concerns(event.generation) && state_ == JobState::kRestoring) {
    Enter(JobState::kRunning);
    effects_.push_back(job_effect::RunTasks{.generation = generation_});
  }
}

void JobCore::Take(const job_event::AttemptFailed& event) {
  if (Concerns(event.generation) && HasAttempt(state_)) {
    Recover(event.status);
  }
}

void JobCore::Take(const job_event::CheckpointCompleted& event) {
  if (Concerns(event.generation)) {
    num_failures_ = 0;
  }
}

void JobCore::Take(const job_event::CoordinatorEnded& event) {
  if (!Concerns(event.generation) || !HasAttempt(state_)) {
    return;
  }
  switch (event.reason) {
    case EndReason::kFinished:
      Enter(JobState::kFinished);
      CancelAttempt();
      return;
    case EndReason::kStopped:
      if (state_ == JobState::kCheckpointStopping) {
        Enter(JobState::kStopping);
        CancelAttempt();
      } else if (state_ == JobState::kRescaling) {
        CancelAttempt();
      } else {
        Recover(base::Internal("checkpoints have stopped though nobody has asked for it"));
      }
      return;
    case EndReason::kFenced:
      if (options_.uses_lease) {
        lease_until_.reset();  // whoever has begun the later generation holds it
        Recover(event.status);
      } else {
        Fail(event.status);
      }
      return;
    case EndReason::kFailed:
      Recover(event.status);
      return;
  }
}

void JobCore::Take(const job_event::TasksGone& event) {
  if (event.generation == generation_) {
    tasks_there_ = false;
    cancelling_ = false;
  }
}

void JobCore::Advance() {
  if (HasAttempt(state_) && (tasks_there_ || claiming_) && !HoldsLease()) {
    Recover(base::MakeError(absl::StatusCode::kAborted, "the lease of the job has run out"));
  }
  if (state_ == JobState::kStopping && !tasks_there_ && !claiming_) {
    Enter(JobState::kStopped);
  }
  if (state_ == JobState::kRescaling && !tasks_there_) {
    Enter(JobState::kScheduling);
  }
  if (state_ == JobState::kRecovering && !tasks_there_ && now_ >= retry_at_ && HoldsLease()) {
    Enter(JobState::kScheduling);
  }
  if (state_ == JobState::kScheduling && !tasks_there_ && !claiming_ && HoldsLease()) {
    Claim();
  }
  if (state_ != JobState::kRunning) {
    return;
  }
  if (stop_wanted_) {  // before the attempt failed
    Enter(JobState::kCheckpointStopping);
    effects_.push_back(job_effect::TakeLastCheckpoint());
  } else if (placed_parallelism_ != parallelism_) {
    Enter(JobState::kRescaling);
    effects_.push_back(job_effect::TakeLastCheckpoint());
  } else if (checkpoint_wanted_) {
    checkpoint_wanted_ = false;
    effects_.push_back(job_effect::TakeCheckpoint());
  }
}

void JobCore::Claim() {
  claiming_ = true;
  effects_.push_back(job_effect::ClaimGeneration{.claim = ++num_claims_});
}

void JobCore::CancelAttempt() {
  if (tasks_there_ && !cancelling_) {
    cancelling_ = true;
    effects_.push_back(job_effect::CancelTasks{.generation = generation_});
  }
}

void JobCore::Recover(const absl::Status& why) {
  if (!IsWorthAnotherAttempt(why)) {
    Fail(why);
    return;
  }
  ++num_failures_;
  if (options_.failures_max > 0 && num_failures_ > options_.failures_max) {
    Fail(why);
    return;
  }
  const int doublings = std::min(num_failures_ - 1, 30);
  const int64_t pause =
      std::min(options_.recovery_pause_first_nanos << doublings, options_.recovery_pause_max_nanos);
  retry_at_ = {now_.nanos + pause};
  Enter(JobState::kRecovering, why);
  CancelAttempt();
}

void JobCore::Fail(const absl::Status& why) {
  Enter(JobState::kFailed, why);
  CancelAttempt();
}

void JobCore::Enter(JobState state, const absl::Status& why) {
  LAMINAR_ASSERT(IsLegalEdge(state_, state),
                 static_cast<int>(state_) * 100 + static_cast<int>(state));
  effects_.push_back(job_effect::StateChanged{.from = state_, .to = state, .why = why});
  state_ = state;
  status_ = why;
}

std::optional<base::MonotonicTime> JobCore::wake_at() const {
  if (IsTerminal(state_) || state_ == JobState::kCreated) {
    return std::nullopt;
  }
  std::optional<base::MonotonicTime> earliest;
  if (state_ == JobState::kRecovering && !tasks_there_ && HoldsLease()) {
    earliest = retry_at_;
  }
  if (HasAttempt(state_) && options_.uses_lease && lease_until_.has_value() && HoldsLease()) {
    earliest = earliest.has_value() ? std::min(*earliest, *lease_until_) : *lease_until_;
  }
  return earliest;
}

}  // namespace laminar::control
