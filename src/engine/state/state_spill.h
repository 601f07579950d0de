// StateSpill: where state lies that does not fit in the memory budget. A spill file that is made
// when it is first needed, and the allocator that lets columns of chunks lie in it. Owned by the
// worker's memory budget, and outlives all state; any thread.
#ifndef LAMINAR_ENGINE_STATE_STATE_SPILL_H_
#define LAMINAR_ENGINE_STATE_STATE_SPILL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/spill_file.h"
#include "base/status.h"
#include "data/vector.h"

namespace laminar::engine {

struct StateSpillOptions {
  std::string folder;     // empty: the system's for short-lived files
  int64_t bytes_max = 0;  // 0: what the disk has free, but for a reserve
  /// What the whole process may have resident before spilled state is put out of memory.
  int64_t resident_bytes_max = 0;
};

class StateSpill {
 public:
  /// Smaller blocks stay in memory: they would waste most of a page.
  static constexpr int64_t kBlockBytesMin = base::SpillFile::kUnitBytes;

  explicit StateSpill(StateSpillOptions options);
  /// REQUIRES: everything was given back.
  ~StateSpill();
  StateSpill(const StateSpill&) = delete;
  StateSpill& operator=(const StateSpill&) = delete;

  /// Zeroed; nullptr when there is no room: error() says why. After a refusal, nothing is tried
  /// until something was freed.
  uint8_t* Allocate(int64_t bytes);
  void Free(uint8_t* block, int64_t bytes);
  /// Lets columns lie on disk: see duckdb::DataChunk::Initialize. In memory, uncounted, where they
  /// are small or there is no room.
  duckdb::Allocator& allocator() { return allocator_; }

  /// Brings a block back that is about to be read as a whole. BLOCKS: reads the disk.
  void BringBack(uint8_t* block, int64_t bytes) {
    opened_.load(std::memory_order_acquire)->BringBack(block, bytes);
  }
  /// Puts state out of memory when the process has too much resident. To be called between accesses
  /// that may have brought much back.
  void Trim() {
    if (base::SpillFile* file = opened_.load(std::memory_order_acquire)) {
      file->TrimResidency();
    }
  }

  /// Whether Allocate may succeed.
  bool has_room() const { return used_bytes() < refused_at_bytes_.load(std::memory_order_relaxed); }
  int64_t used_bytes() const {
    const base::SpillFile* file = opened_.load(std::memory_order_acquire);
    return file == nullptr ? 0 : file->used_bytes();
  }
  /// The folder, as configured or chosen.
  const std::string& folder() const { return options_.folder; }
  /// Why the last refusal was.
  absl::Status error() const;

 private:
  struct AllocatorData;

  absl::StatusOr<base::SpillFile*> Opened() LAMINAR_REQUIRES(mutex_);

  const StateSpillOptions options_;
  mutable base::Mutex mutex_;
  std::unique_ptr<base::SpillFile> file_ LAMINAR_GUARDED_BY(mutex_);
  absl::Status error_ LAMINAR_GUARDED_BY(mutex_);
  std::atomic<base::SpillFile*> opened_{nullptr};
  std::atomic<int64_t> refused_at_bytes_{INT64_MAX};
  duckdb::Allocator allocator_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_STATE_SPILL_H_
