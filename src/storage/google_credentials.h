// Where Google's bearer tokens come from: a service account's key (an RS256 JWT, RFC 7523), the
// refresh token that gcloud keeps for a user, or the machine's metadata server. Secrets never get
// into messages. Thread-safe.
#ifndef LAMINAR_STORAGE_GOOGLE_CREDENTIALS_H_
#define LAMINAR_STORAGE_GOOGLE_CREDENTIALS_H_

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "storage/expiring.h"
#include "storage/http_caller.h"
#include "storage/settings.h"

namespace laminar::storage {

using ExpiringToken = Expiring<std::string>;

struct GoogleSources {
  const Settings* settings = nullptr;
  HttpCaller* caller = nullptr;
  HttpCaller* metadata_caller = nullptr;
  const base::Clock* clock = nullptr;
};

/// What identity is configured: the JSON of a key file, or nothing, which means the metadata
/// server. NotFound and so on when a file is named that cannot be read. BLOCKS.
absl::StatusOr<std::optional<std::string>> FindGoogleKey(const Settings& settings);

/// BLOCKS.
absl::StatusOr<ExpiringToken::Fetched> FetchGoogleToken(const GoogleSources& sources);

/// The signed claim that a service account hands in for a token. InvalidArgument when the key's
/// JSON lacks something.
absl::StatusOr<std::string> ServiceAccountClaim(const std::string& key_json, base::WallTime now);

/// {"access_token": ..., "expires_in": ...}: the answer of every OAuth token server (RFC 6749).
absl::StatusOr<ExpiringToken::Fetched> ReadTokenAnswer(const std::string& body, base::WallTime now);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_GOOGLE_CREDENTIALS_H_
