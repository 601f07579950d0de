// What goes into the checkpoint coordinator (events) and what it wants done (effects). Each effect
// that can fail is answered by the event named beside it, once, whatever comes of it. Plain data;
// any thread.
#ifndef LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_MESSAGES_H_
#define LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_MESSAGES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/outcome.h"
#include "base/status.h"
#include "data/epoch.h"
#include "data/stream_event.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::control {

/// All that a manifest of an epoch is made of.
struct EpochContents {
  data::Epoch epoch;
  data::Generation generation;
  std::string savepoint;  // its name; empty: an ordinary checkpoint
  bool stopped = false;   // the last one before the job stops
  bool finished = false;  // every task has ended
  /// Of every task, by name. Commits of sinks are those of this epoch and, before them, of aborted
  /// epochs since the last complete one: nobody else publishes them.
  std::vector<rpc::TaskSnapshot> snapshots;
  int64_t bytes_written = 0;
  int64_t state_bytes = 0;
};

/// What is known of a change to the log of epochs.
enum class LogResult {
  kApplied,     // by us
  kNotApplied,  // and trying again may help
  kUnknown,     // nobody knows yet: read back
  kFenced,      // a later generation has begun: this one may do nothing more
  kRefused,     // never will be, for another reason: somebody else writes this log
};

namespace event {

/// Time has passed.
struct Tick {};
/// A task has made its part of an epoch durable. In a snapshot with `ended`, `epoch` is the first
/// epoch whose barrier the task has not passed: it counts for that epoch and all later ones.
struct TaskReported {
  rpc::TaskSnapshot snapshot;
};
/// A task takes no snapshot of this epoch, and what it would have held comes with the next one.
struct TaskDeclined {
  std::string task;
  data::Epoch epoch;
  absl::Status why;
};
/// Applied: the manifest is durable and all objects that it names exist. NotApplied with DataLoss:
/// an object that a task has named is not there, or is another one.
struct ManifestWritten {
  data::Epoch epoch;
  base::Outcome outcome;
};
struct EpochRecorded {
  data::Epoch epoch;
  LogResult result;
  absl::Status status;
};
/// What reading back has shown: kApplied, the record is there, with our nonce.
struct RecordRead {
  data::Epoch epoch;
  LogResult result;
  absl::Status status;
};
/// The first `num_applied` commits of the effect were applied; `outcome` is that of the next one,
/// or Applied when there was none.
struct CommitsDone {
  data::Epoch epoch;
  size_t num_applied;
  base::Outcome outcome;
};
struct MarkedCommitted {
  data::Epoch epoch;
  LogResult result;
  absl::Status status;
};
/// kApplied: no later generation has begun; kFenced: one has.
struct FenceChecked {
  LogResult result;
  absl::Status status;
};
struct GarbageCollected {
  absl::Status status;
  bool fenced = false;  // a later generation has begun
};
/// Somebody wants a checkpoint soon; `savepoint` is its name, or empty.
struct TriggerRequested {
  int64_t request;
  std::string savepoint;
};
/// The job is to end with a last checkpoint. Later ones are ignored.
struct StopRequested {
  std::string savepoint;
};

}  // namespace event

using CoordinatorEvent = std::variant<event::Tick,
                                      event::TaskReported,
                                      event::TaskDeclined,
                                      event::ManifestWritten,
                                      event::EpochRecorded,
                                      event::RecordRead,
                                      event::CommitsDone,
                                      event::MarkedCommitted,
                                      event::FenceChecked,
                                      event::GarbageCollected,
                                      event::TriggerRequested,
                                      event::StopRequested>;

enum class EndReason {
  kFinished,  // every task has ended, everything is published
  kStopped,   // as was requested, with a last checkpoint
  kFenced,    // a later generation has begun
  kFailed,    // the job has to fail: see the status
};

namespace effect {

/// Sends it to all sources that have not ended, in order, until they have it.
struct SendBarrier {
  data::Barrier barrier;
};
/// Writes and verifies -> ManifestWritten.
struct WriteManifest {
  std::shared_ptr<const EpochContents> contents;
};
/// Decides by one conditional create that the epoch is complete -> EpochRecorded.
struct RecordEpoch {
  std::shared_ptr<const EpochContents> contents;
};
/// -> RecordRead.
struct ReadBackRecord {
  data::Epoch epoch;
};
/// Publishes in this order, up to the first that is not applied -> CommitsDone.
struct CommitSinks {
  data::Epoch epoch;
  std::vector<rpc::SinkCommit> commits;
};
/// -> MarkedCommitted.
struct MarkCommitted {
  data::Epoch epoch;
};
/// Looks whether a later generation has begun, which explains what looks like damage: it may have
/// removed what this one has left -> FenceChecked.
struct CheckFence {};
/// Applies retention and removes what nothing reaches any more -> GarbageCollected.
struct CollectGarbage {};
struct EpochCompleted {
  std::shared_ptr<const EpochContents> contents;
  int64_t duration_nanos;
};
struct EpochAborted {
  data::Epoch epoch;
  absl::Status why;
};
struct RequestAnswered {
  int64_t request;
  absl::StatusOr<data::Epoch> epoch;
};
/// Nothing follows. `epoch` is the newest complete one.
struct Ended {
  EndReason reason;
  absl::Status status;
  data::Epoch epoch;
};

}  // namespace effect

using CoordinatorEffect = std::variant<effect::SendBarrier,
                                       effect::WriteManifest,
                                       effect::RecordEpoch,
                                       effect::ReadBackRecord,
                                       effect::CommitSinks,
                                       effect::MarkCommitted,
                                       effect::CheckFence,
                                       effect::CollectGarbage,
                                       effect::EpochCompleted,
                                       effect::EpochAborted,
                                       effect::RequestAnswered,
                                       effect::Ended>;

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_MESSAGES_H_
