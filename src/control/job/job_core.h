// JobCore: runs a job through its attempts: claims a generation for each, has its tasks placed and
// restored, watches them, recovers with growing pauses, stops and rescales. Pure: what happens
// comes in as events with the time, what is to be done goes out as effects; answers carry the
// generation they are about, and those about an earlier one are ignored. Owned by whoever controls
// the job, one thread.
//
// Only the holder of the job's lease claims generations, if leases are used: that keeps two
// controllers from fencing one another in turn. What a lease does not promise (a controller may be
// paused for longer than it) the generation does.
#ifndef LAMINAR_CONTROL_JOB_JOB_CORE_H_
#define LAMINAR_CONTROL_JOB_JOB_CORE_H_

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "control/checkpoint/coordinator_messages.h"
#include "control/job/job_state.h"
#include "data/epoch.h"

namespace laminar::control {

struct JobOptions {
  int parallelism = 1;
  bool uses_lease = false;
  int64_t recovery_pause_first_nanos = 100'000'000;
  int64_t recovery_pause_max_nanos = 30'000'000'000;
  /// Attempts that may fail one after another; one that has completed a checkpoint of its own
  /// begins the count anew. 0: any number.
  int failures_max = 0;
};

namespace job_event {

struct Tick {};
struct Command {
  JobCommand command;
  int parallelism = 0;  // of kRescale
};
/// The lease is ours up to (not including) this time of our own monotonic clock, counted from
/// before it was asked for.
struct LeaseGranted {
  base::MonotonicTime until;
};
struct GenerationClaimed {
  data::Generation generation;
};
struct ClaimFailed {
  absl::Status status;
};
struct TasksPlaced {
  data::Generation generation;
};
struct TasksRestored {
  data::Generation generation;
};
/// Anything of this attempt has failed. Not worth another attempt: a damaged checkpoint (DataLoss),
/// errors of the user (InvalidArgument, FailedPrecondition, Unimplemented).
struct AttemptFailed {
  data::Generation generation;
  absl::Status status;
};
struct CheckpointCompleted {
  data::Generation generation;
};
struct CoordinatorEnded {
  data::Generation generation;
  EndReason reason;
  absl::Status status;
};
/// No task of the generation runs any more, or it can be told that none has any effect.
struct TasksGone {
  data::Generation generation;
};

}  // namespace job_event

using JobEvent = std::variant<job_event::Tick,
                              job_event::Command,
                              job_event::LeaseGranted,
                              job_event::GenerationClaimed,
                              job_event::ClaimFailed,
                              job_event::TasksPlaced,
                              job_event::TasksRestored,
                              job_event::AttemptFailed,
                              job_event::CheckpointCompleted,
                              job_event::CoordinatorEnded,
                              job_event::TasksGone>;

namespace job_effect {

/// -> GenerationClaimed | ClaimFailed. With a new nonce for every new `claim`.
struct ClaimGeneration {
  int64_t claim;
};
/// -> TasksPlaced | AttemptFailed.
struct PlaceTasks {
  data::Generation generation;
  int parallelism;
};
/// Restores the newest complete checkpoint, or begins with nothing where there is none
/// -> TasksRestored | AttemptFailed.
struct RestoreTasks {
  data::Generation generation;
};
/// Lets rows flow, and the coordinator take checkpoints.
struct RunTasks {
  data::Generation generation;
};
struct TakeCheckpoint {};
/// Asks the coordinator for the last checkpoint -> CoordinatorEnded.
struct TakeLastCheckpoint {};
/// Ends tasks and coordinator of the generation at once -> TasksGone.
struct CancelTasks {
  data::Generation generation;
};
struct StateChanged {
  JobState from;
  JobState to;
  absl::Status why;  // of recovering and failed
};

}  // namespace job_effect

using JobEffect = std::variant<job_effect::ClaimGeneration,
                               job_effect::PlaceTasks,
                               job_effect::RestoreTasks,
                               job_effect::RunTasks,
                               job_effect::TakeCheckpoint,
                               job_effect::TakeLastCheckpoint,
                               job_effect::CancelTasks,
                               job_effect::StateChanged>;

class JobCore {
 public:
  JobCore(JobOptions options, base::MonotonicTime now)
      : options_(options), parallelism_(options.parallelism), now_(now) {}

  std::vector<JobEffect> Step(base::MonotonicTime now, const JobEvent& event);

  JobState state() const { return state_; }
  data::Generation generation() const { return generation_; }
  int parallelism() const { return parallelism_; }
  const absl::Status& status() const { return status_; }
  /// How the last command was taken.
  JobReaction last_reaction() const { return last_reaction_; }
  /// Whether it may act; always, where no leases are used.
  bool HoldsLease() const;
  /// When it wants a Tick if nothing else happens.
  std::optional<base::MonotonicTime> wake_at() const;

 private:
  void Take(const job_event::Tick&) {}
  void Take(const job_event::Command& event);
  void Take(const job_event::LeaseGranted& event);
  void Take(const job_event::GenerationClaimed& event);
  void Take(const job_event::ClaimFailed& event);
  void Take(const job_event::TasksPlaced& event);
  void Take(const job_event::TasksRestored& event);
  void Take(const job_event::AttemptFailed& event);
  void Take(const job_event::CheckpointCompleted& event);
  void Take(const job_event::CoordinatorEnded& event);
  void Take(const job_event::TasksGone& event);

  void DoStart();
  void DoStop();
  void DoStopNow();
  void DoRescale(int parallelism);
  void Advance();
  void Enter(JobState state, const absl::Status& why = {});
  void Claim();
  void CancelAttempt();
  void Recover(const absl::Status& why);
  void Fail(const absl::Status& why);
  bool Concerns(data::Generation generation) const;

  const JobOptions options_;
  int parallelism_;             // what is wanted
  int placed_parallelism_ = 0;  // what the attempt has
  base::MonotonicTime now_;
  std::vector<JobEffect> effects_;
  JobState state_ = JobState::kCreated;
  absl::Status status_;
  JobReaction last_reaction_ = JobReaction::kAlready;
  data::Generation generation_;  // of the attempt; 0 before the first claim
  bool tasks_there_ = false;     // CancelTasks is owed or outstanding
  bool cancelling_ = false;
  int64_t num_claims_ = 0;
  bool claiming_ = false;
  bool stop_wanted_ = false;
  bool checkpoint_wanted_ = false;
  int num_failures_ = 0;
  base::MonotonicTime retry_at_;
  std::optional<base::MonotonicTime> lease_until_;
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_JOB_JOB_CORE_H_
