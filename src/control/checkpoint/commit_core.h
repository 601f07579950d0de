// CommitCore: publishes what sinks have logged, once the epoch that holds it is complete: the
// second phase of the commit (exactly-once.md, section 1). Strictly in the order of epochs; an
// epoch is marked committed before the next one's commits begin. An unknown outcome is tried again
// for as long as it takes, which commits allow, being idempotent. Pure: part of CoordinatorCore.
//
//   of one epoch:  commit (until all are applied) -> mark committed (until applied) -> done
#ifndef LAMINAR_CONTROL_CHECKPOINT_COMMIT_CORE_H_
#define LAMINAR_CONTROL_CHECKPOINT_COMMIT_CORE_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/checkpoint/coordinator_messages.h"
#include "control/checkpoint/coordinator_retry.h"

namespace laminar::control {

/// A complete epoch that is not marked committed.
struct UncommittedEpoch {
  data::Epoch epoch;
  std::vector<rpc::SinkCommit> commits;
};

class CommitCore {
 public:
  explicit CommitCore(RetryPauses pauses) : pauses_(pauses) {}

  /// REQUIRES: later than every epoch added before.
  void Add(UncommittedEpoch epoch);

  /// Returns an error when the job has to fail because an output can never be published.
  absl::Status Take(base::MonotonicTime now, const event::CommitsDone& event);
  /// REQUIRES: neither fenced nor refused, which end the job.
  void Take(base::MonotonicTime now, const event::MarkedCommitted& event);
  /// What is to be done now, if anything.
  std::optional<CoordinatorEffect> Next(base::MonotonicTime now);

  bool idle() const { return epochs_.empty(); }
  size_t num_uncommitted() const { return epochs_.size(); }
  data::Epoch committed() const { return committed_; }
  /// When Next has something to do if nothing else happens; nullopt: never.
  std::optional<base::MonotonicTime> wake_at() const;
  /// In a few words; empty when idle.
  std::string waits_for() const;

 private:
  const RetryPauses pauses_;
  std::deque<UncommittedEpoch> epochs_;
  CoordinatorRetry retry_;   // of the first epoch's step
  size_t num_applied_ = 0;   // of the first epoch's commits
  absl::Status last_error_;  // of the first epoch's step
  data::Epoch committed_;    // the newest one
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_COMMIT_CORE_H_
