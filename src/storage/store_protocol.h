// StoreProtocol: how one kind of remote store is spoken to: which requests its operations are, how
// they are authorised, and what its answers mean. Only uploads in parts, which differ in each of
// them, are sent by itself; RemoteStore sends all else. Thread-safe.
#ifndef LAMINAR_STORAGE_STORE_PROTOCOL_H_
#define LAMINAR_STORAGE_STORE_PROTOCOL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "base/status.h"
#include "storage/http.h"
#include "storage/http_caller.h"
#include "storage/object_store.h"

namespace laminar::storage {

struct ByteRange {
  int64_t offset = 0;
  int64_t size = 0;
};

/// `bytes=0-9`; REQUIRES: not empty.
std::string RangeHeader(const ByteRange& range);

struct ListPage {
  std::vector<ObjectInfo> objects;  // keys as the store's URL sees them
  std::string next;                 // empty after the last page

  /// Adds what a store lists by its whole key, unless it is not below the folder of the URL.
  void Add(std::string_view prefix, std::string_view key, int64_t bytes);
};

/// A local file that is sent in parts. `bytes` > 0.
struct LargeFile {
  std::string key;
  std::string path;
  int64_t bytes = 0;
  int64_t part_bytes = 0;
};

class StoreProtocol {
 public:
  virtual ~StoreProtocol() = default;

  /// Without secrets: s3://BUCKET/FOLDER.
  virtual std::string url() const = 0;

  virtual HttpRequest Put(const std::string& key, std::string_view bytes) const = 0;
  virtual HttpRequest PutIfAbsent(const std::string& key, std::string_view bytes) const = 0;
  virtual HttpRequest Delete(const std::string& key) const = 0;
  virtual HttpRequest Get(const std::string& key, const std::optional<ByteRange>& range) const = 0;
  /// `page`: ListPage::next of the one before; empty at first.
  virtual HttpRequest List(const std::string& prefix, const std::string& page) const = 0;
  virtual absl::StatusOr<ListPage> ReadList(const HttpAnswer& answer) const = 0;

  /// Sends a file in parts, and lets nothing of it stay when that fails. BLOCKS.
  virtual base::Outcome PutLarge(HttpCaller& caller, const LargeFile& file) = 0;

  /// Completes and signs a request, anew for each attempt. May fetch credentials. BLOCKS.
  virtual absl::Status Authorize(HttpRequest& request) = 0;
  /// What an answer means; may learn from it (a region, that credentials are stale).
  virtual Verdict Judge(const HttpAnswer& answer) = 0;
  /// Whether a refusal says that there is an object of the name already.
  virtual bool SaysExists(const HttpAnswer& answer) const { return answer.status == 412; }
  /// Whether a refusal says that there is no object of the name. Other servers on the way say 404,
  /// too, and that must not look like an object that was never written.
  virtual bool SaysMissing(const HttpAnswer& answer) const { return answer.status == 404; }

  /// Ends uploads in parts below `prefix` that nobody finished. BLOCKS.
  virtual absl::Status RemoveUnfinished(HttpCaller& caller, const std::string& prefix) {
    return absl::OkStatus();
  }

  /// For messages.
  std::string ObjectName(const std::string& key) const;
  /// Sends a request, authorised and judged as above. BLOCKS.
  CallResult Call(HttpCaller& caller, const HttpRequest& request);
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_STORE_PROTOCOL_H_
