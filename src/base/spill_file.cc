#include "base/spill_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "base/assert.h"
#include "base/resident_memory.h"
#include "base/system_error.h"

namespace laminar::base {
namespace {

// The mapping is larger than what may be used, so that blocks of many sizes find room between each
// other; more than this some file systems do not address.
constexpr int64_t kMappingFactor = 4;
constexpr int64_t kMappingBytesMax = int64_t{4} << 40;
constexpr int64_t kMappingBytesMin = 64 << 20;

// Disk space is reserved in steps of this at the end: a call costs as much for a page as for it.
constexpr int64_t kReserveBytes = 8 << 20;

// Made a hole at once.
constexpr int64_t kWipeBytes = 32 << 20;

// Dropped at once; and how many of them between two looks at the counter.
constexpr int64_t kStrideBytesMin = 1 << 20;
constexpr int64_t kStrideBytesMax = 16 << 20;
constexpr int64_t kStridesPerRound = 512;
constexpr int kStridesPerLook = 8;

// Of what may be resident: so much is dropped at once, and where the rest of the process alone is
// too large, so much may come back until the next round.
constexpr int64_t kSlackDivisor = 16;
constexpr int64_t kRegrowBytesMin = 4 << 20;

// UFFD_FEATURE_WP_ASYNC, of Linux 6.7; older headers do not name it.
constexpr uint64_t kWriteProtectAsynchronously = uint64_t{1} << 15;

constexpr int64_t kWatchNanosMin = 2'000'000;
constexpr int64_t kWatchNanosMax = 16'000'000;

int64_t RoundUp(int64_t bytes, int64_t unit) { return (bytes + unit - 1) / unit * unit; }

int64_t PageFaults() {
  struct rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

int OpenNameless(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) {
    return descriptor;
  }
  // A file system without files that have no name.
  std::string path = folder + "/laminar-spill-XXXXXX";
  const int named = mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) {
    unlink(path.c_str());
  }
  return named;
}

int ReserveOnDisk(int descriptor, int64_t offset, int64_t bytes) {
  if (fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, bytes) == 0) {
    return 0;
  }
  // The C library writes zeros where the file system cannot reserve.
  return errno == EOPNOTSUPP ? posix_fallocate(descriptor, offset, bytes) : errno;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SpillFile>> SpillFile::Open(SpillFileOptions options) {
  const int descriptor = OpenNameless(options.folder);
  if (descriptor < 0) {
    return SystemError("cannot make a spill file", options.folder, errno);
  }
  int64_t length = RoundUp(std::clamp(options.bytes_max, kMappingBytesMin / kMappingFactor,
                                      kMappingBytesMax / kMappingFactor) *
                               kMappingFactor,
                           kReserveBytes);
  int extended = ftruncate(descriptor, length);
  while (extended != 0 && errno == EFBIG && length > kMappingBytesMin) {
    length = RoundUp(length / 2, kUnitBytes);
    extended = ftruncate(descriptor, length);
  }
  if (extended != 0) {
    const absl::Status status = SystemError("cannot make a spill file", options.folder, errno);
    close(descriptor);
    return status;
  }
  void* memory = mmap(nullptr, static_cast<size_t>(length), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_NORESERVE, descriptor, 0);
  if (memory == MAP_FAILED) {
    const absl::Status status = SystemError("cannot map a spill file", options.folder, errno);
    close(descriptor);
    return status;
  }
  madvise(memory, static_cast<size_t>(length), MADV_DONTDUMP);
  return std::unique_ptr<SpillFile>(
      new SpillFile(std::move(options), descriptor, static_cast<uint8_t*>(memory), length));
}

SpillFile::SpillFile(SpillFileOptions options, int descriptor, uint8_t* memory, int64_t length)
    : options_(std::move(options)),
      descriptor_(descriptor),
      memory_(memory),
      length_(length),
      trim_at_(options_.resident_bytes_max) {
  MapPageByPage();
  watcher_ = Thread("spill", [this] { WatchResidency(); });
}

SpillFile::~SpillFile() {
  {
    MutexLock lock(watch_mutex_);
    stopping_ = true;
  }
  watch_wake_.NotifyAll();
  watcher_.Join();
  LAMINAR_ASSERT(used_bytes() == 0, used_bytes());
  munmap(memory_, static_cast<size_t>(length_));
  close(descriptor_);
  if (fault_descriptor_ >= 0) {
    close(fault_descriptor_);
  }
}

// An access must bring back one page and not its neighbours, or what is resident grows many times
// faster than what is used. The advice keeps the system's cache in small pages. Reads still map 16
// pages where those are in the cache, unless the range is watched for writes (userfaultfd(2));
// nothing is made of what is seen, and it is done without where the system does not allow it.
void SpillFile::MapPageByPage() {
  madvise(memory_, static_cast<size_t>(length_), MADV_RANDOM);
  fault_descriptor_ =
      static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY));
  if (fault_descriptor_ < 0) {
    return;
  }
  struct uffdio_api api{};
  api.api = UFFD_API;
  api.features = kWriteProtectAsynchronously;
  struct uffdio_register range{};
  range.range.start = reinterpret_cast<uint64_t>(memory_);
  range.range.len = static_cast<uint64_t>(length_);
  range.mode = UFFDIO_REGISTER_MODE_WP;
  if (ioctl(fault_descriptor_, UFFDIO_API, &api) != 0 ||
      ioctl(fault_descriptor_, UFFDIO_REGISTER, &range) != 0) {
    close(std::exchange(fault_descriptor_, -1));
  }
}

// --- blocks ---

absl::StatusOr<uint8_t*> SpillFile::Allocate(int64_t bytes) {
  bytes = RoundUp(bytes, kUnitBytes);
  int64_t offset = 0;
  bool is_first = false;
  {
    MutexLock lock(mutex_);
    LAMINAR_ASSIGN_OR_RETURN(offset, TakeExtent(bytes));
    is_first = used_bytes_.fetch_add(bytes, std::memory_order_relaxed) == 0;
  }
  if (is_first) {
    MutexLock lock(watch_mutex_);
    active_ = true;
    watch_wake_.NotifyAll();
  }
  TrimResidency();
  return memory_ + offset;
}

absl::StatusOr<int64_t> SpillFile::TakeExtent(int64_t bytes) {
  if (used_bytes() + bytes > options_.bytes_max) {
    return ResourceExhausted("spill limit reached: " + options_.folder);
  }
  absl::StatusOr<int64_t> offset = TryTakeExtent(bytes);
  if (offset.ok() || freed_.num_parts() == 0) {
    return offset;
  }
  // There may be room once what was freed is wiped.
  while (const auto part = freed_.TakeOfLargest(kWipeBytes)) {
    (Wipe(part->first, part->second) ? holes_ : reserved_).Add(part->first, part->second);
    freed_bytes_.fetch_sub(part->second, std::memory_order_relaxed);
  }
  return TryTakeExtent(bytes);
}

absl::StatusOr<int64_t> SpillFile::TryTakeExtent(int64_t bytes) {
  if (const std::optional<int64_t> offset = reserved_.Take(bytes)) {
    return *offset;
  }
  if (const std::optional<int64_t> offset = holes_.Take(bytes)) {
    if (absl::Status status = Reserve(*offset, bytes); !status.ok()) {
      holes_.Add(*offset, bytes);
      return status;
    }
    return *offset;
  }
  const int64_t offset = end_.load(std::memory_order_relaxed);
  const int64_t wanted = std::min(RoundUp(bytes, kReserveBytes), length_ - offset);
  if (wanted < bytes) {
    return ResourceExhausted("no room left in the spill file: " + options_.folder);
  }
  // Near the end of the disk the step may not fit, where the block does.
  int64_t granted = wanted;
  absl::Status status = Reserve(offset, granted);
  if (!status.ok() && bytes < wanted) {
    granted = bytes;
    status = Reserve(offset, granted);
  }
  LAMINAR_RETURN_IF_ERROR(status);
  end_.store(offset + granted, std::memory_order_relaxed);
  if (granted > bytes) {
    reserved_.Add(offset + bytes, granted - bytes);
  }
  return offset;
}

absl::Status SpillFile::Reserve(int64_t offset, int64_t bytes) {
  int error = 0;
  do {
    error = options_.reserve ? options_.reserve(descriptor_, offset, bytes)
                             : ReserveOnDisk(descriptor_, offset, bytes);
  } while (error == EINTR);
  if (error == 0) {
    return absl::OkStatus();
  }
  // What was reserved before the disk was full.
  fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes);
  return SystemError("cannot spill", options_.folder, error);
}

void SpillFile::Free(uint8_t* block, int64_t bytes) {
  bytes = RoundUp(bytes, kUnitBytes);
  const int64_t offset = block - memory_;
  LAMINAR_ASSERT(offset >= 0 && offset + bytes <= end_.load(std::memory_order_relaxed), offset);
  MutexLock lock(mutex_);
  freed_.Add(offset, bytes);
  freed_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  used_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

// Whether it is a hole now, which reads as zeros. Where there are none, the place is kept, and
// zeros are written.
bool SpillFile::Wipe(int64_t offset, int64_t bytes) {
  if (fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes) == 0) {
    return true;
  }
  std::fill_n(memory_ + offset, bytes, uint8_t{0});
  return false;
}

void SpillFile::WipeFreed() {
  while (freed_bytes_.load(std::memory_order_relaxed) > 0) {
    std::optional<std::pair<int64_t, int64_t>> part;
    {
      MutexLock lock(watch_mutex_);
      if (stopping_) {
        return;  // the file goes as a whole
      }
    }
    {
      MutexLock lock(mutex_);
      part = freed_.TakeOfLargest(kWipeBytes);
    }
    if (!part.has_value()) {
      return;
    }
    const bool is_hole = Wipe(part->first, part->second);
    MutexLock lock(mutex_);
    (is_hole ? holes_ : reserved_).Add(part->first, part->second);
    freed_bytes_.fetch_sub(part->second, std::memory_order_relaxed);
  }
}

int64_t SpillFile::DiskBytes() const {
  struct stat data{};
  return fstat(descriptor_, &data) == 0 ? int64_t{data.st_blocks} * 512 : 0;
}

// --- residency ---

void SpillFile::BringBack(uint8_t* block, int64_t bytes) {
  madvise(block, static_cast<size_t>(bytes), MADV_WILLNEED);
  madvise(block, static_cast<size_t>(bytes), MADV_POPULATE_READ);
  TrimResidency();
}

void SpillFile::TrimResidency() {
  if (ResidentMemory() <= trim_at_.load(std::memory_order_relaxed)) {
    return;
  }
  MutexLock lock(trim_mutex_);
  const int64_t limit = options_.resident_bytes_max;
  if (ResidentMemory() <= trim_at_.load(std::memory_order_relaxed)) {
    return;  // another thread has done it
  }
  const int64_t resident = DropUntil(limit - limit / kSlackDivisor);
  const int64_t regrow = std::max(limit / kSlackDivisor, kRegrowBytesMin);
  trim_at_.store(std::max(limit, resident + regrow), std::memory_order_relaxed);
}

int64_t SpillFile::DropUntil(int64_t resident_bytes) {
  const int64_t end = end_.load(std::memory_order_relaxed);
  const int64_t stride = std::clamp(RoundUp(end / kStridesPerRound, kStrideBytesMin),
                                    kStrideBytesMin, kStrideBytesMax);
  int64_t resident = ResidentMemory();
  int num_strides = 0;
  for (int64_t dropped = 0; dropped < end && resident > resident_bytes; dropped += stride) {
    if (hand_ >= end) {
      hand_ = 0;
    }
    const int64_t bytes = std::min(stride, end - hand_);
    // Of a shared mapping nothing is lost: the pages stay in the system's cache, or go to disk.
    madvise(memory_ + hand_, static_cast<size_t>(bytes), MADV_DONTNEED);
    hand_ += bytes;
    if (++num_strides % kStridesPerLook == 0) {
      resident = ResidentMemory();
    }
  }
  return ResidentMemory();
}

// Sees to accesses that nobody announces. Sleeps longer while nothing comes back.
void SpillFile::WatchResidency() {
  int64_t nanos = kWatchNanosMin;
  int64_t last = 0;
  while (true) {
    {
      MutexLock lock(watch_mutex_);
      active_ = active_ && used_bytes() + freed_bytes_.load(std::memory_order_relaxed) > 0;
      while (!stopping_ && !active_) {
        watch_wake_.Wait(watch_mutex_);
      }
      if (!stopping_) {
        watch_wake_.WaitFor(watch_mutex_, nanos);
      }
      if (stopping_) {
        return;
      }
    }
    TrimResidency();
    WipeFreed();
    const int64_t now = PageFaults();
    nanos = now == last ? std::min(nanos * 2, kWatchNanosMax) : kWatchNanosMin;
    last = now;
  }
}

}  // namespace laminar::base
