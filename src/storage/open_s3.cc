// Opens S3, MinIO and R2; the declaration is in storage/open_remote.h.
#include <memory>
#include <utility>

#include "storage/aws_credentials.h"
#include "storage/open_remote.h"
#include "storage/remote_store.h"
#include "storage/s3_protocol.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

absl::StatusOr<std::string> RegionOf(const StoreUrl& url, const Settings& settings) {
  if (auto region = settings.Find("region")) {
    return *region;
  }
  if (!url.region.empty()) {
    return url.region;
  }
  if (auto region = settings.Find("", {"AWS_REGION", "AWS_DEFAULT_REGION"})) {
    return *region;
  }
  LAMINAR_ASSIGN_OR_RETURN(AwsProfile profile, LoadAwsProfile(settings));
  return profile["region"].empty() ? "us-east-1" : profile["region"];
}

// The endpoint that somebody named; empty: Amazon's.
absl::StatusOr<std::string> EndpointOf(const StoreUrl& url, const Settings& settings) {
  if (auto endpoint = settings.Find("endpoint")) {
    return *endpoint;
  }
  if (!url.endpoint.empty()) {
    return url.endpoint;
  }
  if (auto endpoint =
          settings.Find("", {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"})) {
    return *endpoint;
  }
  if (!url.is_r2) {
    return std::string();
  }
  const auto account = settings.Find("account_id", {"CLOUDFLARE_ACCOUNT_ID"});
  if (!account.has_value()) {
    return base::InvalidArgument(
        "the R2 account is missing: write r2://ACCOUNT@BUCKET/FOLDER or set "
        "CLOUDFLARE_ACCOUNT_ID");
  }
  return "https://" + ToLower(*account) + ".r2.cloudflarestorage.com";
}

absl::StatusOr<S3Options> OptionsOf(const StoreUrl& url, const Settings& settings) {
  S3Options options;
  options.bucket = url.bucket;
  options.prefix = url.prefix;
  options.url = std::string(url.is_r2 ? "r2://" : "s3://") + JoinKey(url.bucket, url.prefix);
  while (options.url.ends_with('/')) {
    options.url.pop_back();
  }
  LAMINAR_ASSIGN_OR_RETURN(options.region, RegionOf(url, settings));
  LAMINAR_ASSIGN_OR_RETURN(const std::string endpoint, EndpointOf(url, settings));
  options.is_amazon = endpoint.empty();
  if (!endpoint.empty()) {
    LAMINAR_ASSIGN_OR_RETURN(options.endpoint, ParseEndpoint(endpoint, "the S3 endpoint"));
  }
  // Certificates of Amazon's hosts cover one name before the service's, so no dots.
  const bool otherwise = !options.is_amazon || url.bucket.find('.') != std::string::npos;
  LAMINAR_ASSIGN_OR_RETURN(options.path_style,
                           settings.GetFlag("path_style", {"AWS_S3_FORCE_PATH_STYLE"}, otherwise));
  LAMINAR_ASSIGN_OR_RETURN(options.anonymous,
                           settings.GetFlag("anonymous", {"AWS_SKIP_SIGNATURE"}, false));
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> OpenS3(const StoreUrl& url,
                                                    const Settings& settings,
                                                    const RemoteParts& parts) {
  LAMINAR_RETURN_IF_ERROR(settings.CheckNames(
      {"region", "endpoint", "path_style", "anonymous", "access_key_id", "secret_access_key",
       "session_token", "profile", "role_arn", "role_session_name", "web_identity_token_file",
       "sts_endpoint", "container_credentials_full_uri", "ec2_metadata_service_endpoint",
       "ec2_metadata_disabled", "account_id", "ca_file"}));
  LAMINAR_ASSIGN_OR_RETURN(S3Options options, OptionsOf(url, settings));
  const std::string region = options.region;
  auto caller = parts.MakeCaller();
  HttpCaller* borrowed = caller.get();
  std::shared_ptr<HttpCaller> metadata_caller = parts.MakeMetadataCaller();
  auto fetch = [settings, borrowed, metadata_caller, region, clock = parts.clock] {
    return FetchAwsCredentials({&settings, borrowed, metadata_caller.get(), clock, region});
  };
  auto protocol = std::make_unique<S3Protocol>(std::move(options), *parts.clock, std::move(fetch));
  return std::make_unique<RemoteStore>(parts.transport, std::move(caller), std::move(protocol),
                                       parts.part_bytes);
}

}  // namespace laminar::storage
