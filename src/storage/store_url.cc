#include "storage/store_url.h"

#include <algorithm>
#include <utility>

#include "storage/storage_limits.h"
#include "storage/store_url_hosts.h"
#include "storage/store_url_parts.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

constexpr std::string_view kForms =
    "a path, file:///PATH, s3://BUCKET/FOLDER, s3::https://HOST:PORT/BUCKET/FOLDER, "
    "r2://ACCOUNT@BUCKET/FOLDER, gs://BUCKET/FOLDER, "
    "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER or the https URL of one of these";

absl::StatusOr<StoreUrl> ParseLocal(std::string_view path, std::string_view url) {
  if (path.empty()) {
    return RefuseUrl("names no folder", url);
  }
  if (path.find('\0') != std::string_view::npos) {
    return RefuseUrl("has a zero byte", url);
  }
  StoreUrl parsed;
  parsed.path = std::string(path);
  return parsed;
}

absl::StatusOr<StoreUrl> ParseFile(std::string_view url) {
  std::string_view path = url.substr(url.find(':') + 1);
  if (path.starts_with("//")) {
    path.remove_prefix(2);
    if (path.starts_with("localhost/")) {
      path.remove_prefix(9);
    }
  }
  if (!path.starts_with('/')) {
    return RefuseUrl("must have an absolute path: file:///PATH", url);
  }
  const auto decoded = PercentDecode(path);
  if (!decoded.has_value()) {
    return RefuseUrl("has a % without two hexadecimal digits (write %25 for a percent sign)", url);
  }
  return ParseLocal(*decoded, url);
}

// BUCKET/FOLDER behind s3:// or gs://
absl::StatusOr<StoreUrl> ParseBucket(StoreKind kind, const UrlParts& parts) {
  if (!parts.user.empty() || !parts.port.empty()) {
    return RefuseUrl("has an @ or a port in its bucket's name", parts.whole);
  }
  StoreUrl parsed;
  parsed.kind = kind;
  LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(parts.host, parts, parsed));
  return parsed;
}

// https://..., with `any_host` for s3::https://...
absl::StatusOr<StoreUrl> ParseWeb(UrlParts parts, bool any_host) {
  if (!parts.user.empty()) {
    return RefuseUrl("has a user's name", parts.whole);
  }
  parts.host = ToLower(parts.host);
  if (!IsHostName(parts.host)) {
    return RefuseUrl("has a host that cannot exist", parts.whole);
  }
  if (auto parsed = ParseS3Host(parts)) {
    return *std::move(parsed);
  }
  if (any_host) {
    StoreUrl parsed;
    parsed.kind = StoreKind::kS3;
    parsed.endpoint = std::string(parts.scheme) + "://" + parts.host + parts.port;
    LAMINAR_RETURN_IF_ERROR(SetBucketFromPath(parts, parsed));
    return parsed;
  }
  if (auto parsed = ParseOtherCloudsHost(parts)) {
    return *std::move(parsed);
  }
  return RefuseUrl("is of no known store; for one that speaks S3 write s3::" +
                       std::string(parts.scheme) + "://HOST:PORT/BUCKET/FOLDER",
                   parts.whole);
}

absl::StatusOr<StoreUrl> ParseOtherS3(std::string_view inner, std::string_view url) {
  const std::string scheme = ToLower(inner.substr(0, inner.find(':')));
  if (scheme != "https" && scheme != "http") {
    return RefuseUrl("must go on with http:// or https:// behind s3::", url);
  }
  LAMINAR_ASSIGN_OR_RETURN(UrlParts parts, SplitUrl(inner, url));
  parts.scheme = scheme;
  return ParseWeb(std::move(parts), true);
}

bool LooksLikeScheme(std::string_view text) {
  return text.size() > 1 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '+' || c == '-' || c == '.';
         });
}

}  // namespace

absl::StatusOr<StoreUrl> ParseStoreUrl(std::string_view url) {
  if (url.empty()) {
    return base::InvalidArgument("storage URL is empty; write " + std::string(kForms));
  }
  if (url.size() > kStoreUrlBytesMax) {
    return base::InvalidArgument("storage URL is longer than 4096 bytes");
  }
  const size_t colon = url.find(':');
  if (colon == std::string_view::npos || !LooksLikeScheme(url.substr(0, colon))) {
    return ParseLocal(url, url);
  }
  const std::string scheme = ToLower(url.substr(0, colon));
  if (scheme == "file") {
    return ParseFile(url);
  }
  if (scheme == "s3" && url.substr(colon).starts_with("::")) {
    return ParseOtherS3(url.substr(colon + 2), url);
  }
  const bool is_known = scheme == "s3" || scheme == "s3a" || scheme == "r2" || scheme == "gs" ||
                        scheme == "abfs" || scheme == "abfss" || scheme == "https" ||
                        scheme == "http";
  if (!is_known && !url.substr(colon).starts_with("://")) {
    return ParseLocal(url, url);
  }
  if (!is_known) {
    return RefuseUrl("has an unknown scheme; write " + std::string(kForms), url);
  }
  LAMINAR_ASSIGN_OR_RETURN(UrlParts parts, SplitUrl(url, url));
  parts.scheme = scheme == "http" ? "http" : "https";
  if (scheme == "r2") {
    return ParseR2(parts);
  }
  if (scheme.starts_with("abfs")) {
    return ParseAbfs(parts);
  }
  if (scheme.starts_with("http")) {
    return ParseWeb(std::move(parts), false);
  }
  return ParseBucket(scheme == "gs" ? StoreKind::kGcs : StoreKind::kS3, parts);
}

std::string RedactUrl(std::string_view url) {
  const size_t query = url.find_first_of("?#");
  std::string text(url.substr(0, std::min(query, kStoreUrlBytesMax)));
  if (query != std::string_view::npos) {
    text += "?...";
  }
  const size_t begin = text.find("//");
  const size_t at = text.rfind('@');
  if (begin != std::string::npos && at != std::string::npos && at > begin &&
      text.find(':', begin) < at) {
    text.replace(begin + 2, at - begin - 2, "...");
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      c = '?';
    }
  }
  return text;
}

std::string JoinKey(std::string_view prefix, std::string_view key) {
  return prefix.empty() ? std::string(key) : std::string(prefix) + "/" + std::string(key);
}

}  // namespace laminar::storage
