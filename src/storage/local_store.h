// LocalStore: objects as files below one folder. An object is written under another name in a
// hidden folder, synced, and then moved to its own, whose folder is synced too: so that readers,
// also those after a crash or a power failure, see all of it or nothing, and of several creators
// one wins. The folder is made with the first object. Thread-safe; several processes may use one
// folder. A deletion may be undone by a power failure.
#ifndef LAMINAR_STORAGE_LOCAL_STORE_H_
#define LAMINAR_STORAGE_LOCAL_STORE_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/mutex.h"
#include "storage/object_store.h"
#include "storage/unfinished_files.h"

namespace laminar::storage {

class LocalStore : public ObjectStore {
 public:
  /// `folder` need not exist; its path is taken as absolute from here on.
  explicit LocalStore(const std::string& folder);

  std::string url() const override { return folder_; }

  base::Outcome Put(const std::string& key, std::string_view bytes) override;
  base::Outcome PutIfAbsent(const std::string& key, std::string_view bytes) override;
  base::Outcome PutFile(const std::string& key, const std::string& path) override;
  /// Also removes the folders that it leaves empty.
  base::Outcome Delete(const std::string& key) override;

  absl::StatusOr<std::string> Get(const std::string& key) override;
  absl::StatusOr<std::string> GetRange(const std::string& key,
                                       int64_t offset,
                                       int64_t size) override;
  absl::Status GetFile(const std::string& key, const std::string& path) override;
  absl::StatusOr<ObjectInfo> Head(const std::string& key) override;
  absl::StatusOr<std::vector<ObjectInfo>> List(const std::string& prefix) override;

  /// Of all prefixes at once, and of dead processes only; also done before the first write.
  absl::Status RemoveUnfinished(const std::string& prefix) override;

 private:
  using Fill = std::function<absl::Status(base::OutputFile&)>;
  enum class IfThere { kReplace, kRefuse };

  base::Outcome Write(const std::string& key, IfThere if_there, const Fill& fill);
  base::Outcome Publish(const std::string& unfinished, const std::string& path, IfThere if_there);
  absl::StatusOr<std::string> WriteUnfinished(const Fill& fill);
  absl::Status EnsureFolder(const std::string& folder) LAMINAR_EXCLUDES(mutex_);
  void ForgetFolders() LAMINAR_EXCLUDES(mutex_);
  std::string PathOf(const std::string& key) const { return base::JoinPath(folder_, key); }
  absl::StatusOr<base::InputFile> Open(const std::string& key);

  const std::string folder_;
  UnfinishedFiles unfinished_;
  base::Mutex mutex_;
  // Folders whose names are known to be on the device.
  std::set<std::string> durable_folders_ LAMINAR_GUARDED_BY(mutex_);
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_LOCAL_STORE_H_
