// RemoteStore: an ObjectStore over HTTP. All that remote stores have in common: checks of keys,
// retries, the case of a conditional create that meets its own first success, ranges, pages, files
// in parts. What differs is in its StoreProtocol. Thread-safe.
#ifndef LAMINAR_STORAGE_REMOTE_STORE_H_
#define LAMINAR_STORAGE_REMOTE_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/http_caller.h"
#include "storage/object_store.h"
#include "storage/store_protocol.h"

namespace laminar::storage {

class RemoteStore : public ObjectStore {
 public:
  /// `transport` is kept for as long as the store; `caller` sends through it.
  RemoteStore(std::shared_ptr<HttpTransport> transport,
              std::unique_ptr<HttpCaller> caller,
              std::unique_ptr<StoreProtocol> protocol,
              int64_t part_bytes);

  std::string url() const override { return protocol_->url(); }
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
  absl::Status RemoveUnfinished(const std::string& prefix) override;

 private:
  struct Piece {
    std::string bytes;
    int64_t object_bytes = 0;
    std::string version;  // differs when the object was replaced
  };

  CallResult Call(const HttpRequest& request);
  absl::Status StatusOfRead(const CallResult& result, const std::string& key) const;
  absl::StatusOr<Piece> GetPiece(const std::string& key, const ByteRange& range);
  base::Outcome AfterRefusedCreate(const std::string& key,
                                   std::string_view bytes,
                                   const CallResult& result);
  std::string ObjectName(const std::string& key) const { return protocol_->ObjectName(key); }

  const std::shared_ptr<HttpTransport> transport_;
  const std::unique_ptr<HttpCaller> caller_;
  const std::unique_ptr<StoreProtocol> protocol_;
  const int64_t part_bytes_;
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_REMOTE_STORE_H_
