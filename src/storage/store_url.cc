#include "storage/store_url.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "storage/object_key.h"
#include "storage/storage_limits.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

constexpr std::string_view kForms =
    "a path, file:///PATH, s3://BUCKET/FOLDER, s3::https://HOST:PORT/BUCKET/FOLDER, "
    "r2://ACCOUNT@BUCKET/FOLDER, gs://BUCKET/FOLDER, "
    "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER or the https URL of one of these";

constexpr std::string_view kR2Suffix = ".r2.cloudflarestorage.com";

// One URL on its way to being understood.
struct Parts {
  std::string_view whole;
  std::string_view scheme;
  std::string user;       // before an @
  std::string host;       // in lower case, without a port
  std::string port;       // with its colon, or empty
  std::string_view path;  // without its leading slashes
};

absl::Status Refuse(std::string_view why, std::string_view url) {
  return base::InvalidArgument("storage URL " + std::string(why) + ": " + RedactUrl(url));
}

bool IsBucketName(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return name.size() >= 3 && name.size() <= 222 && is_plain(name.front()) &&
         is_plain(name.back()) && name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_plain(c) || c == '-' || c == '_' || c == '.'; });
}

bool IsHost(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 3 && host.ends_with(']') &&
           host.find_first_not_of("0123456789abcdef:.", 1) == host.size() - 1;
  }
  return !host.empty() && host.size() <= 253 && !host.starts_with('.') && !host.starts_with('-') &&
         host.find("..") == std::string_view::npos &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") ==
             std::string_view::npos;
}

bool IsPort(std::string_view port) {
  return port.size() >= 2 && port.size() <= 6 &&
         port.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

absl::StatusOr<std::string> PrefixOf(std::string_view path, std::string_view url) {
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  if (!path.empty() && (!CheckKey(path).ok() || path.size() > kKeyBytesMax / 2)) {
    return Refuse(
        "has a folder of other characters than letters, digits and -_.=, with empty parts, or of "
        "more than 512 bytes",
        url);
  }
  return std::string(path);
}

absl::Status SetBucket(std::string_view bucket, std::string_view url, StoreUrl& parsed) {
  if (bucket.empty()) {
    return Refuse("names no bucket or container", url);
  }
  if (!IsBucketName(bucket)) {
    return Refuse(
        "names a bucket or container that cannot exist (3 letters, digits and -_. or more)", url);
  }
  parsed.bucket = std::string(bucket);
  return absl::OkStatus();
}

// path: BUCKET/FOLDER
absl::Status SetBucketAndPrefix(std::string_view path, std::string_view url, StoreUrl& parsed) {
  const size_t slash = path.find('/');
  LAMINAR_RETURN_IF_ERROR(SetBucket(path.substr(0, slash), url, parsed));
  if (slash != std::string_view::npos) {
    LAMINAR_ASSIGN_OR_RETURN(parsed.prefix, PrefixOf(path.substr(slash + 1), url));
  }
  return absl::OkStatus();
}

absl::Status SetBucketFromHost(std::string_view bucket, const Parts& parts, StoreUrl& parsed) {
  LAMINAR_RETURN_IF_ERROR(SetBucket(bucket, parts.whole, parsed));
  LAMINAR_ASSIGN_OR_RETURN(parsed.prefix, PrefixOf(parts.path, parts.whole));
  return absl::OkStatus();
}

absl::Status CheckNoQuery(std::string_view url) {
  if (url.find_first_of("?#") != std::string_view::npos) {
    return Refuse(
        "has a query or fragment; give signatures and keys by settings or environment variables, "
        "and leave out everything from the ? or #",
        url);
  }
  return absl::OkStatus();
}

// SCHEME://[USER@]HOST[:PORT]/PATH
absl::StatusOr<Parts> Split(std::string_view url, std::string_view whole) {
  LAMINAR_RETURN_IF_ERROR(CheckNoQuery(url));
  Parts parts;
  parts.whole = whole;
  const size_t colon = url.find(':');
  parts.scheme = url.substr(0, colon);
  std::string_view rest = url.substr(colon + 1);
  if (!rest.starts_with("//")) {
    return Refuse("lacks // behind its scheme", whole);
  }
  rest.remove_prefix(2);
  const size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  parts.path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    parts.user = std::string(authority.substr(0, at));
    authority.remove_prefix(at + 1);
    if (parts.user.find(':') != std::string::npos) {
      return Refuse("has a password; give it by settings or environment variables", whole);
    }
  }
  const size_t port = authority.rfind(':');
  if (port != std::string_view::npos && !authority.ends_with(']')) {
    parts.port = std::string(authority.substr(port));
    authority = authority.substr(0, port);
    if (!IsPort(parts.port)) {
      return Refuse("has a port that is no number", whole);
    }
  }
  parts.host = std::string(authority);
  return parts;
}

// --- each kind of store ---

absl::StatusOr<StoreUrl> ParseLocal(std::string_view path, std::string_view url) {
  if (path.empty()) {
    return Refuse("names no folder", url);
  }
  if (path.find('\0') != std::string_view::npos) {
    return Refuse("has a zero byte", url);
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
    return Refuse("must have an absolute path: file:///PATH", url);
  }
  const auto decoded = PercentDecode(path);
  if (!decoded.has_value()) {
    return Refuse("has a % without two hexadecimal digits (write %25 for a percent sign)", url);
  }
  return ParseLocal(*decoded, url);
}

// BUCKET/FOLDER behind s3:// or gs://
absl::StatusOr<StoreUrl> ParseBucket(StoreKind kind, const Parts& parts) {
  if (!parts.user.empty() || !parts.port.empty()) {
    return Refuse("has an @ or a port in its bucket's name", parts.whole);
  }
  StoreUrl parsed;
  parsed.kind = kind;
  LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(parts.host, parts, parsed));
  return parsed;
}

absl::StatusOr<StoreUrl> ParseR2(const Parts& parts) {
  StoreUrl parsed;
  parsed.kind = StoreKind::kS3;
  parsed.is_r2 = true;
  parsed.region = "auto";
  parsed.account = ToLower(parts.user);
  if (!parts.port.empty() || (!parsed.account.empty() && !IsHost(parsed.account))) {
    return Refuse("must be r2://ACCOUNT@BUCKET/FOLDER", parts.whole);
  }
  if (!parsed.account.empty()) {
    parsed.endpoint = "https://" + parsed.account + std::string(kR2Suffix);
  }
  LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(parts.host, parts, parsed));
  return parsed;
}

// ACCOUNT[.eu].r2.cloudflarestorage.com/BUCKET or BUCKET.ACCOUNT[.eu].r2...
absl::StatusOr<StoreUrl> ParseR2Host(const Parts& parts) {
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
    return Refuse("names no account", parts.whole);
  }
  parsed.endpoint = "https://" + parsed.account + jurisdiction + std::string(kR2Suffix);
  if (dot != std::string_view::npos) {
    LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(names.substr(0, dot), parts, parsed));
  } else {
    LAMINAR_RETURN_IF_ERROR(SetBucketAndPrefix(parts.path, parts.whole, parsed));
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

absl::StatusOr<StoreUrl> ParseAmazonHost(const AmazonHost& host, const Parts& parts) {
  StoreUrl parsed;
  parsed.kind = StoreKind::kS3;
  parsed.region = host.region;
  if (!host.bucket.empty()) {
    LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(host.bucket, parts, parsed));
  } else {
    LAMINAR_RETURN_IF_ERROR(SetBucketAndPrefix(parts.path, parts.whole, parsed));
  }
  return parsed;
}

absl::StatusOr<StoreUrl> ParseGoogleHost(const Parts& parts) {
  StoreUrl parsed;
  parsed.kind = StoreKind::kGcs;
  constexpr std::string_view kSuffix = ".storage.googleapis.com";
  const std::string_view host = parts.host;
  if (host.ends_with(kSuffix)) {
    LAMINAR_RETURN_IF_ERROR(
        SetBucketFromHost(host.substr(0, host.size() - kSuffix.size()), parts, parsed));
  } else {
    LAMINAR_RETURN_IF_ERROR(SetBucketAndPrefix(parts.path, parts.whole, parsed));
  }
  return parsed;
}

bool IsGoogleHost(std::string_view host) {
  return host == "storage.googleapis.com" || host == "storage.cloud.google.com" ||
         host.ends_with(".storage.googleapis.com");
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

// abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER, or abfss://CONTAINER/FOLDER with the
// account from elsewhere.
absl::StatusOr<StoreUrl> ParseAbfs(const Parts& parts) {
  StoreUrl parsed;
  parsed.kind = StoreKind::kAzure;
  if (!parts.port.empty()) {
    return Refuse("has a port; give an endpoint by a setting", parts.whole);
  }
  if (parts.user.empty()) {
    LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(parts.host, parts, parsed));
    return parsed;
  }
  const auto host = MatchAzure(ToLower(parts.host));
  if (!host.has_value()) {
    return Refuse("must be abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER", parts.whole);
  }
  parsed.account = host->account;
  parsed.endpoint = host->endpoint;
  LAMINAR_RETURN_IF_ERROR(SetBucketFromHost(parts.user, parts, parsed));
  return parsed;
}

absl::StatusOr<StoreUrl> ParseAzureHost(const AzureHost& host, const Parts& parts) {
  StoreUrl parsed;
  parsed.kind = StoreKind::kAzure;
  parsed.account = host.account;
  parsed.endpoint = host.endpoint;
  LAMINAR_RETURN_IF_ERROR(SetBucketAndPrefix(parts.path, parts.whole, parsed));
  return parsed;
}

// https://..., with `any_host` for s3::https://...
absl::StatusOr<StoreUrl> ParseWeb(Parts parts, bool any_host) {
  if (!parts.user.empty()) {
    return Refuse("has a user's name", parts.whole);
  }
  parts.host = ToLower(parts.host);
  if (!IsHost(parts.host)) {
    return Refuse("has a host that cannot exist", parts.whole);
  }
  if (parts.host.ends_with(kR2Suffix) && parts.host.size() > kR2Suffix.size()) {
    return ParseR2Host(parts);
  }
  if (const auto amazon = MatchAmazon(parts.host)) {
    return ParseAmazonHost(*amazon, parts);
  }
  if (any_host) {
    StoreUrl parsed;
    parsed.kind = StoreKind::kS3;
    parsed.endpoint = std::string(parts.scheme) + "://" + parts.host + parts.port;
    LAMINAR_RETURN_IF_ERROR(SetBucketAndPrefix(parts.path, parts.whole, parsed));
    return parsed;
  }
  if (IsGoogleHost(parts.host)) {
    return ParseGoogleHost(parts);
  }
  if (const auto azure = MatchAzure(parts.host)) {
    return ParseAzureHost(*azure, parts);
  }
  return Refuse("is of no known store; for one that speaks S3 write s3::" +
                    std::string(parts.scheme) + "://HOST:PORT/BUCKET/FOLDER",
                parts.whole);
}

absl::StatusOr<StoreUrl> ParseOtherS3(std::string_view inner, std::string_view url) {
  const std::string scheme = ToLower(inner.substr(0, inner.find(':')));
  if (scheme != "https" && scheme != "http") {
    return Refuse("must go on with http:// or https:// behind s3::", url);
  }
  LAMINAR_ASSIGN_OR_RETURN(Parts parts, Split(inner, url));
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
    return Refuse("has an unknown scheme; write " + std::string(kForms), url);
  }
  LAMINAR_ASSIGN_OR_RETURN(Parts parts, Split(url, url));
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
