// S3Protocol: Amazon S3's REST API ("Amazon S3 API reference"), as S3, MinIO, R2, and Google's XML
// API with HMAC keys speak it. Conditional creates by If-None-Match: *. Owned by its RemoteStore;
// thread-safe.
#ifndef LAMINAR_STORAGE_S3_PROTOCOL_H_
#define LAMINAR_STORAGE_S3_PROTOCOL_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "storage/aws_credentials.h"
#include "storage/store_protocol.h"

namespace laminar::storage {

struct S3Options {
  std::string url;  // for messages
  std::string bucket;
  std::string prefix;
  Endpoint endpoint;  // of the service; a bucket's own host is put before it where not path_style
  std::string region = "us-east-1";
  /// A host for each region, where the endpoint is Amazon's: learned regions change it.
  bool is_amazon = false;
  bool path_style = true;
  bool anonymous = false;
  /// Google's XML API has names of its own for signatures and for "only when there is none".
  bool is_google = false;
};

class S3Protocol : public StoreProtocol {
 public:
  S3Protocol(S3Options options,
             const base::Clock& clock,
             std::function<absl::StatusOr<ExpiringAwsCredentials::Fetched>()> fetch_credentials);

  std::string url() const override { return options_.url; }
  HttpRequest Put(const std::string& key, std::string_view bytes) const override;
  HttpRequest PutIfAbsent(const std::string& key, std::string_view bytes) const override;
  HttpRequest Delete(const std::string& key) const override;
  HttpRequest Get(const std::string& key, const std::optional<ByteRange>& range) const override;
  HttpRequest List(const std::string& prefix, const std::string& page) const override;
  absl::StatusOr<ListPage> ReadList(const HttpAnswer& answer) const override;
  base::Outcome PutLarge(HttpCaller& caller, const LargeFile& file) override;
  absl::Status Authorize(HttpRequest& request) override LAMINAR_EXCLUDES(mutex_);
  Verdict Judge(const HttpAnswer& answer) override LAMINAR_EXCLUDES(mutex_);
  bool SaysMissing(const HttpAnswer& answer) const override;
  absl::Status RemoveUnfinished(HttpCaller& caller, const std::string& prefix) override;

 private:
  struct Upload;

  HttpRequest ForKey(const char* method, const std::string& key) const;
  absl::StatusOr<std::string> BeginUpload(HttpCaller& caller, const std::string& key);
  absl::Status SendParts(HttpCaller& caller, const LargeFile& file, Upload& upload);
  base::Outcome CompleteUpload(HttpCaller& caller, const LargeFile& file, const Upload& upload);
  base::Outcome AfterLostUpload(HttpCaller& caller,
                                const LargeFile& file,
                                const CallResult& result,
                                const Upload& upload);
  absl::Status AbortUpload(HttpCaller& caller, const Upload& upload);
  bool LearnRegion(const HttpAnswer& answer) LAMINAR_EXCLUDES(mutex_);

  const S3Options options_;
  const base::Clock& clock_;
  ExpiringAwsCredentials credentials_;
  base::Mutex mutex_;
  std::string region_ LAMINAR_GUARDED_BY(mutex_);
};

/// The body of a request that completes an upload of these parts (1, 2, ...).
std::string CompleteUploadBody(const std::vector<std::string>& etags);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_S3_PROTOCOL_H_
