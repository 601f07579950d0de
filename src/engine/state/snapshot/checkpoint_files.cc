#include "engine/state/snapshot/checkpoint_files.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/file.h"
#include "base/kill_point.h"

namespace laminar::engine {
namespace {

constexpr int64_t kFirstPauseNanos = 50'000'000;
constexpr int64_t kLongestPauseNanos = 5'000'000'000;
constexpr int kFetchAttemptsMax = 18;  // about a minute

// What is larger goes to the store as a file, in parts.
constexpr int64_t kWholeBytesMax = 8 << 20;

absl::StatusOr<uint32_t> ChecksumOfFile(const std::string& path) {
  LAMINAR_ASSIGN_OR_RETURN(base::InputFile file, base::InputFile::Open(path));
  std::vector<char> buffer(1 << 20);
  uint32_t crc = 0;
  while (true) {
    LAMINAR_ASSIGN_OR_RETURN(const size_t size, file.Read(buffer.data(), buffer.size()));
    if (size == 0) {
      return crc;
    }
    crc = base::Crc32c({buffer.data(), size}, crc);
  }
}

}  // namespace

CheckpointFiles::CheckpointFiles(storage::ObjectStore& store,
                                 data::Generation generation,
                                 std::string spool_folder)
    : store_(store), generation_(generation), spool_folder_(std::move(spool_folder)) {}

absl::Status CheckpointFiles::OfSpool(const absl::Status& status) {
  if (status.ok()) {
    return status;
  }
  return base::MakeError(
      status.code(),
      fmt::format("{} (files of checkpoints lie there on their way to the state directory: free "
                  "some space, or name another folder by worker.spill-dir)",
                  base::FromAbsl(status.message())));
}

std::string CheckpointFiles::NewSpoolPath() {
  base::MutexLock lock(mutex_);
  return base::JoinPath(spool_folder_, fmt::format("{}.parquet", next_spool_file_++));
}

absl::StatusOr<rpc::StoredObject> CheckpointFiles::Upload(const std::string& key,
                                                          const std::string& path) {
  rpc::StoredObject object{.key = key, .bytes = 0, .crc32c = 0};
  LAMINAR_ASSIGN_OR_RETURN(const base::FileInfo info, base::GetFileInfo(path));
  object.bytes = info.bytes;
  std::string bytes;
  const bool whole = info.bytes <= kWholeBytesMax;
  if (whole) {
    LAMINAR_ASSIGN_OR_RETURN(bytes, base::ReadWholeFile(path));
    object.crc32c = base::Crc32c(bytes);
  } else {
    LAMINAR_ASSIGN_OR_RETURN(object.crc32c, ChecksumOfFile(path));
  }
  for (int attempt = 0;; ++attempt) {
    // The name is this attempt's own and the bytes never change: writing once more is harmless.
    LAMINAR_KILLPOINT("upload_begun");
    const base::Outcome outcome = whole ? store_.Put(key, bytes) : store_.PutFile(key, path);
    LAMINAR_KILLPOINT("upload_done");
    {
      base::MutexLock lock(mutex_);
      trouble_ = outcome.status();
    }
    if (outcome.applied()) {
      base::RemoveFile(path).IgnoreError();
      return object;
    }
    if (!Pause(attempt)) {
      return base::MakeError(absl::StatusCode::kCancelled, "upload stopped: " + key);
    }
  }
}

absl::Status CheckpointFiles::Fetch(const rpc::StoredObject& object, const std::string& path) {
  absl::Status status;
  for (int attempt = 0; attempt < kFetchAttemptsMax; ++attempt) {
    status = store_.GetFile(object.key, path);
    if (status.ok() || (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status))) {
      break;
    }
    if (!Pause(attempt)) {
      return base::MakeError(absl::StatusCode::kCancelled, "download stopped: " + object.key);
    }
  }
  if (absl::IsNotFound(status)) {
    return base::DataLoss(
        fmt::format("{}is missing: {} in {}", kDamagedCheckpointFile, object.key, store_.url()));
  }
  if (absl::IsResourceExhausted(status)) {
    return OfSpool(status);
  }
  LAMINAR_RETURN_IF_ERROR(status);
  LAMINAR_ASSIGN_OR_RETURN(const base::FileInfo info, base::GetFileInfo(path));
  if (info.bytes != object.bytes) {
    return base::DataLoss(fmt::format("{}has another length: {} in {} has {} bytes, not {}",
                                      kDamagedCheckpointFile, object.key, store_.url(), info.bytes,
                                      object.bytes));
  }
  LAMINAR_ASSIGN_OR_RETURN(const uint32_t crc32c, ChecksumOfFile(path));
  if (crc32c != object.crc32c) {
    return base::DataLoss(fmt::format("{}is damaged: {} in {} has CRC32C {:08x}, not {:08x}",
                                      kDamagedCheckpointFile, object.key, store_.url(), crc32c,
                                      object.crc32c));
  }
  return absl::OkStatus();
}

bool CheckpointFiles::Pause(int attempt) {
  const int64_t nanos = std::min(kLongestPauseNanos, kFirstPauseNanos << std::min(attempt, 20));
  base::MutexLock lock(mutex_);
  if (!stopped_) {
    // May end early: then it is tried earlier.
    stop_came_.WaitFor(mutex_, nanos);
  }
  return !stopped_;
}

void CheckpointFiles::Stop() {
  base::MutexLock lock(mutex_);
  stopped_ = true;
  stop_came_.NotifyAll();
}

absl::Status CheckpointFiles::trouble() const {
  base::MutexLock lock(mutex_);
  return trouble_;
}

}  // namespace laminar::engine
