#include "storage/unfinished_files.h"

#include <string_view>
#include <utility>

#include "base/file.h"

namespace laminar::storage {
namespace {

constexpr std::string_view kLockSuffix = ".lock";

// Stores that use one folder at a time: more than these are a mistake.
constexpr int kWritersMax = 100'000;

}  // namespace

UnfinishedFiles::UnfinishedFiles(std::string folder) : folder_(std::move(folder)) {}

UnfinishedFiles::~UnfinishedFiles() {
  const base::MutexLock lock(mutex_);
  Release();
}

absl::StatusOr<std::string> UnfinishedFiles::NewPath() {
  const base::MutexLock lock(mutex_);
  if (!lock_.has_value()) {
    LAMINAR_RETURN_IF_ERROR(RemoveLeftovers());
    LAMINAR_RETURN_IF_ERROR(Acquire());
  }
  return base::JoinPath(own_folder_, std::to_string(next_++));
}

void UnfinishedFiles::Reopen() {
  const base::MutexLock lock(mutex_);
  if (lock_.has_value() && !base::IsFolder(own_folder_)) {
    Release();
  }
}

absl::Status UnfinishedFiles::Acquire() {
  for (int number = 0; number < kWritersMax; ++number) {
    LAMINAR_RETURN_IF_ERROR(base::MakeFolders(folder_));
    const std::string own = base::JoinPath(folder_, std::to_string(number));
    auto acquired = base::FileLock::TryAcquireNew(own + std::string(kLockSuffix));
    if (acquired.ok()) {
      lock_ = *std::move(acquired);
      own_folder_ = own;
      return base::MakeFolders(own);
    }
    // NotFound: another store has just removed the hidden folder.
    if (acquired.status().code() != absl::StatusCode::kAlreadyExists &&
        acquired.status().code() != absl::StatusCode::kNotFound) {
      return acquired.status();
    }
  }
  return base::ResourceExhausted("too many stores use one folder: " + folder_);
}

void UnfinishedFiles::Release() {
  if (!lock_.has_value()) {
    return;
  }
  base::RemoveAll(own_folder_).IgnoreError();
  lock_->RemoveFile();
  lock_.reset();
  base::TryRemoveFolder(folder_).status().IgnoreError();
}

absl::Status UnfinishedFiles::RemoveLeftovers() {
  const auto names = base::ListFolder(folder_);
  if (!names.ok()) {
    return names.status().code() == absl::StatusCode::kNotFound ? absl::OkStatus() : names.status();
  }
  for (const std::string& name : *names) {
    if (!name.ends_with(kLockSuffix)) {
      continue;
    }
    auto lock = base::FileLock::TryAcquire(base::JoinPath(folder_, name));
    if (!lock.ok()) {
      continue;
    }
    const std::string own = name.substr(0, name.size() - kLockSuffix.size());
    LAMINAR_RETURN_IF_ERROR(base::RemoveAll(base::JoinPath(folder_, own)));
    lock->RemoveFile();
  }
  base::TryRemoveFolder(folder_).status().IgnoreError();
  return absl::OkStatus();
}

}  // namespace laminar::storage
