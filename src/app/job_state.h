// JobState: what makes a job that runs in this process survive: its state directory, the checkpoint
// that it goes on from, and the coordinator that takes the next ones.
//
//   Open -> checkpointing(), for Worker::Start -> Attach(job) -> RequestStop? -> ended() -> Detach
//
// Owned by whoever runs the job, who calls everything here from one thread; tasks and the
// coordinator report on theirs.
#ifndef LAMINAR_APP_JOB_STATE_H_
#define LAMINAR_APP_JOB_STATE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "control/checkpoint/checkpoint_coordinator.h"
#include "control/checkpoint/recovery.h"
#include "control/checkpoint/state_directory.h"
#include "data/options.h"
#include "engine/worker/job_checkpointing.h"
#include "engine/worker/job_execution.h"
#include "plan/job_graph.h"

namespace laminar::app {

struct JobStateOptions {
  std::string location;  // a folder, or the URL of an object store
  control::RestoreChoice restore;
  bool force = false;                   // also from a checkpoint of another program
  std::string program;                  // its text, for manifests
  std::string engine_version;           // likewise
  data::Duration interval{10'000'000};  // nothing: only the last checkpoint
  data::Duration timeout{600'000'000};
  data::Duration pause_min{0};
  int in_flight_max = 1;
  int retain = 5;
};

/// What a state directory does not promise for this program: a sentence for each source that cannot
/// go on where it was, and for each sink that may write rows twice.
std::vector<std::string> StateWarnings(const plan::JobGraph& graph);

/// How a job with state has ended, as its coordinator says.
struct StateEnd {
  control::EndReason reason = control::EndReason::kFinished;
  absl::Status status;
  data::Epoch epoch;  // the newest complete one; 0: none
};

class JobState final : public engine::SnapshotListener, public control::CheckpointTarget {
 private:
  struct Key {};  // so that only Open makes them

 public:
  /// Opens the state directory, decides what `graph` goes on from, and claims a generation. Errors
  /// say what is wrong with which directory, and the remedy. BLOCKS.
  static absl::StatusOr<std::unique_ptr<JobState>> Open(
      const JobStateOptions& options,
      std::shared_ptr<const plan::JobGraph> graph);

  /// As Open, over a state directory that is open.
  static absl::StatusOr<std::unique_ptr<JobState>> Over(
      control::StateDirectory directory,
      const JobStateOptions& options,
      std::shared_ptr<const plan::JobGraph> graph);

  explicit JobState(Key key, JobStateOptions options, std::shared_ptr<const plan::JobGraph> graph);
  /// REQUIRES: detached.
  ~JobState() override;

  /// The checkpoint that the job goes on from; nullptr: none.
  const control::RestorePoint* restored() const { return restored_ ? &*restored_ : nullptr; }
  /// The program has come to its end in an earlier attempt, and all was published: there is nothing
  /// to run.
  bool finished_before() const;
  /// What Worker::Start wants.
  engine::JobCheckpointing checkpointing();
  /// Begins to take checkpoints of the job, which outlives the next Detach.
  void Attach(engine::JobExecution& job) LAMINAR_EXCLUDES(mutex_);
  /// Ends the job with a last checkpoint. REQUIRES: attached.
  void RequestStop();
  /// Set once the coordinator has ended: the job is stopped then, and the status says why.
  std::optional<StateEnd> ended() const LAMINAR_EXCLUDES(ended_mutex_);
  /// REQUIRES: attached.
  control::CoordinatorProgress Progress() const { return coordinator_->Progress(); }
  /// Gives up what is under way. BLOCKS: shortly.
  void Detach() LAMINAR_EXCLUDES(mutex_);
  /// What is said when the job has failed with `failure`: where a file of the checkpoint that it
  /// goes on from is damaged, also what can be chosen instead; nullopt: nothing of that kind.
  /// REQUIRES: detached. BLOCKS.
  std::optional<absl::Status> ExplainDamage(const absl::Status& failure) const;
  /// The job has ended well: removes what is left of the sinks' unpublished output that no kept
  /// checkpoint needs. REQUIRES: detached. BLOCKS.
  absl::Status Finish();

  // Between the job and its coordinator, on their threads.
  void OnTaskSnapshot(rpc::TaskSnapshot snapshot) override LAMINAR_EXCLUDES(mutex_);
  void OnTaskDeclined(const std::string& task, data::Epoch epoch, const absl::Status& why) override
      LAMINAR_EXCLUDES(mutex_);
  void SendBarrier(data::Barrier barrier) override;
  base::Outcome Commit(const rpc::SinkCommit& commit) override;

 private:
  absl::Status FindRestored();
  absl::Status CheckFork() const;
  absl::Status Claim();
  absl::Status FindUncommitted();
  absl::StatusOr<std::vector<rpc::SinkState>> SinkStatesKept() const;
  absl::Status RemoveLeftovers(data::Generation generation);
  absl::StatusOr<control::Manifest> ReadManifest(const control::EpochRecord& record) const;
  control::ManifestHeader MakeHeader() const;

  const JobStateOptions options_;
  const std::shared_ptr<const plan::JobGraph> graph_;
  std::unique_ptr<control::StateDirectory> directory_;
  std::optional<control::RestorePoint> restored_;
  std::vector<rpc::OperatorState> described_;  // which tables the program's operators have
  std::vector<rpc::OperatorState> migrated_;   // the restored ones, in their form
  control::CheckpointHistory history_;         // when the job began
  std::vector<control::UncommittedEpoch> uncommitted_;
  std::string nonce_;
  data::Generation generation_;
  engine::JobExecution* job_ = nullptr;  // while attached

  mutable base::Mutex ended_mutex_;
  std::optional<StateEnd> ended_ LAMINAR_GUARDED_BY(ended_mutex_);

  base::Mutex mutex_;
  // Reports of tasks that were faster than Attach.
  std::vector<rpc::TaskSnapshot> early_ LAMINAR_GUARDED_BY(mutex_);
  std::unique_ptr<control::CheckpointCoordinator> coordinator_;  // set while attached
  bool attached_ LAMINAR_GUARDED_BY(mutex_) = false;
};

}  // namespace laminar::app

#endif  // LAMINAR_APP_JOB_STATE_H_
