// MemoryStore: objects in memory, for tests and the simulator. As strict about keys as the others.
// Thread-safe.
#ifndef LAMINAR_STORAGE_MEMORY_STORE_FOR_TEST_H_
#define LAMINAR_STORAGE_MEMORY_STORE_FOR_TEST_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "storage/object_store.h"

namespace laminar::storage {

class MemoryStore : public ObjectStore {
 public:
  std::string url() const override { return "memory:"; }

  base::Outcome Put(const std::string& key, std::string_view bytes) override;
  base::Outcome PutIfAbsent(const std::string& key, std::string_view bytes) override;
  base::Outcome PutFile(const std::string& key, const std::string& path) override;
  base::Outcome Delete(const std::string& key) override;
  absl::StatusOr<std::string> Get(const std::string& key) override;
  absl::StatusOr<std::string> GetRange(const std::string& key,
                                       int64_t offset,
                                       int64_t size) override;
  absl::Status GetFile(const std::string& key, const std::string& path) override;
  absl::StatusOr<ObjectInfo> Head(const std::string& key) override;
  absl::StatusOr<std::vector<ObjectInfo>> List(const std::string& prefix) override;

  /// Changes bytes behind the callers' back, as a broken device would. REQUIRES: the object exists.
  void Damage(const std::string& key, std::string bytes) LAMINAR_EXCLUDES(mutex_);

 private:
  base::Mutex mutex_;
  std::map<std::string, std::string> objects_ LAMINAR_GUARDED_BY(mutex_);
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_MEMORY_STORE_FOR_TEST_H_
