// The memory budget of a worker: one number for all queues, buffers and state tables of the
// process. When state has used up its part of it, further state spills to disk; the rest of the
// budget is for what cannot spill, and for the part of the spilled state that is in memory at the
// moment. With the backend `rocksdb`, rows of keyed tables go to a RowStore before that. Any
// thread.
#ifndef LAMINAR_ENGINE_WORKER_WORKER_MEMORY_H_
#define LAMINAR_ENGINE_WORKER_WORKER_MEMORY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "base/shared_budget.h"
#include "engine/state/memory_budget.h"
#include "engine/state/row_store.h"
#include "engine/state/state_spill.h"

namespace laminar::engine {

/// Where keyed rows lie that the memory limit has no room for.
enum class StateBackend {
  kMemory,   // where they are, in a mapped file: best where a job comes back to few of them
  kRocksDb,  // in a RocksDB database, with a cache in memory: best where keys are drawn at random
};

struct WorkerSpillOptions {
  bool enabled = false;
  StateBackend backend = StateBackend::kMemory;
  std::string folder;     // empty: the system's for short-lived files
  int64_t bytes_max = 0;  // 0: what the disk has free, but for a reserve
};

class WorkerMemory final : public MemoryBudget {
 public:
  /// `limit_bytes` 0: the default.
  explicit WorkerMemory(int64_t limit_bytes, const WorkerSpillOptions& spill = {});
  /// REQUIRES: everything was given back.
  ~WorkerMemory() override;

  absl::Status Charge(const char* what, int64_t bytes) override;
  int64_t used_bytes() const override { return budget_.used(); }
  int64_t limit_bytes() const override { return budget_.limit(); }

  StateSpill* SpillFor(int64_t bytes, Use use) override;
  RowStore* RowStoreFor() override;
  int64_t spilled_bytes() const override;

  /// 60 % of what the machine or the process's control group has: the rest is for buffers of
  /// clients, fragmentation, and others.
  static int64_t DefaultLimitBytes();

 private:
  std::string Remedy() const;
  bool IsResidentBeyond(int64_t bytes) const;
  absl::StatusOr<std::unique_ptr<RowStore>> MakeRowStore(int64_t memory_bytes) const;
  absl::Status OpenRowStore() LAMINAR_REQUIRES(row_store_mutex_);

  base::SharedBudget budget_;
  const int64_t code_bytes_;  // resident of the program's files when it began
  const WorkerSpillOptions options_;
  std::optional<StateSpill> spill_;

  mutable base::Mutex row_store_mutex_;
  std::unique_ptr<RowStore> row_store_ LAMINAR_GUARDED_BY(row_store_mutex_);
  bool row_store_refused_ LAMINAR_GUARDED_BY(row_store_mutex_) = false;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_WORKER_WORKER_MEMORY_H_
