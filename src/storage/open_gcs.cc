// Opens Google Cloud Storage; the declaration is in storage/open_remote.h.
#include <memory>
#include <utility>

#include "storage/gcs_protocol.h"
#include "storage/open_remote.h"
#include "storage/remote_store.h"
#include "storage/s3_protocol.h"

namespace laminar::storage {
namespace {

constexpr char kGoogle[] = "https://storage.googleapis.com";

// By HMAC keys Google speaks its XML API, which is S3's but for the header of conditions.
std::unique_ptr<StoreProtocol> MakeXmlProtocol(const StoreUrl& url,
                                               const std::string& name,
                                               const Endpoint& endpoint,
                                               AwsCredentials credentials,
                                               const base::Clock& clock) {
  S3Options options;
  options.url = name;
  options.bucket = url.bucket;
  options.prefix = url.prefix;
  options.endpoint = endpoint;
  options.region = "auto";
  options.is_google = true;
  return std::make_unique<S3Protocol>(
      std::move(options), clock, [credentials = std::move(credentials)] {
        return ExpiringAwsCredentials::Fetched{credentials, std::nullopt};
      });
}

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> OpenGcs(const StoreUrl& url,
                                                     const Settings& settings,
                                                     const RemoteParts& parts) {
  LAMINAR_RETURN_IF_ERROR(
      settings.CheckNames({"endpoint", "anonymous", "service_account_file", "service_account_key",
                           "access_key_id", "secret_access_key", "metadata_host", "ca_file"}));
  const std::string name = "gs://" + url.bucket + (url.prefix.empty() ? "" : "/" + url.prefix);
  const auto emulator = settings.Variable("STORAGE_EMULATOR_HOST");
  const auto named = settings.Find("endpoint", {"STORAGE_EMULATOR_HOST"});
  std::string endpoint_text = named.value_or(kGoogle);
  if (named.has_value() && endpoint_text.find("://") == std::string::npos) {
    endpoint_text = "http://" + endpoint_text;
  }
  LAMINAR_ASSIGN_OR_RETURN(Endpoint endpoint,
                           ParseEndpoint(endpoint_text, "the Google Cloud Storage endpoint"));
  const std::string id = settings.Get("access_key_id", {"GOOGLE_HMAC_ACCESS_ID"});
  const std::string secret = settings.Get("secret_access_key", {"GOOGLE_HMAC_SECRET"});
  if (id.empty() != secret.empty()) {
    return base::InvalidArgument(
        "a Google HMAC key is half given: both access_key_id and secret_access_key are needed");
  }
  auto caller = parts.MakeCaller();
  std::unique_ptr<StoreProtocol> protocol;
  if (!id.empty()) {
    protocol = MakeXmlProtocol(url, name, endpoint, {id, secret, ""}, *parts.clock);
  } else {
    LAMINAR_ASSIGN_OR_RETURN(const auto key, FindGoogleKey(settings));
    GcsOptions options{name, url.bucket, url.prefix, std::move(endpoint), false};
    // Emulators know nobody.
    LAMINAR_ASSIGN_OR_RETURN(
        options.anonymous,
        settings.GetFlag("anonymous", {}, emulator.has_value() && !key.has_value()));
    HttpCaller* borrowed = caller.get();
    std::shared_ptr<HttpCaller> metadata_caller = parts.MakeMetadataCaller();
    auto fetch = [settings, borrowed, metadata_caller, clock = parts.clock] {
      return FetchGoogleToken({&settings, borrowed, metadata_caller.get(), clock});
    };
    protocol = std::make_unique<GcsProtocol>(std::move(options), *parts.clock, std::move(fetch));
  }
  return std::make_unique<RemoteStore>(parts.transport, std::move(caller), std::move(protocol),
                                       parts.part_bytes);
}

}  // namespace laminar::storage
