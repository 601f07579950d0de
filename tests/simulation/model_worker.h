// ModelWorker: a worker process of the simulated cluster: hosts the tasks of one generation, drops
// them when it hears of a later one, carries frames to other workers, and tells its controllers
// that it lives. A crash forgets everything.
#ifndef LAMINAR_TESTS_SIMULATION_MODEL_WORKER_H_
#define LAMINAR_TESTS_SIMULATION_MODEL_WORKER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "bugs.h"
#include "model_task.h"
#include "world.h"

namespace laminar::simulation {

/// What a worker says of itself every now and then.
struct Heartbeat {
  Node worker = 0;
  uint32_t incarnation = 0;
  data::Generation generation;
  absl::Status failure;  // of a task of that generation
};

/// What all workers and controllers share: where everything is.
struct Directory;

class ModelWorker : public TaskHost {
 public:
  ModelWorker(Directory& directory, Node node);

  Node node() const { return node_; }
  /// The process has started (again).
  void Boot();
  void Crash();

  // Requests of controllers; each may come more than once.
  /// False: a later generation is known here.
  bool Deploy(data::Generation generation, Node controller, const std::vector<TaskPlace>& places);
  enum class Restoring { kGoesOn, kDone, kFailed, kUnknownGeneration };
  struct RestoreAnswer {
    Restoring state;
    absl::Status status;
  };
  RestoreAnswer Restore(data::Generation generation,
                        const std::shared_ptr<const control::Manifest>& manifest);
  bool Run(data::Generation generation);
  bool Cancel(data::Generation generation);
  bool TakeBarriers(data::Generation generation, const std::vector<data::Barrier>& barriers);

  void FailTask(const absl::Status& why) { TaskFailed(why); }
  void DeliverFrame(data::Generation generation, Stage stage, int index, int channel, Frame frame);

  void SendFrame(const TaskPlace& from, Stage stage, int index, Frame frame) override;
  void Report(std::shared_ptr<rpc::TaskSnapshot> snapshot) override;
  void TaskFailed(const absl::Status& why) override;

 private:
  void Beat();
  void SendReports();
  void KillTasks();

  Directory& directory_;
  World& world_;
  const Node node_;
  data::Generation generation_;
  bool cancelled_ = false;
  Node controller_ = 0;
  std::map<std::pair<Stage, int>, std::shared_ptr<ModelTask>> tasks_;
  bool restoring_ = false;
  size_t num_restored_ = 0;
  absl::Status failure_;
  std::deque<std::shared_ptr<rpc::TaskSnapshot>> reports_;
  bool sending_reports_ = false;
  std::map<std::pair<int, int>, int64_t> last_arrival_;  // by sending and receiving task
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_MODEL_WORKER_H_
