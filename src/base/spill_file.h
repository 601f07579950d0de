// SpillFile: memory that lies on disk. A nameless sparse file, mapped as a whole: blocks of it are
// handed out as addresses, read and written as memory, and given back, whereupon their place on the
// disk is free again (holes). What does not fit in the memory the process may have resident is
// dropped from its mapping, in the order of addresses, round and round (a clock without marks:
// what is needed again comes back with a page fault), by a thread of its own and by TrimResidency;
// the thread also makes the holes, which may wait for the disk. The file goes with the process,
// however it ends. Disk space is reserved before a block is handed out, so a full disk is an error
// and not a signal. Made by a worker; any thread.
#ifndef LAMINAR_BASE_SPILL_FILE_H_
#define LAMINAR_BASE_SPILL_FILE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/extents.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/thread.h"

namespace laminar::base {

struct SpillFileOptions {
  std::string folder;  // on a disk, not in memory
  int64_t bytes_max = 0;
  /// What the whole process may have resident before parts of the mapping are dropped.
  int64_t resident_bytes_max = 0;
  /// Reserves disk space and returns 0 or an error number; for tests of full disks.
  std::function<int(int descriptor, int64_t offset, int64_t bytes)> reserve = nullptr;
};

class SpillFile {
 public:
  /// Blocks are multiples of this; smaller ones waste the rest.
  static constexpr int64_t kUnitBytes = 4096;

  /// BLOCKS: makes a file. Errors name the folder.
  static absl::StatusOr<std::unique_ptr<SpillFile>> Open(SpillFileOptions options);
  /// REQUIRES: every block was given back. BLOCKS: joins its thread.
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  /// A block of zeros. ResourceExhausted when the disk is full or `bytes_max` reached; the message
  /// names the folder.
  absl::StatusOr<uint8_t*> Allocate(int64_t bytes);
  /// Its place on the disk is free a little later. REQUIRES: `block` is from Allocate with the same
  /// `bytes`.
  void Free(uint8_t* block, int64_t bytes);

  bool Contains(const void* address) const {
    const auto* at = static_cast<const uint8_t*>(address);
    return at >= memory_ && at < memory_ + length_;
  }

  /// Brings a block back as a whole, as it will be read from end to end. BLOCKS: reads the disk.
  void BringBack(uint8_t* block, int64_t bytes);

  /// Drops parts of the mapping when the process has more resident than it may. To be called
  /// between accesses that may have brought many pages back; costs one read of a counter.
  void TrimResidency();

  int64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  int64_t bytes_max() const { return options_.bytes_max; }
  const std::string& folder() const { return options_.folder; }
  /// Bytes of disk that the file takes up at the moment.
  int64_t DiskBytes() const;

 private:
  SpillFile(SpillFileOptions options, int descriptor, uint8_t* memory, int64_t length);

  void MapPageByPage();

  absl::StatusOr<int64_t> TakeExtent(int64_t bytes) LAMINAR_REQUIRES(mutex_);
  absl::StatusOr<int64_t> TryTakeExtent(int64_t bytes) LAMINAR_REQUIRES(mutex_);
  bool Wipe(int64_t offset, int64_t bytes);
  void WipeFreed();
  absl::Status Reserve(int64_t offset, int64_t bytes);
  int64_t DropUntil(int64_t resident_bytes) LAMINAR_REQUIRES(trim_mutex_);
  void WatchResidency();

  const SpillFileOptions options_;
  const int descriptor_;
  uint8_t* const memory_;
  const int64_t length_;       // of the mapping
  int fault_descriptor_ = -1;  // see MapPageByPage
  std::atomic<int64_t> used_bytes_{0};
  std::atomic<int64_t> freed_bytes_{0};  // and not yet wiped
  std::atomic<int64_t> end_{0};          // of what was ever handed out

  Mutex mutex_;
  Extents reserved_ LAMINAR_GUARDED_BY(mutex_);  // free, on disk, zero
  Extents freed_ LAMINAR_GUARDED_BY(mutex_);     // free, on disk, not yet wiped
  Extents holes_ LAMINAR_GUARDED_BY(mutex_);     // free, not on disk

  Mutex trim_mutex_;
  int64_t hand_ LAMINAR_GUARDED_BY(trim_mutex_) = 0;
  std::atomic<int64_t> trim_at_;

  Mutex watch_mutex_;
  ConditionVariable watch_wake_;
  bool stopping_ LAMINAR_GUARDED_BY(watch_mutex_) = false;
  bool active_ LAMINAR_GUARDED_BY(watch_mutex_) = false;
  Thread watcher_;
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_SPILL_FILE_H_
