#include "engine/state/state_spill.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/disk_space.h"

namespace laminar::engine {
namespace {

using duckdb::data_ptr_t;
using duckdb::idx_t;

// Others need the disk, too.
constexpr int64_t kReserveDivisor = 20;
constexpr int64_t kReserveBytesMax = int64_t{4} << 30;

StateSpillOptions WithFolder(StateSpillOptions options) {
  if (options.folder.empty()) {
    options.folder = base::ChooseDiskFolder(base::TemporaryFolders());
  }
  return options;
}

}  // namespace

struct StateSpill::AllocatorData final : duckdb::PrivateAllocatorData {
  explicit AllocatorData(StateSpill& owner) : spill(owner) {}

  static StateSpill& Of(duckdb::PrivateAllocatorData* data) {
    return static_cast<AllocatorData*>(data)->spill;
  }
  static data_ptr_t Allocate(duckdb::PrivateAllocatorData* data, idx_t size) {
    if (static_cast<int64_t>(size) >= kBlockBytesMin) {
      if (uint8_t* block = Of(data).Allocate(static_cast<int64_t>(size))) {
        return block;
      }
    }
    return duckdb::Allocator::DefaultAllocate(data, size);
  }
  static void Free(duckdb::PrivateAllocatorData* data, data_ptr_t block, idx_t size) {
    const base::SpillFile* file = Of(data).opened_.load(std::memory_order_acquire);
    if (file != nullptr && file->Contains(block)) {
      Of(data).Free(block, static_cast<int64_t>(size));
    } else {
      duckdb::Allocator::DefaultFree(data, block, size);
    }
  }
  static data_ptr_t Reallocate(duckdb::PrivateAllocatorData* data,
                               data_ptr_t block,
                               idx_t old_size,
                               idx_t size) {
    const data_ptr_t moved = Allocate(data, size);
    std::memcpy(moved, block, std::min(old_size, size));
    Free(data, block, old_size);
    return moved;
  }

  StateSpill& spill;
};

StateSpill::StateSpill(StateSpillOptions options)
    : options_(WithFolder(std::move(options))),
      allocator_(AllocatorData::Allocate,
                 AllocatorData::Free,
                 AllocatorData::Reallocate,
                 duckdb::make_uniq<AllocatorData>(*this)) {}

StateSpill::~StateSpill() = default;

uint8_t* StateSpill::Allocate(int64_t bytes) {
  if (!has_room()) {
    return nullptr;
  }
  base::SpillFile* file = opened_.load(std::memory_order_acquire);
  if (file == nullptr) {
    base::MutexLock lock(mutex_);
    absl::StatusOr<base::SpillFile*> opened = Opened();
    if (!opened.ok()) {
      error_ = opened.status();
      refused_at_bytes_.store(0, std::memory_order_relaxed);
      return nullptr;
    }
    file = *opened;
  }
  absl::StatusOr<uint8_t*> block = file->Allocate(bytes);
  if (!block.ok()) {
    base::MutexLock lock(mutex_);
    error_ = block.status();
    refused_at_bytes_.store(file->used_bytes(), std::memory_order_relaxed);
    return nullptr;
  }
  return *block;
}

void StateSpill::Free(uint8_t* block, int64_t bytes) {
  opened_.load(std::memory_order_acquire)->Free(block, bytes);
}

absl::StatusOr<base::SpillFile*> StateSpill::Opened() {
  if (file_ == nullptr) {
    int64_t bytes_max = options_.bytes_max;
    if (bytes_max <= 0) {
      LAMINAR_ASSIGN_OR_RETURN(const base::DiskSpace disk, base::GetDiskSpace(options_.folder));
      bytes_max = disk.free_bytes - std::min(disk.bytes / kReserveDivisor, kReserveBytesMax);
      if (disk.in_memory || bytes_max <= 0) {
        return base::ResourceExhausted(
            (disk.in_memory ? "its file system is in memory: " : "its disk is full: ") +
            options_.folder);
      }
    }
    LAMINAR_ASSIGN_OR_RETURN(
        file_, base::SpillFile::Open({.folder = options_.folder,
                                      .bytes_max = bytes_max,
                                      .resident_bytes_max = options_.resident_bytes_max}));
    opened_.store(file_.get(), std::memory_order_release);
  }
  return file_.get();
}

absl::Status StateSpill::error() const {
  base::MutexLock lock(mutex_);
  return error_;
}

}  // namespace laminar::engine
