// Worker: the data plane of one process: a core thread per TaskRunner, the memory budget, and the
// jobs that run on them. Made once per process (or per test); any thread may start jobs.
#ifndef LAMINAR_ENGINE_WORKER_WORKER_H_
#define LAMINAR_ENGINE_WORKER_WORKER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "base/thread.h"
#include "engine/task/task_runner.h"
#include "engine/worker/job_execution.h"
#include "engine/worker/worker_memory.h"
#include "plan/job_graph.h"

namespace laminar::engine {

struct WorkerOptions {
  int num_threads = 0;                 // 0: as many as cores
  int64_t memory_limit_bytes = 0;      // 0: 60 % of the machine's or the control group's
  WorkerSpillOptions spill = {};       // state on disk, where the memory limit is near
  const base::Clock* clock = nullptr;  // null: the system's
};

class Worker {
 public:
  explicit Worker(const WorkerOptions& options = {});
  /// REQUIRES: its jobs are destroyed. BLOCKS: joins the threads.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Starts all tasks of a job in this process. The job must be destroyed before the worker.
  /// Errors: an invalid graph, or an operator that cannot be made; what fails later, in the running
  /// job, is the job's status.
  absl::StatusOr<std::unique_ptr<JobExecution>> Start(
      std::shared_ptr<const plan::JobGraph> graph,
      std::optional<JobCheckpointing> checkpointing = std::nullopt);

  int num_threads() const { return static_cast<int>(runners_.size()); }
  MemoryBudget& memory() { return memory_; }

 private:
  const base::Clock& clock_;
  WorkerMemory memory_;
  std::vector<std::unique_ptr<TaskRunner>> runners_;
  std::vector<base::Thread> threads_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_WORKER_WORKER_H_
