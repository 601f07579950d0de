#include "storage/store_url_hosts.h"

#include <algorithm>
#include <array>
#include <vector>

#include "storage/text.h"

namespace laminar::storage {
namespace {

constexpr std::string_view kR2Suffix = ".r2.cloudflarestorage.com";

// ACCOUNT[.eu].r2.cloudflarestorage.com/BUCKET or BUCKET.ACCOUNT[.eu].r2...
absl::StatusOr<StoreUrl> ParseR2Host(const UrlParts& parts) {
  std::string_view names = parts.host;
  names.remove_suffix(kR2Suffix.size());
  std::string jurisdiction;
  for (const std::string_view known : {".eu", ".fedramp"}) {
    if (names.ends_with(known)) {
      jurisdiction = std::string(known);
      names.remove_suffix(known.size());
    }
  }
  StoreUrl parsed;
  parsed.kind = StoreKind::kS3;
  parsed.is_r2 = true;
  parsed.region = "auto";
  const size_t dot = names.rfind('.');
  parsed.account = std::string(dot == std::string_view::npos ? names : names.substr(dot + 1));
  if (parsed.account.empty()) {
    return RefuseUrl("names no account", parts.whole);
  }
  parsed.endpoint = "https://" + parsed.account + jurisdiction + std::string(kR2Suffix);
  if (dot != std::string_view::npos) {
    LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(names.substr(0, dot), parts, parsed));
  } else {
    LAMINAR_RETURN_IF_ERROR(SetBucketFromPath(parts, parsed));
  }
  return parsed;
}

// What lies before .amazonaws.com[.cn]: [BUCKET.]s3[-REGION|.REGION|.dualstack.REGION]
struct AmazonHost {
  std::string bucket;
  std::string region;
};

std::optional<AmazonHost> MatchAmazon(std::string_view host) {
  bool matched = false;
  for (const std::string_view suffix : {".amazonaws.com", ".amazonaws.com.cn"}) {
    if (host.ends_with(suffix)) {
      host.remove_suffix(suffix.size());
      matched = true;
      break;
    }
  }
  if (!matched) {
    return std::nullopt;
  }
  const std::vector<std::string_view> labels = SplitText(host, '.');
  // The last label that begins with s3 ends the bucket's name, which may have dots itself.
  for (size_t i = labels.size(); i-- > 0;) {
    const bool dashed = labels[i].starts_with("s3-");
    if (labels[i] != "s3" && !dashed) {
      continue;
    }
    AmazonHost found;
    for (size_t j = 0; j < i; ++j) {
      found.bucket += (j == 0 ? "" : ".") + std::string(labels[j]);
    }
    if (dashed) {
      found.region = std::string(labels[i].substr(3));
    }
    for (size_t j = i + 1; j < labels.size(); ++j) {
      if (labels[j] != "dualstack") {
        found.region = std::string(labels[j]);
      }
    }
    return found;
  }
  return std::nullopt;
}

absl::StatusOr<StoreUrl> ParseAmazonHost(const AmazonHost& host, const UrlParts& parts) {
  StoreUrl parsed;
  parsed.kind = StoreKind::kS3;
  parsed.region = host.region;
  if (!host.bucket.empty()) {
    LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(host.bucket, parts, parsed));
  } else {
    LAMINAR_RETURN_IF_ERROR(SetBucketFromPath(parts, parsed));
  }
  return parsed;
}

bool IsGoogleHost(std::string_view host) {
  return host == "storage.googleapis.com" || host == "storage.cloud.google.com" ||
         host.ends_with(".storage.googleapis.com");
}

absl::StatusOr<StoreUrl> ParseGoogleHost(const UrlParts& parts) {
  StoreUrl parsed;
  parsed.kind = StoreKind::kGcs;
  constexpr std::string_view kSuffix = ".storage.googleapis.com";
  const std::string_view host = parts.host;
  if (host.ends_with(kSuffix)) {
    LAMINAR_RETURN_IF_ERROR(
        SetBucketFromHost(host.substr(0, host.size() - kSuffix.size()), parts, parsed));
  } else {
    LAMINAR_RETURN_IF_ERROR(SetBucketFromPath(parts, parsed));
  }
  return parsed;
}

// ACCOUNT.{blob,dfs}.SUFFIX, where SUFFIX is one of the clouds'; its blob endpoint.
struct AzureHost {
  std::string account;
  std::string endpoint;
};

std::optional<AzureHost> MatchAzure(std::string_view host) {
  const size_t dot = host.find('.');
  if (dot == std::string_view::npos || dot == 0) {
    return std::nullopt;
  }
  std::string_view rest = host.substr(dot + 1);
  if (!rest.starts_with("blob.") && !rest.starts_with("dfs.")) {
    return std::nullopt;
  }
  rest.remove_prefix(rest.find('.') + 1);
  constexpr std::array<std::string_view, 4> kClouds = {"core.windows.net", "core.chinacloudapi.cn",
                                                       "core.usgovcloudapi.net",
                                                       "fabric.microsoft.com"};
  if (std::find(kClouds.begin(), kClouds.end(), rest) == kClouds.end()) {
    return std::nullopt;
  }
  const std::string account(host.substr(0, dot));
  return AzureHost{account, "https://" + account + ".blob." + std::string(rest)};
}

absl::StatusOr<StoreUrl> ParseAzureHost(const AzureHost& host, const UrlParts& parts) {
  StoreUrl parsed;
  parsed.kind = StoreKind::kAzure;
  parsed.account = host.account;
  parsed.endpoint = host.endpoint;
  LAMINAR_RETURN_IF_ERROR(SetBucketFromPath(parts, parsed));
  return parsed;
}

}  // namespace

absl::StatusOr<StoreUrl> ParseR2(const UrlParts& parts) {
  StoreUrl parsed;
  parsed.kind = StoreKind::kS3;
  parsed.is_r2 = true;
  parsed.region = "auto";
  parsed.account = ToLower(parts.user);
  if (!parts.port.empty() || (!parsed.account.empty() && !IsHostName(parsed.account))) {
    return RefuseUrl("must be r2://ACCOUNT@BUCKET/FOLDER", parts.whole);
  }
  if (!parsed.account.empty()) {
    parsed.endpoint = "https://" + parsed.account + std::string(kR2Suffix);
  }
  LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(parts.host, parts, parsed));
  return parsed;
}

absl::StatusOr<StoreUrl> ParseAbfs(const UrlParts& parts) {
  StoreUrl parsed;
  parsed.kind = StoreKind::kAzure;
  if (!parts.port.empty()) {
    return RefuseUrl("has a port; give an endpoint by a setting", parts.whole);
  }
  if (parts.user.empty()) {
    LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(parts.host, parts, parsed));
    return parsed;
  }
  const auto host = MatchAzure(ToLower(parts.host));
  if (!host.has_value()) {
    return RefuseUrl("must be abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER", parts.whole);
  }
  parsed.account = host->account;
  parsed.endpoint = host->endpoint;
  LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(parts.user, parts, parsed));
  return parsed;
}

std::optional<absl::StatusOr<StoreUrl>> ParseS3Host(const UrlParts& parts) {
  if (parts.host.ends_with(kR2Suffix) && parts.host.size() > kR2Suffix.size()) {
    return ParseR2Host(parts);
  }
  if (const auto amazon = MatchAmazon(parts.host)) {
    return ParseAmazonHost(*amazon, parts);
  }
  return std::nullopt;
}

std::optional<absl::StatusOr<StoreUrl>> ParseOtherCloudsHost(const UrlParts& parts) {
  if (IsGoogleHost(parts.host)) {
    return ParseGoogleHost(parts);
  }
  if (const auto azure = MatchAzure(parts.host)) {
    return ParseAzureHost(*azure, parts);
  }
  return std::nullopt;
}

}  // namespace laminar::storage
