// CoordinatorEpochs: the epochs of a job on their way from the barrier to the log: which parts they
// still miss, and the steps that make the oldest of them complete, in order. When one begins and
// what follows when it is complete is CoordinatorCore's business. Pure: part of it.
//
//   of one epoch:  collecting parts -> manifest written -> recorded (perhaps read back) -> complete
#ifndef LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_EPOCHS_H_
#define LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_EPOCHS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/checkpoint/coordinator_messages.h"
#include "control/checkpoint/coordinator_retry.h"
#include "control/checkpoint/coordinator_tasks.h"

namespace laminar::control {

struct EpochInFlight {
  enum class Phase { kCollecting, kWriting, kRecording, kReadingBack };

  data::Epoch epoch;
  bool stop = false;    // the last one before the job stops
  bool finish = false;  // of tasks that have all ended: no barrier is sent
  std::string savepoint;
  std::vector<int64_t> requests;  // answered when it is complete or aborted
  base::MonotonicTime begun;

  // What follows is set by CoordinatorEpochs.
  std::set<size_t> missing;  // tasks
  Phase phase = Phase::kCollecting;
  CoordinatorRetry retry;  // of the phase
  std::shared_ptr<const EpochContents> contents;

  /// Whether it may be given up for being late.
  bool MayBeLate() const { return !missing.empty() && !stop && !finish; }
};

class CoordinatorEpochs {
 public:
  CoordinatorEpochs(data::Generation generation,
                    const std::vector<std::string>& tasks,
                    RetryPauses pauses)
      : generation_(generation), pauses_(pauses), tasks_(tasks) {}

  const CoordinatorTasks& tasks() const { return tasks_; }
  bool empty() const { return in_flight_.empty(); }
  size_t size() const { return in_flight_.size(); }
  const EpochInFlight& at(size_t index) const { return in_flight_[index]; }

  /// REQUIRES: its number is greater than all before.
  void Begin(EpochInFlight epoch);

  void Take(rpc::TaskSnapshot snapshot);
  /// The index of the epoch in flight that can never have all its parts now, if there is one: the
  /// caller removes it, or fails.
  std::optional<size_t> Take(const event::TaskDeclined& event);
  /// An error when the job has to fail.
  absl::Status Take(base::MonotonicTime now, const event::ManifestWritten& event);
  /// Whether an answer to this step of this epoch is awaited.
  bool Awaits(data::Epoch epoch, EpochInFlight::Phase phase) const;
  /// The record of the oldest epoch was not applied, or nobody knows. REQUIRES: it is awaited.
  void RecordFailed(base::MonotonicTime now, LogResult result);

  /// What is to be done now for the oldest epoch, if anything.
  std::optional<CoordinatorEffect> Next(base::MonotonicTime now);
  /// The oldest one is complete: it is in flight no more.
  EpochInFlight TakeComplete();
  /// It is aborted.
  EpochInFlight Remove(size_t index);
  void Clear() { in_flight_.clear(); }

  /// When Next has something to do if nothing else happens; nullopt: never.
  std::optional<base::MonotonicTime> wake_at() const;
  /// In a few words; empty: nothing.
  std::string waits_for() const;

 private:
  void MarkParts(size_t task);
  void Collect(EpochInFlight& epoch) const;

  const data::Generation generation_;
  const RetryPauses pauses_;
  CoordinatorTasks tasks_;
  std::deque<EpochInFlight> in_flight_;  // oldest first
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_EPOCHS_H_
