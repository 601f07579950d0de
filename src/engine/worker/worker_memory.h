// The memory budget of a worker: one number for all queues, buffers and state tables of the
// process. Any thread.
#ifndef LAMINAR_ENGINE_WORKER_WORKER_MEMORY_H_
#define LAMINAR_ENGINE_WORKER_WORKER_MEMORY_H_

#include <cstdint>

#include "base/shared_budget.h"
#include "engine/state/memory_budget.h"

namespace laminar::engine {

class WorkerMemory final : public MemoryBudget {
 public:
  /// `limit_bytes` 0: the default.
  explicit WorkerMemory(int64_t limit_bytes);
  /// REQUIRES: everything was given back.
  ~WorkerMemory() override;

  absl::Status Charge(const char* what, int64_t bytes) override;
  int64_t used_bytes() const override { return budget_.used(); }
  int64_t limit_bytes() const override { return budget_.limit(); }

  /// 60 % of what the machine or the process's control group has: the rest is for buffers of
  /// clients, fragmentation, and others.
  static int64_t DefaultLimitBytes();

 private:
  base::SharedBudget budget_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_WORKER_WORKER_MEMORY_H_
