#include "engine/worker/worker.h"

#include <string>
#include <utility>

#include "base/environment.h"

namespace laminar::engine {

Worker::Worker(const WorkerOptions& options)
    : clock_(options.clock != nullptr ? *options.clock : base::SystemClock()),
      memory_(options.memory_limit_bytes, options.spill) {
  const int num_threads = options.num_threads > 0 ? options.num_threads : base::NumCores();
  for (int i = 0; i < num_threads; ++i) {
    runners_.push_back(std::make_unique<TaskRunner>(clock_));
    TaskRunner& runner = *runners_.back();
    threads_.emplace_back("core-" + std::to_string(i), [&runner] { runner.Loop(); });
  }
}

Worker::~Worker() {
  for (const auto& runner : runners_) {
    runner->Stop();
  }
  for (base::Thread& thread : threads_) {
    thread.Join();
  }
}

absl::StatusOr<std::unique_ptr<JobExecution>> Worker::Start(
    std::shared_ptr<const plan::JobGraph> graph,
    std::optional<JobCheckpointing> checkpointing) {
  std::vector<std::shared_ptr<base::ReadyQueue<Task>>> queues;
  queues.reserve(runners_.size());
  for (const auto& runner : runners_) {
    queues.push_back(runner->queue());
  }
  return JobExecution::Start(std::move(graph), clock_, memory_, std::move(queues),
                             std::move(checkpointing));
}

}  // namespace laminar::engine
