#include "engine/worker/worker_memory.h"

#include <string>

#include "base/assert.h"
#include "base/machine_memory.h"

namespace laminar::engine {
namespace {

std::string FormatMebibytes(int64_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

}  // namespace

WorkerMemory::WorkerMemory(int64_t limit_bytes)
    : budget_(limit_bytes > 0 ? limit_bytes : DefaultLimitBytes()) {}

WorkerMemory::~WorkerMemory() { LAMINAR_ASSERT(budget_.used() == 0, budget_.used()); }

int64_t WorkerMemory::DefaultLimitBytes() { return base::MachineMemoryBytes() / 5 * 3; }

absl::Status WorkerMemory::Charge(const char* what, int64_t bytes) {
  if (bytes <= 0) {
    budget_.GiveBack(-bytes);
    return absl::OkStatus();
  }
  if (budget_.TryTake(bytes)) {
    return absl::OkStatus();
  }
  return base::ResourceExhausted("out of memory budget: " + std::string(what) + " asked for " +
                                 FormatMebibytes(bytes) + ", " + FormatMebibytes(budget_.used()) +
                                 " of " + FormatMebibytes(budget_.limit()) + " are in use");
}

}  // namespace laminar::engine
