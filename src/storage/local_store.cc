#include "storage/local_store.h"

#include <algorithm>
#include <utility>

#include "storage/folder_listing.h"
#include "storage/object_key.h"
#include "storage/storage_limits.h"

namespace laminar::storage {
namespace {

using base::Outcome;

absl::Status CopyInto(base::InputFile& from, base::OutputFile& to) {
  std::string buffer(kCopyBytes, '\0');
  while (true) {
    LAMINAR_ASSIGN_OR_RETURN(const size_t count, from.Read(buffer.data(), buffer.size()));
    if (count == 0) {
      return absl::OkStatus();
    }
    LAMINAR_RETURN_IF_ERROR(to.Write(std::string_view(buffer.data(), count)));
  }
}

// Says what to do about what the operating system refuses.
absl::Status WithRemedy(const absl::Status& status, const std::string& folder) {
  std::string message(base::FromAbsl(status.message()));
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
      message += " (free some space below " + folder + ", or use another folder)";
      break;
    case absl::StatusCode::kPermissionDenied:
      message += " (make " + folder + " writable for this user, or use another folder)";
      break;
    default:
      break;
  }
  return base::MakeError(status.code(), message);
}

bool WasRemoved(const absl::Status& status) { return status.code() == absl::StatusCode::kNotFound; }

}  // namespace

LocalStore::LocalStore(const std::string& folder)
    : folder_(base::RealPath(folder)),
      unfinished_(base::JoinPath(folder_, std::string(kUnfinishedFolder))) {}

Outcome LocalStore::Put(const std::string& key, std::string_view bytes) {
  return Write(key, IfThere::kReplace, [&](base::OutputFile& file) { return file.Write(bytes); });
}

Outcome LocalStore::PutIfAbsent(const std::string& key, std::string_view bytes) {
  return Write(key, IfThere::kRefuse, [&](base::OutputFile& file) { return file.Write(bytes); });
}

Outcome LocalStore::PutFile(const std::string& key, const std::string& path) {
  if (const auto info = base::GetFileInfo(path); !info.ok()) {
    return Outcome::NotApplied(info.status());
  }
  return Write(key, IfThere::kReplace, [&](base::OutputFile& file) -> absl::Status {
    LAMINAR_ASSIGN_OR_RETURN(base::InputFile from, base::InputFile::Open(path));
    return CopyInto(from, file);
  });
}

Outcome LocalStore::Write(const std::string& key, IfThere if_there, const Fill& fill) {
  if (absl::Status checked = CheckKey(key); !checked.ok()) {
    return Outcome::NotApplied(std::move(checked));
  }
  const std::string path = PathOf(key);
  // Folders are removed when their last object is: whoever meets that begins again.
  absl::Status why;
  for (int attempt = 0; attempt < kLocalAttemptsMax; ++attempt) {
    const auto unfinished = WriteUnfinished(fill);
    if (!unfinished.ok()) {
      why = WithRemedy(unfinished.status(), folder_);
    } else if (absl::Status made = EnsureFolder(std::string(base::FolderName(path))); !made.ok()) {
      why = WithRemedy(made, folder_);
      base::RemoveFile(*unfinished).IgnoreError();
    } else {
      Outcome outcome = Publish(*unfinished, path, if_there);
      if (outcome.state() != Outcome::State::kNotApplied || !WasRemoved(outcome.status())) {
        return outcome;
      }
      why = outcome.status();
    }
    if (!WasRemoved(why)) {
      break;
    }
    ForgetFolders();
    unfinished_.Reopen();
  }
  return Outcome::NotApplied(why);
}

absl::StatusOr<std::string> LocalStore::WriteUnfinished(const Fill& fill) {
  LAMINAR_ASSIGN_OR_RETURN(std::string path, unfinished_.NewPath());
  const absl::Status written = [&]() -> absl::Status {
    LAMINAR_ASSIGN_OR_RETURN(base::OutputFile file, base::OutputFile::CreateNew(path));
    LAMINAR_RETURN_IF_ERROR(fill(file));
    LAMINAR_RETURN_IF_ERROR(file.Sync());
    return file.Close();
  }();
  if (!written.ok()) {
    base::RemoveFile(path).IgnoreError();
    return written;
  }
  return path;
}

Outcome LocalStore::Publish(const std::string& unfinished,
                            const std::string& path,
                            IfThere if_there) {
  if (if_there == IfThere::kReplace && base::IsFolder(path)) {
    base::RemoveFile(unfinished).IgnoreError();
    return Outcome::NotApplied(
        base::InvalidArgument("cannot write an object: there is a folder of its name: " + path));
  }
  const absl::Status moved = if_there == IfThere::kReplace ? base::RenameFile(unfinished, path)
                                                           : base::RenameFileNew(unfinished, path);
  if (moved.ok()) {
    return Outcome::Applied();
  }
  const bool still_unfinished = base::FileExists(unfinished);
  base::RemoveFile(unfinished).IgnoreError();
  if (moved.code() == absl::StatusCode::kAlreadyExists) {
    // What decided against the caller must be there after a power failure, too.
    const absl::Status synced = base::SyncFolder(std::string(base::FolderName(path)));
    return synced.ok() ? Outcome::NotApplied(moved) : Outcome::NotApplied(synced);
  }
  // Moved, but the folder could not be synced: nobody knows what a power failure leaves.
  return still_unfinished ? Outcome::NotApplied(WithRemedy(moved, folder_))
                          : Outcome::Unknown(moved);
}

absl::Status LocalStore::EnsureFolder(const std::string& folder) {
  std::vector<std::string> missing;
  {
    const base::MutexLock lock(mutex_);
    for (std::string path = folder; !durable_folders_.contains(path);
         path = std::string(base::FolderName(path))) {
      // Folders above the store's that exist are others' business.
      if (path == "/" || path == "." || (path.size() < folder_.size() && base::IsFolder(path))) {
        break;
      }
      missing.push_back(path);
    }
  }
  std::reverse(missing.begin(), missing.end());
  for (const std::string& path : missing) {
    LAMINAR_RETURN_IF_ERROR(base::MakeFolders(path));
    const absl::Status synced = base::SyncFolder(std::string(base::FolderName(path)));
    // What lies above the store's folder may be closed to this user; then somebody else made it.
    if (!synced.ok() &&
        (path.size() > folder_.size() || synced.code() != absl::StatusCode::kPermissionDenied)) {
      return synced;
    }
    const base::MutexLock lock(mutex_);
    durable_folders_.insert(path);
  }
  return absl::OkStatus();
}

void LocalStore::ForgetFolders() {
  const base::MutexLock lock(mutex_);
  durable_folders_.clear();
}

Outcome LocalStore::Delete(const std::string& key) {
  if (absl::Status checked = CheckKey(key); !checked.ok()) {
    return Outcome::NotApplied(std::move(checked));
  }
  const std::string path = PathOf(key);
  if (base::IsFolder(path)) {
    return Outcome::Applied();
  }
  const absl::Status removed = base::RemoveFile(path);
  if (!removed.ok() && !WasRemoved(removed)) {
    return Outcome::NotApplied(WithRemedy(removed, folder_));
  }
  bool any = false;
  for (std::string above(base::FolderName(path)); above.size() > folder_.size();
       above = std::string(base::FolderName(above))) {
    const auto gone = base::TryRemoveFolder(above);
    if (!gone.ok() || !*gone) {
      break;
    }
    any = true;
  }
  if (any) {
    ForgetFolders();
  }
  return Outcome::Applied();
}

absl::StatusOr<base::InputFile> LocalStore::Open(const std::string& key) {
  LAMINAR_RETURN_IF_ERROR(CheckKey(key));
  const std::string path = PathOf(key);
  if (base::IsFolder(path)) {
    return base::NotFound("no such object: " + path);
  }
  return base::InputFile::Open(path);
}

absl::StatusOr<std::string> LocalStore::Get(const std::string& key) {
  LAMINAR_ASSIGN_OR_RETURN(base::InputFile file, Open(key));
  const int64_t size = file.info().bytes;
  std::string bytes(static_cast<size_t>(size), '\0');
  LAMINAR_ASSIGN_OR_RETURN(const size_t count, file.ReadAt(0, bytes.data(), bytes.size()));
  bytes.resize(count);
  return bytes;
}

absl::StatusOr<std::string> LocalStore::GetRange(const std::string& key,
                                                 int64_t offset,
                                                 int64_t size) {
  LAMINAR_RETURN_IF_ERROR(CheckRange(key, offset, size));
  LAMINAR_ASSIGN_OR_RETURN(base::InputFile file, Open(key));
  const int64_t rest = std::max<int64_t>(0, file.info().bytes - offset);
  std::string bytes(static_cast<size_t>(std::min(size, rest)), '\0');
  LAMINAR_ASSIGN_OR_RETURN(const size_t count, file.ReadAt(offset, bytes.data(), bytes.size()));
  bytes.resize(count);
  return bytes;
}

absl::Status LocalStore::GetFile(const std::string& key, const std::string& path) {
  LAMINAR_ASSIGN_OR_RETURN(base::InputFile from, Open(key));
  const std::string unfinished = path + ".part";
  const absl::Status written = [&]() -> absl::Status {
    LAMINAR_ASSIGN_OR_RETURN(base::OutputFile to, base::OutputFile::Create(unfinished));
    LAMINAR_RETURN_IF_ERROR(CopyInto(from, to));
    LAMINAR_RETURN_IF_ERROR(to.Close());
    return base::RenameFile(unfinished, path);
  }();
  if (!written.ok()) {
    base::RemoveFile(unfinished).IgnoreError();
  }
  return OfLocalFile(written);
}

absl::StatusOr<ObjectInfo> LocalStore::Head(const std::string& key) {
  LAMINAR_ASSIGN_OR_RETURN(const base::InputFile file, Open(key));
  return ObjectInfo{key, file.info().bytes};
}

absl::StatusOr<std::vector<ObjectInfo>> LocalStore::List(const std::string& prefix) {
  LAMINAR_RETURN_IF_ERROR(CheckPrefix(prefix));
  return ListObjectsBelow(folder_, prefix);
}

absl::Status LocalStore::RemoveUnfinished(const std::string&) {
  return unfinished_.RemoveLeftovers();
}

}  // namespace laminar::storage
