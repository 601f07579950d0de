// SpillSpace: a spill file that is made when it is first needed, in a folder that is chosen where
// none is given, and that remembers why it refused. Owned by whoever hands it out; any thread.
#ifndef LAMINAR_BASE_SPILL_SPACE_H_
#define LAMINAR_BASE_SPILL_SPACE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/spill_file.h"
#include "base/status.h"

namespace laminar::base {

struct SpillSpaceOptions {
  std::string folder;     // empty: the system's for short-lived files
  int64_t bytes_max = 0;  // 0: what the disk has free, but for a reserve
  /// What the whole process may have resident before blocks are put out of memory.
  int64_t resident_bytes_max = 0;
};

/// How many bytes of state the folder may take. ResourceExhausted, with the folder, when it is full
/// or keeps its files in memory, unless that was asked for. BLOCKS: asks the file system.
absl::StatusOr<int64_t> SpillBytesMax(const SpillSpaceOptions& options);

class SpillSpace {
 public:
  /// Smaller blocks stay in memory: they would waste most of a page.
  static constexpr int64_t kBlockBytesMin = SpillFile::kUnitBytes;

  explicit SpillSpace(SpillSpaceOptions options);
  /// REQUIRES: everything was given back.
  ~SpillSpace();
  SpillSpace(const SpillSpace&) = delete;
  SpillSpace& operator=(const SpillSpace&) = delete;

  /// Zeroed; nullptr when there is no room: error() says why. After a refusal, nothing is tried
  /// until something was freed.
  uint8_t* Allocate(int64_t bytes);
  void Free(uint8_t* block, int64_t bytes);
  /// Whether Allocate gave it.
  bool Contains(const void* address) const {
    const SpillFile* file = opened_.load(std::memory_order_acquire);
    return file != nullptr && file->Contains(address);
  }
  /// Brings a block back that is about to be read as a whole. BLOCKS: reads the disk.
  void BringBack(uint8_t* block, int64_t bytes) {
    opened_.load(std::memory_order_acquire)->BringBack(block, bytes);
  }
  /// Puts blocks out of memory when the process has too much resident. To be called between
  /// accesses that may have brought much back.
  void Trim() {
    if (SpillFile* file = opened_.load(std::memory_order_acquire)) {
      file->TrimResidency();
    }
  }

  /// Whether Allocate may succeed.
  bool has_room() const { return used_bytes() < refused_at_bytes_.load(std::memory_order_relaxed); }
  int64_t used_bytes() const {
    const SpillFile* file = opened_.load(std::memory_order_acquire);
    return file == nullptr ? 0 : file->used_bytes();
  }
  /// The folder, as configured or chosen.
  const std::string& folder() const { return options_.folder; }
  /// Why the last refusal was.
  absl::Status error() const;

 private:
  absl::StatusOr<SpillFile*> Opened() LAMINAR_REQUIRES(mutex_);

  const SpillSpaceOptions options_;
  mutable Mutex mutex_;
  std::unique_ptr<SpillFile> file_ LAMINAR_GUARDED_BY(mutex_);
  absl::Status error_ LAMINAR_GUARDED_BY(mutex_);
  std::atomic<SpillFile*> opened_{nullptr};
  std::atomic<int64_t> refused_at_bytes_{INT64_MAX};
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_SPILL_SPACE_H_
