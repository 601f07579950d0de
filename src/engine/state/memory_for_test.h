// A memory budget for tests of the engine: counts what is taken, and refuses beyond its limit. Any
// thread.
#ifndef LAMINAR_ENGINE_STATE_MEMORY_FOR_TEST_H_
#define LAMINAR_ENGINE_STATE_MEMORY_FOR_TEST_H_

#include <cstdint>
#include <string>

#include "base/shared_budget.h"
#include "base/status.h"
#include "engine/state/memory_budget.h"

namespace laminar::engine {

class MemoryForTest final : public MemoryBudget {
 public:
  explicit MemoryForTest(int64_t limit = int64_t{1} << 40) : budget_(limit) {}
  absl::Status Charge(const char* what, int64_t bytes) override {
    if (bytes <= 0) {
      budget_.GiveBack(-bytes);
      return absl::OkStatus();
    }
    return budget_.TryTake(bytes)
               ? absl::OkStatus()
               : base::ResourceExhausted(std::string("memory budget exceeded by ") + what);
  }
  int64_t used_bytes() const override { return budget_.used(); }
  int64_t limit_bytes() const override { return budget_.limit(); }

 private:
  base::SharedBudget budget_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_MEMORY_FOR_TEST_H_
