// Who speaks to Azure Blob Storage: an account's key, a shared access signature, or a bearer token
// of an identity (a federated token's, a client secret's, the machine's own). Secrets never get
// into messages. Thread-safe.
#ifndef LAMINAR_STORAGE_AZURE_CREDENTIALS_H_
#define LAMINAR_STORAGE_AZURE_CREDENTIALS_H_

#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "storage/google_credentials.h"
#include "storage/http_caller.h"
#include "storage/settings.h"

namespace laminar::storage {

/// A connection string's parts: AccountName, AccountKey, BlobEndpoint, SharedAccessSignature ...
/// InvalidArgument when it is none.
absl::StatusOr<std::map<std::string, std::string>> ParseConnectionString(std::string_view text);

/// A shared access signature as query parameters; InvalidArgument when it is none.
absl::StatusOr<HttpQuery> ParseSas(std::string_view sas);

struct AzureSources {
  const Settings* settings = nullptr;
  HttpCaller* caller = nullptr;
  HttpCaller* metadata_caller = nullptr;
  const base::Clock* clock = nullptr;
};

/// A bearer token for storage. BLOCKS.
absl::StatusOr<ExpiringToken::Fetched> FetchAzureToken(const AzureSources& sources);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_AZURE_CREDENTIALS_H_
