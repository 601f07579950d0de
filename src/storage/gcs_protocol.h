// GcsProtocol: Google Cloud Storage's JSON API, version 1. Conditional creates by
// ifGenerationMatch=0; large files by resumable uploads, whose parts may be sent again. Owned by
// its RemoteStore; thread-safe.
#ifndef LAMINAR_STORAGE_GCS_PROTOCOL_H_
#define LAMINAR_STORAGE_GCS_PROTOCOL_H_

#include <string>
#include <string_view>

#include "base/clock.h"
#include "storage/google_credentials.h"
#include "storage/store_protocol.h"

namespace laminar::storage {

struct GcsOptions {
  std::string url;  // for messages
  std::string bucket;
  std::string prefix;
  Endpoint endpoint;
  bool anonymous = false;
};

class GcsProtocol : public StoreProtocol {
 public:
  GcsProtocol(GcsOptions options, const base::Clock& clock, ExpiringToken::Fetch fetch_token);

  std::string url() const override { return options_.url; }
  HttpRequest Put(const std::string& key, std::string_view bytes) const override;
  HttpRequest PutIfAbsent(const std::string& key, std::string_view bytes) const override;
  HttpRequest Delete(const std::string& key) const override;
  HttpRequest Get(const std::string& key, const std::optional<ByteRange>& range) const override;
  HttpRequest List(const std::string& prefix, const std::string& page) const override;
  absl::StatusOr<ListPage> ReadList(const HttpAnswer& answer) const override;
  base::Outcome PutLarge(HttpCaller& caller, const LargeFile& file) override;
  absl::Status Authorize(HttpRequest& request) override;
  Verdict Judge(const HttpAnswer& answer) override;

 private:
  HttpRequest To(const char* method, std::string path) const;
  HttpRequest UploadOf(const std::string& key, const char* type) const;
  std::string ObjectPath(const std::string& key) const;
  CallResult CallUpload(HttpCaller& caller, const HttpRequest& request);
  absl::StatusOr<HttpRequest> BeginUpload(HttpCaller& caller, const LargeFile& file);
  base::Outcome SendParts(HttpCaller& caller, const LargeFile& file, const HttpRequest& session);

  const GcsOptions options_;
  ExpiringToken token_;
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_GCS_PROTOCOL_H_
