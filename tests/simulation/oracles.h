// Oracles: watches from outside, all the while, what must hold of a simulated cluster: complete
// means that every object is there, nothing is deleted that a kept checkpoint needs, output is that
// of the input up to the epoch that is marked. Told by the log and the store; one thread.
#ifndef LAMINAR_TESTS_SIMULATION_ORACLES_H_
#define LAMINAR_TESTS_SIMULATION_ORACLES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bugs.h"
#include "control/checkpoint/manifest.h"
#include "model_log.h"
#include "model_sink.h"
#include "model_store.h"
#include "model_task.h"
#include "world.h"

namespace laminar::simulation {

class Oracles {
 public:
  /// Listens to `log` and `store` from now on. References outlive it.
  Oracles(World& world,
          Bug bug,
          const JobShape& shape,
          ModelStore& store,
          ModelLog& log,
          ModelSink& sink);
  Oracles(const Oracles&) = delete;
  Oracles& operator=(const Oracles&) = delete;

  /// An attempt goes on from an epoch (0: from nothing).
  void OnRestore(data::Generation generation, data::Epoch epoch);
  void OnJobFailed(const absl::Status& why);
  /// Of a job that has been stopped, or has `finished` by itself.
  void ExpectNoGarbage(bool finished);

 private:
  void OnAppend(const control::EpochRecord& record);
  void OnMark(const control::EpochRecord& record);
  void OnRemove(const control::EpochRecord& record);
  void OnDelete(const std::string& key);

  World& world_;
  const Bug bug_;
  const JobShape& shape_;
  ModelStore& store_;
  ModelLog& log_;
  ModelSink& sink_;
  std::map<data::Epoch, std::shared_ptr<const control::Manifest>> manifests_;
  std::map<std::string, int> reached_;     // how many kept checkpoints need an object
  std::map<uint32_t, int64_t> reference_;  // counts by key of the rows that are published
  std::map<int, int64_t> reference_offsets_;
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_ORACLES_H_
