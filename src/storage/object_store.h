// ObjectStore: named, immutable byte strings in a folder, an S3 bucket (or MinIO), Google Cloud
// Storage or Azure Blob. What checkpoints, savepoints and sinks on object storage are made of; it
// knows nothing of any of them. Thread-safe. Every call BLOCKS and ends by a deadline of its own;
// it is made on I/O threads, never by tasks.
//
// Keys are relative to the URL that the store was opened with: parts of letters, digits and -_.=
// joined by single slashes, no leading slash, no part "." or "..". A name can be written again
// unless it was created by PutIfAbsent; callers never do that with different bytes.
//
// Changes report an Outcome: after kUnknown the caller reads back what is there. Errors of reads:
// NotFound, PermissionDenied (credentials), ResourceExhausted (disk full, quota), DataLoss (the
// store itself reports damage), Unavailable or DeadlineExceeded (trying again may help, and was
// tried), InvalidArgument (a key or URL). Messages name the object and what the store said, never
// a secret.
#ifndef LAMINAR_STORAGE_OBJECT_STORE_H_
#define LAMINAR_STORAGE_OBJECT_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "base/status.h"

namespace laminar::storage {

struct ObjectInfo {
  std::string key;
  int64_t bytes = 0;
  bool operator==(const ObjectInfo&) const = default;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Where it is, for messages; no secret in it.
  virtual std::string url() const = 0;

  /// Writes the object as a whole: nobody ever sees a part of it. Durable when applied.
  virtual base::Outcome Put(const std::string& key, std::string_view bytes) = 0;
  /// As Put, but NotApplied with AlreadyExists when there is an object of this name. Of several
  /// callers at a time exactly one succeeds.
  virtual base::Outcome PutIfAbsent(const std::string& key, std::string_view bytes) = 0;
  /// As Put, with the bytes of a local file, in several parts when it is large.
  virtual base::Outcome PutFile(const std::string& key, const std::string& path) = 0;
  /// Removes the object; Applied also when there was none.
  virtual base::Outcome Delete(const std::string& key) = 0;

  /// All of the object.
  virtual absl::StatusOr<std::string> Get(const std::string& key) = 0;
  /// Bytes [offset, offset + size) of it, fewer only where it ends.
  virtual absl::StatusOr<std::string> GetRange(const std::string& key,
                                               int64_t offset,
                                               int64_t size) = 0;
  /// Writes all of it into a local file, which is replaced.
  virtual absl::Status GetFile(const std::string& key, const std::string& path) = 0;
  virtual absl::StatusOr<ObjectInfo> Head(const std::string& key) = 0;
  /// Every object whose key begins with `prefix` (which need not end at a slash), sorted by key.
  /// Sees all that was applied before the call.
  virtual absl::StatusOr<std::vector<ObjectInfo>> List(const std::string& prefix) = 0;

  /// Removes what dead processes began to write below `prefix` and never finished, where the store
  /// keeps such things (List does not show them). Remote stores cannot tell the dead from the
  /// living: what anybody still writes below `prefix` fails.
  virtual absl::Status RemoveUnfinished(const std::string& prefix) { return absl::OkStatus(); }
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_OBJECT_STORE_H_
