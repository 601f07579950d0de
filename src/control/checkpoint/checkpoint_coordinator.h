// CheckpointCoordinator: takes the checkpoints of one attempt to run a job: the shell that performs
// what CoordinatorCore decides, over the object store, the log of epochs and the engine.
//
//   Start -> { OnTaskSnapshot | OnTaskDeclined | TriggerCheckpoint | RequestStop }* -> on_ended
//
// Owned by whoever runs the job; the methods may be called from any thread. It has a thread of its
// own that never blocks, and three that do: one for manifests and the log, one that publishes what
// sinks have logged, one that removes garbage, so that none of them holds up the others.
#ifndef LAMINAR_CONTROL_CHECKPOINT_CHECKPOINT_COORDINATOR_H_
#define LAMINAR_CONTROL_CHECKPOINT_CHECKPOINT_COORDINATOR_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/io_pool.h"
#include "base/mutex.h"
#include "base/outcome.h"
#include "base/thread.h"
#include "control/checkpoint/checkpoint_writer.h"
#include "control/checkpoint/coordinator_core.h"
#include "control/checkpoint/coordinator_messages.h"
#include "control/checkpoint/garbage_collector.h"
#include "control/checkpoint/manifest.h"
#include "control/metadata/checkpoint_log.h"
#include "data/stream_event.h"
#include "rpc/checkpoint_messages.h"
#include "storage/object_store.h"

namespace laminar::control {

/// What a job that takes checkpoints offers.
class CheckpointTarget {
 public:
  virtual ~CheckpointTarget() = default;
  /// Hands the barrier to every source that has not ended, in the order of the calls. Does not
  /// block. The coordinator's thread.
  virtual void SendBarrier(data::Barrier barrier) = 0;
  /// Publishes what a sink has logged: see ConnectorFactory::Commit. BLOCKS. An I/O thread.
  virtual base::Outcome Commit(const rpc::SinkCommit& commit) = 0;
};

struct CheckpointCoordinatorOptions {
  CoordinatorOptions core;
  RetentionPolicy retention;
  /// What every manifest says; epoch, savepoint, created, stopped and finished are filled in.
  ManifestHeader header;
  /// New for every attempt: see CheckpointLog::ClaimGeneration.
  std::string nonce;
  /// The epoch that this attempt has gone on from.
  std::optional<data::Epoch> restored;
};

class CheckpointCoordinator {
 public:
  /// `reason`, what it failed with (ok when finished or stopped), the newest complete epoch (0:
  /// none). Called once, on the coordinator's thread; must not destroy the coordinator.
  using OnEnded = std::function<void(EndReason, const absl::Status&, data::Epoch)>;
  using OnAnswer = std::function<void(absl::StatusOr<data::Epoch>)>;

  /// References outlive it. Nobody else uses `log` meanwhile.
  CheckpointCoordinator(CheckpointCoordinatorOptions options,
                        CoordinatorStart start,
                        const base::Clock& clock,
                        storage::ObjectStore& store,
                        CheckpointLog& log,
                        CheckpointTarget& target,
                        OnEnded on_ended);
  /// Gives up what is under way; on_ended is not called any more. BLOCKS: for the calls that are.
  ~CheckpointCoordinator();
  CheckpointCoordinator(const CheckpointCoordinator&) = delete;
  CheckpointCoordinator& operator=(const CheckpointCoordinator&) = delete;

  void Start();

  /// Parts of one task come in the order of their epochs. `snapshot.generation` is that of the
  /// attempt. Of a task that has ended (`ended`), `epoch` is one more than that of the last barrier
  /// it has passed. May block shortly while very many events wait.
  void OnTaskSnapshot(rpc::TaskSnapshot snapshot);
  /// The task takes no snapshot of the epoch; what it would have held comes with its next one.
  void OnTaskDeclined(std::string task, data::Epoch epoch, absl::Status why);
  /// Ends the job with a last checkpoint, which is a savepoint if named: on_ended(kStopped), or
  /// kFinished when all tasks have ended before.
  void RequestStop(std::string savepoint = "");
  /// Takes a checkpoint as soon as may be, a savepoint if named. `on_answer` is called once, on the
  /// coordinator's thread, when it is complete or has failed; not after the destructor.
  void TriggerCheckpoint(std::string savepoint, OnAnswer on_answer);

  CoordinatorProgress Progress() const LAMINAR_EXCLUDES(mutex_);

 private:
  void Post(CoordinatorEvent event) LAMINAR_EXCLUDES(mutex_);
  void Run();
  std::optional<CoordinatorEvent> NextEvent() LAMINAR_EXCLUDES(mutex_);
  void Perform(CoordinatorEffect effect);
  void PerformOne(effect::SendBarrier& effect);
  void PerformOne(effect::WriteManifest& effect);
  void PerformOne(effect::RecordEpoch& effect);
  void PerformOne(effect::ReadBackRecord& effect);
  void PerformOne(effect::CommitSinks& effect);
  void PerformOne(effect::MarkCommitted& effect);
  void PerformOne(effect::CheckFence& effect);
  void PerformOne(effect::CollectGarbage& effect);
  void PerformOne(effect::EpochCompleted& effect);
  void PerformOne(effect::EpochAborted& effect);
  void PerformOne(effect::RequestAnswered& effect);
  void PerformOne(effect::Ended& effect);
  void Submit(base::IoPool& pool, std::function<void()> work);
  bool Closed() const LAMINAR_EXCLUDES(mutex_);
  OnAnswer TakeAnswer(int64_t request) LAMINAR_EXCLUDES(mutex_);

  const base::Clock& clock_;
  CheckpointTarget& target_;
  const OnEnded on_ended_;
  CoordinatorCore core_;      // the coordinator's thread
  CheckpointWriter writer_;   // the thread of log_pool_
  GarbageCollector garbage_;  // its log part on that of log_pool_, the rest on garbage_pool_'s

  mutable base::Mutex mutex_;
  base::ConditionVariable changed_;
  std::deque<CoordinatorEvent> events_ LAMINAR_GUARDED_BY(mutex_);
  std::map<int64_t, OnAnswer> answers_ LAMINAR_GUARDED_BY(mutex_);
  int64_t last_request_ LAMINAR_GUARDED_BY(mutex_) = 0;
  bool closed_ LAMINAR_GUARDED_BY(mutex_) = false;
  CoordinatorProgress progress_ LAMINAR_GUARDED_BY(mutex_);

  base::IoPool garbage_pool_;
  base::IoPool commit_pool_;
  base::IoPool log_pool_;  // gives work to garbage_pool_
  base::Thread thread_;
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_CHECKPOINT_COORDINATOR_H_
