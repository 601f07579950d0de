// The pieces that every spelling of a store's URL is made of, and their rules: scheme, host,
// bucket, folder. Part of ParseStoreUrl. Pure; any thread.
#ifndef LAMINAR_STORAGE_STORE_URL_PARTS_H_
#define LAMINAR_STORAGE_STORE_URL_PARTS_H_

#include <string>
#include <string_view>

#include "base/status.h"
#include "storage/store_url.h"

namespace laminar::storage {

/// One URL on its way to being understood.
struct UrlParts {
  std::string_view whole;
  std::string_view scheme;
  std::string user;       // before an @
  std::string host;       // as written, without a port
  std::string port;       // with its colon, or empty
  std::string_view path;  // without its leading slash
};

/// SCHEME://[USER@]HOST[:PORT]/PATH in its parts; `whole` is what messages name. Refuses passwords
/// and queries.
absl::StatusOr<UrlParts> SplitUrl(std::string_view url, std::string_view whole);

/// In lower case: a name, or an address in brackets.
bool IsHostName(std::string_view host);

/// The bucket, and the path as the folder in it.
absl::Status SetBucketFromHost(std::string_view bucket, const UrlParts& parts, StoreUrl& parsed);
/// The path as BUCKET/FOLDER.
absl::Status SetBucketFromPath(const UrlParts& parts, StoreUrl& parsed);

/// InvalidArgument, with the URL and without its secrets.
absl::Status RefuseUrl(std::string_view why, std::string_view url);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_STORE_URL_PARTS_H_
