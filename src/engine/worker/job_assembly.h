// Turns a JobGraph into tasks joined by channels: one task per chain and subtask.
#ifndef LAMINAR_ENGINE_WORKER_JOB_ASSEMBLY_H_
#define LAMINAR_ENGINE_WORKER_JOB_ASSEMBLY_H_

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ready_queue.h"
#include "base/status.h"
#include "connectors/api/sink_writer.h"
#include "data/epoch.h"
#include "engine/state/memory_budget.h"
#include "engine/task/task.h"
#include "engine/worker/job_checkpointing.h"
#include "engine/worker/job_metrics.h"
#include "plan/job_graph.h"

namespace laminar::engine {

struct AssemblyContext {
  const base::Clock& clock;
  MemoryBudget& memory;
  TaskListener& listener;
  JobMetrics& metrics;
  /// Of the runners. Subtasks with the same number of one job share a runner, so that forward edges
  /// stay on one core; a job with fewer subtasks than runners spreads its chains.
  std::vector<std::shared_ptr<base::ReadyQueue<Task>>> queues;
  /// Of a job that takes checkpoints, else null; with what its tasks share.
  const JobCheckpointing* checkpointing = nullptr;
  const CheckpointSetup* setup = nullptr;
};

struct AssembledTask {
  std::unique_ptr<Task> task;
  std::vector<plan::NodeId> nodes;
  int subtask = 0;
  std::vector<size_t> producers;  // positions of the tasks that send to it
};

/// What names the unpublished output of a sink of a job that takes checkpoints.
connectors::SinkIdentity SinkIdentityOf(const plan::Node& node,
                                        const std::string& pipeline,
                                        data::Generation generation);

/// The tasks, producers first, assembled and not yet woken. Exchanges between single subtasks
/// become forwards, and those chains one. `graph` is valid and outlives the tasks; so does the
/// context's memory.
absl::StatusOr<std::vector<AssembledTask>> AssembleJob(const plan::JobGraph& graph,
                                                       const AssemblyContext& context);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_WORKER_JOB_ASSEMBLY_H_
