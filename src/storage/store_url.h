// StoreUrl: what a store's URL says, in any of its spellings. Pure: no environment, no network; any
// bytes may come in, and come out as a value or an InvalidArgument whose message says how to write
// it and repeats no secret.
#ifndef LAMINAR_STORAGE_STORE_URL_H_
#define LAMINAR_STORAGE_STORE_URL_H_

#include <string>
#include <string_view>

#include "base/status.h"

namespace laminar::storage {

enum class StoreKind { kLocal, kS3, kGcs, kAzure };

struct StoreUrl {
  StoreKind kind = StoreKind::kLocal;
  std::string path;      // of kLocal: the folder
  std::string bucket;    // or Azure's container
  std::string prefix;    // of all keys, without slashes at its ends; often empty
  std::string endpoint;  // scheme://host[:port] when the URL names one
  std::string region;    // when the URL names it; "auto" for R2
  std::string account;   // of Azure and R2, when the URL names it
  bool is_r2 = false;
  bool operator==(const StoreUrl&) const = default;
};

absl::StatusOr<StoreUrl> ParseStoreUrl(std::string_view url);

/// The URL without passwords and query, for messages.
std::string RedactUrl(std::string_view url);

/// `PREFIX/KEY`, or the key alone where there is no prefix.
std::string JoinKey(std::string_view prefix, std::string_view key);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_STORE_URL_H_
