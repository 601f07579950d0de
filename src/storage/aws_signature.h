// AWS Signature Version 4 ("Authenticating Requests: Using the Authorization Header" of the Amazon
// S3 API reference): which S3, MinIO, R2, Google's XML API with HMAC keys, and STS check. Pure; any
// thread.
#ifndef LAMINAR_STORAGE_AWS_SIGNATURE_H_
#define LAMINAR_STORAGE_AWS_SIGNATURE_H_

#include <string>
#include <string_view>

#include "base/clock.h"
#include "storage/http.h"

namespace laminar::storage {

struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // of temporary ones

  bool operator==(const AwsCredentials&) const = default;
};

struct AwsScope {
  std::string region;
  std::string service = "s3";
  /// Google's own form of it (GOOG4-HMAC-SHA256), which differs by names alone.
  bool is_google = false;
};

/// Adds the headers x-amz-date, x-amz-content-sha256, x-amz-security-token where there is one, and
/// Authorization, over all headers and the body that the request has; for Google x-goog-*.
void SignAws(const AwsCredentials& credentials,
             const AwsScope& scope,
             base::WallTime now,
             HttpRequest& request);

/// The query as it is signed: encoded, sorted by name, then by value.
std::string CanonicalQuery(const HttpRequest& request);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_AWS_SIGNATURE_H_
