// CoordinatorCore: decides when a job takes checkpoints, when one is complete, and what follows
// from it: asynchronous barrier snapshotting (Carbone et al., Lightweight Asynchronous Snapshots,
// 2015) with the commit rule of exactly-once.md, section 1. Pure: time, answers and failures come
// in as events; what is to be done goes out as effects. Owned by CheckpointCoordinator's thread, or
// by the simulator.
//
//   of one epoch:  barrier sent -> all parts there -> manifest written -> recorded: complete
//                  -> its sinks' output published -> marked committed -> garbage collected
//
// An epoch can be aborted (by its timeout, or because a task declines it) until all its parts are
// there, and never after: what comes then is tried until it succeeds. The number of an aborted
// epoch is not used again. Epochs are recorded in order, also when several are in flight. Once all
// tasks have ended, their last parts make one more epoch, without barriers.
//
// What looks like damage may be the work of a later generation, which has removed what this one has
// left; so whoever is about to fail the job looks first whether there is one.
#ifndef LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_CORE_H_
#define LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_CORE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/checkpoint/commit_core.h"
#include "control/checkpoint/coordinator_epochs.h"
#include "control/checkpoint/coordinator_messages.h"
#include "control/checkpoint/coordinator_retry.h"

namespace laminar::control {

struct CoordinatorOptions {
  int64_t interval_nanos = 10'000'000'000;  // from barrier to barrier; 0: only when asked for
  int64_t timeout_nanos = 600'000'000'000;  // for the parts of all tasks to be there
  int64_t pause_nanos_min = 0;              // from the end of one to the barrier of the next
  int in_flight_max = 1;
  /// Complete epochs whose output is not published yet; with more, none is begun.
  int uncommitted_max = 32;
  RetryPauses pauses;
};

/// What an attempt begins with.
struct CoordinatorStart {
  data::Generation generation;
  data::Epoch newest_epoch;  // of all that were ever complete; 0: none
  std::vector<std::string> tasks;
  /// Complete epochs that are not marked committed, oldest first: published before anything else.
  std::vector<UncommittedEpoch> uncommitted;
};

struct CoordinatorProgress {
  data::Epoch complete;                             // the newest one; 0: none
  data::Epoch committed;                            // the newest one of this attempt; 0: none
  std::optional<base::MonotonicTime> completed_at;  // by this attempt
  int64_t duration_nanos = 0;                       // of the newest complete one
  int64_t bytes_written = 0;                        // in it
  int64_t state_bytes = 0;
  int64_t num_completed = 0;
  int64_t num_aborted = 0;
  int num_in_flight = 0;
  size_t num_uncommitted = 0;
  absl::Status last_error;     // why the newest failed step failed; ok once it has succeeded
  absl::Status garbage_error;  // of the newest collection; what it left, the next one finds
  std::string waits_for;       // in a few words; empty: nothing
};

class CoordinatorCore {
 public:
  CoordinatorCore(CoordinatorOptions options, CoordinatorStart start, base::MonotonicTime now);

  /// Takes what has happened and returns what is to be done, in this order. `now` never goes back.
  /// After effect::Ended: nothing.
  std::vector<CoordinatorEffect> Step(base::MonotonicTime now, CoordinatorEvent event);

  /// When it wants a Tick if nothing else happens; nullopt: never.
  std::optional<base::MonotonicTime> wake_at() const;
  CoordinatorProgress Progress() const;
  bool ended() const { return ended_; }

 private:
  struct Request {
    int64_t number;
    std::string savepoint;
  };

  using Effects = std::vector<CoordinatorEffect>;

  void Take(event::Tick&) {}
  void Take(event::TaskReported& event);
  void Take(event::TaskDeclined& event);
  void Take(event::ManifestWritten& event);
  void Take(event::EpochRecorded& event);
  void Take(event::RecordRead& event);
  void Take(event::CommitsDone& event);
  void Take(event::MarkedCommitted& event);
  void Take(event::FenceChecked& event);
  void Take(event::GarbageCollected& event);
  void Take(event::TriggerRequested& event);
  void Take(event::StopRequested& event);

  void Advance();
  void AbortLate();
  void AdvanceOldest();
  void AdvanceCommits();
  void BeginDue();
  void AdvanceEnd();

  bool MayBegin() const;
  std::optional<base::MonotonicTime> NextDue() const;
  void Begin(bool stop, bool finish);
  void TakeRecordResult(LogResult result, const absl::Status& status);
  void Complete();
  void Abort(size_t index, const absl::Status& why);
  void Answer(const std::vector<int64_t>& requests, const absl::StatusOr<data::Epoch>& epoch);
  /// The job has to fail, unless all this comes of a later generation.
  void Doubt(const absl::Status& why);
  void End(EndReason reason, const absl::Status& status);

  const CoordinatorOptions options_;
  const data::Generation generation_;
  CoordinatorEpochs epochs_;
  CommitCore commits_;
  base::MonotonicTime now_;
  Effects effects_;  // of the step under way

  data::Epoch last_number_;  // the greatest that was ever used
  std::deque<Request> requests_;
  std::optional<std::string> stop_savepoint_;  // set once a stop was requested
  bool last_begun_ = false;  // the epoch that ends the job is in flight or complete
  bool stopped_ = false;
  base::MonotonicTime last_begun_at_;
  std::optional<base::MonotonicTime> last_resolved_at_;
  bool garbage_wanted_ = true;  // what earlier attempts have left
  bool garbage_busy_ = false;
  std::optional<absl::Status> doubted_;  // why the job has to fail; nothing else is done any more
  CoordinatorRetry fence_check_;
  bool ended_ = false;
  CoordinatorProgress progress_;
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_CORE_H_
