// The memory budget of a worker: one number that every queue, buffer and state table is charged
// against. Any thread.
#ifndef LAMINAR_ENGINE_STATE_MEMORY_BUDGET_H_
#define LAMINAR_ENGINE_STATE_MEMORY_BUDGET_H_

#include <cstdint>

#include "base/status.h"

namespace laminar::engine {

class RowStore;
class StateSpill;

class MemoryBudget {
 public:
  virtual ~MemoryBudget() = default;
  /// Charges `bytes` (negative: gives back). ResourceExhausted, with what asked and the limit, when
  /// the budget would be exceeded; nothing is charged then.
  virtual absl::Status Charge(const char* what, int64_t bytes) = 0;
  virtual int64_t used_bytes() const = 0;
  virtual int64_t limit_bytes() const = 0;
  /// How often state is used: what every row needs stays in memory longest.
  enum class Use { kOften, kSeldom };
  /// Where `bytes` of state are to lie instead of in memory, because the budget is nearly used up;
  /// nullptr: in memory, charged. Outlives all that is charged.
  virtual StateSpill* SpillFor(int64_t bytes, Use use = Use::kSeldom) { return nullptr; }
  /// Where rows of keyed tables are to be moved because the budget is nearly used up; nullptr: they
  /// stay. Outlives all that is charged. BLOCKS: opens it when it is first needed.
  virtual RowStore* RowStoreFor() { return nullptr; }
  /// State that lies on disk; not in used_bytes().
  virtual int64_t spilled_bytes() const { return 0; }
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_MEMORY_BUDGET_H_
