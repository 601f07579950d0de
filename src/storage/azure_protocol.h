// AzureProtocol: Azure Blob Storage's REST API over block blobs. Conditional creates by
// If-None-Match: *; large files by blocks that are not there until their list is put. Owned by its
// RemoteStore; thread-safe.
#ifndef LAMINAR_STORAGE_AZURE_PROTOCOL_H_
#define LAMINAR_STORAGE_AZURE_PROTOCOL_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "storage/google_credentials.h"
#include "storage/store_protocol.h"

namespace laminar::storage {

struct AzureOptions {
  std::string url;  // for messages
  std::string account;
  std::string container;
  std::string prefix;
  Endpoint endpoint;
  // The first of these that is not empty speaks for the user; else a token does.
  std::string account_key;  // decoded
  HttpQuery sas;
  bool anonymous = false;
};

class AzureProtocol : public StoreProtocol {
 public:
  AzureProtocol(AzureOptions options, const base::Clock& clock, ExpiringToken::Fetch fetch_token);

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
  bool SaysExists(const HttpAnswer& answer) const override;
  bool SaysMissing(const HttpAnswer& answer) const override;

 private:
  HttpRequest ForKey(const char* method, const std::string& key) const;

  const AzureOptions options_;
  const base::Clock& clock_;
  ExpiringToken token_;
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_AZURE_PROTOCOL_H_
