// Directory: the parts of a simulated cluster, for one another. Plain references; one thread.
#ifndef LAMINAR_TESTS_SIMULATION_DIRECTORY_H_
#define LAMINAR_TESTS_SIMULATION_DIRECTORY_H_

#include <functional>
#include <memory>
#include <vector>

#include "bugs.h"
#include "control/checkpoint/coordinator_core.h"
#include "control/checkpoint/garbage_core.h"
#include "model_log.h"
#include "model_sink.h"
#include "model_store.h"
#include "model_task.h"
#include "world.h"

namespace laminar::simulation {

class ModelController;
class ModelWorker;

struct Directory {
  World& world;
  Bug bug;
  JobShape shape;
  control::CoordinatorOptions coordinator;
  control::RetentionPolicy retention;
  ModelStore& store;
  ModelLog& log;
  ModelLease& lease;
  ModelSink& sink;
  int64_t wall_offset_nanos = 0;  // of every machine's wall clock
  std::vector<std::unique_ptr<ModelController>> controllers = {};
  std::vector<std::unique_ptr<ModelWorker>> workers = {};
  /// Where a task of the newest deployment of a generation runs; what channels are made from.
  std::function<Node(data::Generation, Stage, int)> worker_of = nullptr;
  std::function<void(data::Generation, const std::vector<TaskPlace>&)> on_place = nullptr;
  /// Told of what oracles look at.
  std::function<void(data::Generation, data::Epoch)> on_restore = nullptr;
  std::function<void(const absl::Status&)> on_job_failed = nullptr;
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_DIRECTORY_H_
