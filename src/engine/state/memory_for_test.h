// A memory budget for tests of state tables: counts what is taken, and refuses beyond its limit.
#ifndef LAMINAR_ENGINE_STATE_MEMORY_FOR_TEST_H_
#define LAMINAR_ENGINE_STATE_MEMORY_FOR_TEST_H_

#include <cstdint>
#include <string>

#include "engine/state/memory_budget.h"

namespace laminar::engine {

class StateMemoryForTest final : public MemoryBudget {
 public:
  explicit StateMemoryForTest(int64_t limit = int64_t{1} << 40) : limit_(limit) {}
  absl::Status Charge(const char* what, int64_t bytes) override {
    if (bytes > 0 && used_ + bytes > limit_) {
      return base::ResourceExhausted(std::string("memory budget exceeded by ") + what);
    }
    used_ += bytes;
    return absl::OkStatus();
  }
  int64_t used_bytes() const override { return used_; }
  int64_t limit_bytes() const override { return limit_; }

 private:
  const int64_t limit_;
  int64_t used_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_MEMORY_FOR_TEST_H_
