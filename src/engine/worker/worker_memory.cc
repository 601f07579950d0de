#include "engine/worker/worker_memory.h"

#include <string>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "base/machine_memory.h"
#include "base/resident_memory.h"

namespace laminar::engine {
namespace {

std::string FormatMebibytes(int64_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

// Sixteenths of the budget. What all takes may reach the first before rows of keyed tables go to
// the row store, where there is one; the second before state spills, and the third before such does
// that every row needs. The whole process may have the fourth resident before spilled state is put
// out of memory: the rest is for what comes back between two looks.
constexpr int64_t kRowStoreSixteenths = 6;
constexpr int64_t kSpillSixteenths = 8;
constexpr int64_t kSpillOftenSixteenths = 11;
constexpr int64_t kResidentSixteenths = 13;
static_assert(kRowStoreSixteenths < kSpillSixteenths);
static_assert(kSpillSixteenths < kSpillOftenSixteenths);
static_assert(kSpillOftenSixteenths < kResidentSixteenths && kResidentSixteenths < 16);
// Below it the process is not asked what it really has.
constexpr int64_t kLookSixteenths = 4;
constexpr int64_t kLookForRowsSixteenths = 2;
static_assert(kLookForRowsSixteenths < kLookSixteenths);

int64_t SixteenthsOf(int64_t bytes, int64_t sixteenths) { return bytes / 16 * sixteenths; }

}  // namespace

WorkerMemory::WorkerMemory(int64_t limit_bytes, const WorkerSpillOptions& spill)
    : budget_(limit_bytes > 0 ? limit_bytes : DefaultLimitBytes()),
      code_bytes_(base::ResidentMemoryParts().of_files),
      options_(spill) {
  if (spill.enabled) {
    spill_.emplace(base::SpillSpaceOptions{
        .folder = spill.folder,
        .bytes_max = spill.bytes_max,
        .resident_bytes_max = SixteenthsOf(budget_.limit(), kResidentSixteenths)});
  }
}

WorkerMemory::~WorkerMemory() {
  if (row_store_ != nullptr) {
    budget_.GiveBack(RowStore::MemoryBytesOf(budget_.limit()));
  }
  LAMINAR_ASSERT(budget_.used() == 0, budget_.used());
}

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
                                 " of " + FormatMebibytes(budget_.limit()) + " are in use" +
                                 Remedy());
}

std::string WorkerMemory::Remedy() const {
  if (!spill_.has_value()) {
    return "";
  }
  const std::string spilled =
      "; " + FormatMebibytes(spill_->used_bytes()) + " of state are in " + spill_->folder();
  const absl::Status error = spill_->error();
  if (error.ok()) {
    return spilled + ", and this cannot be put there: raise worker.memory-limit";
  }
  return spilled + ", which takes no more (" + std::string(base::FromAbsl(error.message())) +
         "): give worker.spill-dir a disk with room, or raise worker.spill-limit or "
         "worker.memory-limit";
}

StateSpill* WorkerMemory::SpillFor(int64_t bytes, Use use) {
  if (!spill_.has_value() || bytes < StateSpill::kBlockBytesMin) {
    return nullptr;
  }
  const int64_t used = budget_.used() + bytes;
  const int64_t limit = budget_.limit();
  if (used <= SixteenthsOf(limit, kLookSixteenths) || !spill_->has_room()) {
    return nullptr;
  }
  const int64_t threshold =
      SixteenthsOf(limit, use == Use::kOften ? kSpillOftenSixteenths : kSpillSixteenths);
  if (used > threshold) {
    return &*spill_;
  }
  return IsResidentBeyond(threshold) ? &*spill_ : nullptr;
}

bool WorkerMemory::IsResidentBeyond(int64_t bytes) const {
  const base::ResidentParts resident = base::ResidentMemoryParts();
  return resident.all - resident.of_files + code_bytes_ > bytes;
}

RowStore* WorkerMemory::RowStoreFor() {
  if (options_.backend != StateBackend::kRocksDb || !options_.enabled) {
    return nullptr;
  }
  const int64_t used = budget_.used();
  const int64_t limit = budget_.limit();
  const int64_t threshold = SixteenthsOf(limit, kRowStoreSixteenths);
  if (used <= SixteenthsOf(limit, kLookForRowsSixteenths) ||
      (used <= threshold && !IsResidentBeyond(threshold))) {
    return nullptr;
  }
  RowStore* store = nullptr;
  absl::Status refused;
  {
    const base::MutexLock lock(row_store_mutex_);
    if (row_store_ == nullptr && !row_store_refused_) {
      refused = OpenRowStore();
    }
    store = row_store_.get();
  }
  if (!refused.ok()) {
    base::LogWarning("the state backend rocksdb cannot be used; state spills as with memory",
                     {{"error", std::string(base::FromAbsl(refused.message()))}});
  }
  return store;
}

absl::StatusOr<std::unique_ptr<RowStore>> WorkerMemory::MakeRowStore(int64_t memory_bytes) const {
  LAMINAR_ASSIGN_OR_RETURN(
      const int64_t disk_bytes_max,
      base::SpillBytesMax({.folder = spill_->folder(), .bytes_max = options_.bytes_max}));
  return RowStore::Open(
      {.folder = spill_->folder(), .memory_bytes = memory_bytes, .disk_bytes_max = disk_bytes_max});
}

absl::Status WorkerMemory::OpenRowStore() {
  const int64_t bytes = RowStore::MemoryBytesOf(budget_.limit());
  if (!budget_.TryTake(bytes)) {
    return absl::OkStatus();  // later, perhaps
  }
  absl::StatusOr<std::unique_ptr<RowStore>> opened = MakeRowStore(bytes);
  if (!opened.ok()) {
    budget_.GiveBack(bytes);
    row_store_refused_ = true;
    return opened.status();
  }
  row_store_ = *std::move(opened);
  return absl::OkStatus();
}

int64_t WorkerMemory::spilled_bytes() const {
  const base::MutexLock lock(row_store_mutex_);
  return (spill_ ? spill_->used_bytes() : 0) + (row_store_ == nullptr ? 0 : row_store_->bytes());
}

}  // namespace laminar::engine
