// The hosts of the clouds, by which https URLs tell whose store they mean, and the URLs of
// Cloudflare R2 and Azure, which name such a host. Part of ParseStoreUrl. Pure; any thread.
#ifndef LAMINAR_STORAGE_STORE_URL_HOSTS_H_
#define LAMINAR_STORAGE_STORE_URL_HOSTS_H_

#include <optional>

#include "base/status.h"
#include "storage/store_url.h"
#include "storage/store_url_parts.h"

namespace laminar::storage {

/// r2://[ACCOUNT@]BUCKET/FOLDER
absl::StatusOr<StoreUrl> ParseR2(const UrlParts& parts);
/// abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER, or abfss://CONTAINER/FOLDER with the
/// account from elsewhere.
absl::StatusOr<StoreUrl> ParseAbfs(const UrlParts& parts);

/// https://HOST/... of a service that speaks S3, which R2 and Amazon are; nothing when the host is
/// none of theirs. REQUIRES: the host is in lower case; so for all below.
std::optional<absl::StatusOr<StoreUrl>> ParseS3Host(const UrlParts& parts);
/// The same of Google Cloud Storage and Azure Blob Storage.
std::optional<absl::StatusOr<StoreUrl>> ParseOtherCloudsHost(const UrlParts& parts);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_STORE_URL_HOSTS_H_
