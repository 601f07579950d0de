// ModelController: a controller process of the simulated cluster: asks for the job's lease, runs
// the protocol's JobCore, and performs what it wants done on the workers. Two of them live at a
// time. A crash forgets everything but what is in the log and the store.
#ifndef LAMINAR_TESTS_SIMULATION_MODEL_CONTROLLER_H_
#define LAMINAR_TESTS_SIMULATION_MODEL_CONTROLLER_H_

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "control/job/job_core.h"
#include "directory.h"
#include "model_attempt.h"
#include "model_worker.h"
#include "world.h"

namespace laminar::simulation {

class ModelController {
 public:
  ModelController(Directory& directory, Node node);

  void Boot();
  void Crash();

  void OnHeartbeat(const Heartbeat& beat);
  /// False: of no attempt that is known here.
  bool OnSnapshots(const std::vector<std::shared_ptr<rpc::TaskSnapshot>>& snapshots);

  /// Null while it is down.
  const control::JobCore* job() const { return job_.get(); }

 private:
  struct WorkerView {
    int64_t heard_at = -1;
    uint32_t incarnation = 0;
    bool used = false;  // by the attempt
    uint32_t used_incarnation = 0;
    std::vector<data::Barrier> barriers;  // that it has not confirmed
    bool sending_barriers = false;
  };
  /// What a checkpoint is made of, for one that is to go on from it.
  struct Restored {
    control::CheckpointHistory history;
    std::vector<std::shared_ptr<const control::Manifest>> manifests;  // as history.epochs
  };

  void Step(control::JobEvent event);
  void Perform(const control::job_effect::ClaimGeneration& effect);
  void Perform(const control::job_effect::PlaceTasks& effect);
  void Perform(const control::job_effect::RestoreTasks& effect);
  void Perform(const control::job_effect::RunTasks& effect);
  void Perform(const control::job_effect::TakeCheckpoint& effect);
  void Perform(const control::job_effect::TakeLastCheckpoint& effect);
  void Perform(const control::job_effect::CancelTasks& effect);
  void Perform(const control::job_effect::StateChanged& effect);

  void AskForLease();
  void Reconcile(const Wishes& wishes);
  void Watch();
  void ScheduleTick();
  void Fail(data::Generation generation, const absl::Status& why);
  bool Current(data::Generation generation) const {
    return job_ != nullptr && generation == generation_ && !cancelled_;
  }

  void LoadHistory(data::Generation generation);
  void LoadManifest(data::Generation generation, std::shared_ptr<Restored> restored);
  void Loaded(data::Generation generation, std::shared_ptr<Restored> restored);
  void CleanSink(data::Generation generation, const Restored& restored);
  void RemoveLeftovers(data::Generation generation, const std::set<std::string>& named);
  void RestoreWorkers(data::Generation generation,
                      std::shared_ptr<const control::Manifest> manifest);
  void SendBarriers(data::Generation generation, Node worker);
  /// Asks every worker that is used until it has answered `true`; then calls `done`. Fails the
  /// attempt when one refuses, or does not answer in time.
  void AskAll(data::Generation generation,
              Label label,
              std::function<bool(ModelWorker&)> asked,
              std::function<void()> done);
  void AskOne(data::Generation generation,
              Label label,
              Node worker,
              int64_t deadline,
              std::shared_ptr<int> missing,
              std::function<bool(ModelWorker&)> asked,
              std::function<void()> done);
  ModelWorker& worker(Node node) const;
  WorkerView& view(Node node) { return views_[static_cast<size_t>(node - kFirstWorker)]; }

  Directory& directory_;
  World& world_;
  const Node node_;
  std::unique_ptr<control::JobCore> job_;
  std::deque<control::JobEvent> pending_;
  bool stepping_ = false;
  int64_t tick_at_ = 0;
  std::array<WorkerView, kNumWorkers> views_;
  int64_t handled_starts_ = 0;
  int64_t handled_checkpoints_ = 0;

  data::Generation generation_;  // of the attempt
  bool cancelled_ = true;
  std::string nonce_;
  std::vector<std::string> task_names_;
  std::shared_ptr<Restored> restored_;
  std::shared_ptr<ModelAttempt> attempt_;
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_MODEL_CONTROLLER_H_
