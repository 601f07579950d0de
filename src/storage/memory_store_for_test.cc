#include "storage/memory_store_for_test.h"

#include <utility>

#include "base/assert.h"
#include "base/file.h"
#include "storage/object_key.h"

namespace laminar::storage {

using base::Outcome;

Outcome MemoryStore::Put(const std::string& key, std::string_view bytes) {
  if (absl::Status checked = CheckKey(key); !checked.ok()) {
    return Outcome::NotApplied(std::move(checked));
  }
  const base::MutexLock lock(mutex_);
  objects_[key] = std::string(bytes);
  return Outcome::Applied();
}

Outcome MemoryStore::PutIfAbsent(const std::string& key, std::string_view bytes) {
  if (absl::Status checked = CheckKey(key); !checked.ok()) {
    return Outcome::NotApplied(std::move(checked));
  }
  const base::MutexLock lock(mutex_);
  if (!objects_.emplace(key, std::string(bytes)).second) {
    return Outcome::NotApplied(
        base::MakeError(absl::StatusCode::kAlreadyExists, "object exists: memory:" + key));
  }
  return Outcome::Applied();
}

Outcome MemoryStore::PutFile(const std::string& key, const std::string& path) {
  const auto bytes = base::ReadWholeFile(path);
  return bytes.ok() ? Put(key, *bytes) : Outcome::NotApplied(bytes.status());
}

Outcome MemoryStore::Delete(const std::string& key) {
  if (absl::Status checked = CheckKey(key); !checked.ok()) {
    return Outcome::NotApplied(std::move(checked));
  }
  const base::MutexLock lock(mutex_);
  objects_.erase(key);
  return Outcome::Applied();
}

absl::StatusOr<std::string> MemoryStore::Get(const std::string& key) {
  LAMINAR_RETURN_IF_ERROR(CheckKey(key));
  const base::MutexLock lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) {
    return base::NotFound("no such object: memory:" + key);
  }
  return found->second;
}

absl::StatusOr<std::string> MemoryStore::GetRange(const std::string& key,
                                                  int64_t offset,
                                                  int64_t size) {
  LAMINAR_RETURN_IF_ERROR(CheckRange(key, offset, size));
  LAMINAR_ASSIGN_OR_RETURN(const std::string bytes, Get(key));
  if (offset >= static_cast<int64_t>(bytes.size())) {
    return std::string();
  }
  return bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(size));
}

absl::Status MemoryStore::GetFile(const std::string& key, const std::string& path) {
  LAMINAR_ASSIGN_OR_RETURN(const std::string bytes, Get(key));
  return OfLocalFile(base::WriteWholeFile(path, bytes));
}

absl::StatusOr<ObjectInfo> MemoryStore::Head(const std::string& key) {
  LAMINAR_ASSIGN_OR_RETURN(const std::string bytes, Get(key));
  return ObjectInfo{key, static_cast<int64_t>(bytes.size())};
}

absl::StatusOr<std::vector<ObjectInfo>> MemoryStore::List(const std::string& prefix) {
  LAMINAR_RETURN_IF_ERROR(CheckPrefix(prefix));
  const base::MutexLock lock(mutex_);
  std::vector<ObjectInfo> found;
  for (auto object = objects_.lower_bound(prefix);
       object != objects_.end() && object->first.starts_with(prefix); ++object) {
    found.push_back({object->first, static_cast<int64_t>(object->second.size())});
  }
  return found;
}

void MemoryStore::Damage(const std::string& key, std::string bytes) {
  const base::MutexLock lock(mutex_);
  const auto found = objects_.find(key);
  LAMINAR_ASSERT(found != objects_.end(), objects_.size());
  found->second = std::move(bytes);
}

}  // namespace laminar::storage
