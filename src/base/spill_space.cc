#include "base/spill_space.h"

#include <algorithm>
#include <utility>

#include "base/disk_space.h"

namespace laminar::base {
namespace {

// Others need the disk, too.
constexpr int64_t kReserveDivisor = 20;
constexpr int64_t kReserveBytesMax = int64_t{4} << 30;

SpillSpaceOptions WithFolder(SpillSpaceOptions options) {
  if (options.folder.empty()) {
    options.folder = ChooseDiskFolder(TemporaryFolders());
  }
  return options;
}

}  // namespace

absl::StatusOr<int64_t> SpillBytesMax(const SpillSpaceOptions& options) {
  if (options.bytes_max > 0) {
    return options.bytes_max;
  }
  LAMINAR_ASSIGN_OR_RETURN(const DiskSpace disk, GetDiskSpace(options.folder));
  const int64_t bytes = disk.free_bytes - std::min(disk.bytes / kReserveDivisor, kReserveBytesMax);
  if (disk.in_memory || bytes <= 0) {
    return ResourceExhausted(
        (disk.in_memory ? "its file system is in memory: " : "its disk is full: ") +
        options.folder);
  }
  return bytes;
}

SpillSpace::SpillSpace(SpillSpaceOptions options) : options_(WithFolder(std::move(options))) {}

SpillSpace::~SpillSpace() = default;

uint8_t* SpillSpace::Allocate(int64_t bytes) {
  if (!has_room()) {
    return nullptr;
  }
  SpillFile* file = opened_.load(std::memory_order_acquire);
  if (file == nullptr) {
    MutexLock lock(mutex_);
    absl::StatusOr<SpillFile*> opened = Opened();
    if (!opened.ok()) {
      error_ = opened.status();
      refused_at_bytes_.store(0, std::memory_order_relaxed);
      return nullptr;
    }
    file = *opened;
  }
  absl::StatusOr<uint8_t*> block = file->Allocate(bytes);
  if (!block.ok()) {
    MutexLock lock(mutex_);
    error_ = block.status();
    refused_at_bytes_.store(file->used_bytes(), std::memory_order_relaxed);
    return nullptr;
  }
  return *block;
}

void SpillSpace::Free(uint8_t* block, int64_t bytes) {
  opened_.load(std::memory_order_acquire)->Free(block, bytes);
}

absl::StatusOr<SpillFile*> SpillSpace::Opened() {
  if (file_ == nullptr) {
    LAMINAR_ASSIGN_OR_RETURN(const int64_t bytes_max, SpillBytesMax(options_));
    LAMINAR_ASSIGN_OR_RETURN(file_,
                             SpillFile::Open({.folder = options_.folder,
                                              .bytes_max = bytes_max,
                                              .resident_bytes_max = options_.resident_bytes_max}));
    opened_.store(file_.get(), std::memory_order_release);
  }
  return file_.get();
}

absl::Status SpillSpace::error() const {
  MutexLock lock(mutex_);
  return error_;
}

}  // namespace laminar::base
