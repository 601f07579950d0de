// Cluster: one simulated history: a cluster of two controllers and three workers runs a job of
// sources, counters and sinks through the faults of its seed; then the faults stop, and within a
// minute it must have recovered. Oracles watch all the while.
#ifndef LAMINAR_TESTS_SIMULATION_CLUSTER_H_
#define LAMINAR_TESTS_SIMULATION_CLUSTER_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bugs.h"
#include "directory.h"
#include "faults.h"
#include "model_controller.h"
#include "model_log.h"
#include "model_sink.h"
#include "model_store.h"
#include "model_worker.h"
#include "oracles.h"
#include "world.h"

namespace laminar::simulation {

struct HistoryOptions {
  uint64_t seed = 1;
  Bug bug = Bug::kNone;
  bool traces = false;
  std::set<size_t> left_out = {};  // faults, by their place in the plan
};

struct HistoryResult {
  std::vector<std::string> violations;
  uint64_t trace_hash = 0;
  int64_t simulated_nanos = 0;
  int64_t num_events = 0;
  int64_t num_epochs = 0;
  int64_t num_generations = 0;
  int64_t num_rows = 0;  // published
  std::array<int64_t, kNumFaultKinds> num_faults = {};
  std::vector<Fault> plan;
};

class Cluster {
 public:
  explicit Cluster(const HistoryOptions& options);
  ~Cluster();

  HistoryResult Run();

 private:
  void Connect();
  void Inject(const Fault& fault);
  void InjectOnProcesses(const Fault& fault);
  void InjectOnServices(const Fault& fault);
  void InjectOnJob(const Fault& fault);
  void Crash(Node node, int64_t down);
  void Boot(Node node);
  void Operate();
  void Heal();

  void OnRestore(data::Generation generation, data::Epoch epoch);
  void OnPlace(data::Generation generation, const std::vector<TaskPlace>& places);
  void ExpectProgress(const char* when);
  void ExpectStopped();
  bool Finished() const { return lease_.wishes.finished; }

  const HistoryOptions options_;
  World world_;
  int64_t faults_end_;
  JobShape shape_;
  ModelStore store_;
  ModelLog log_;
  ModelLease lease_;
  ModelSink sink_;
  Directory directory_;
  Oracles oracles_;
  HistoryResult result_;
  bool faulty_ = true;
  int num_crashes_in_recovery_ = 0;
  uint64_t recovery_target_ = 0;

  std::map<std::pair<data::Generation, std::pair<Stage, int>>, Node> places_;
};

HistoryResult RunHistory(const HistoryOptions& options);

/// Of a history that violates something: the faults that can be left out, one by one, so that it
/// still does. Runs it many times.
std::set<size_t> ReduceFaults(HistoryOptions options);

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_CLUSTER_H_
