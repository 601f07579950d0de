#include "storage/store_url_parts.h"

#include <algorithm>

#include "storage/object_key.h"
#include "storage/storage_limits.h"

namespace laminar::storage {
namespace {

bool IsBucketName(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return name.size() >= 3 && name.size() <= 222 && is_plain(name.front()) &&
         is_plain(name.back()) && name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_plain(c) || c == '-' || c == '_' || c == '.'; });
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
    return RefuseUrl(
        "has a folder of other characters than letters, digits and -_.=, with empty parts, or of "
        "more than 512 bytes",
        url);
  }
  return std::string(path);
}

absl::Status SetBucket(std::string_view bucket, std::string_view url, StoreUrl& parsed) {
  if (bucket.empty()) {
    return RefuseUrl("names no bucket or container", url);
  }
  if (!IsBucketName(bucket)) {
    return RefuseUrl(
        "names a bucket or container that cannot exist (3 letters, digits and -_. or more)", url);
  }
  parsed.bucket = std::string(bucket);
  return absl::OkStatus();
}

absl::Status CheckNoQuery(std::string_view url) {
  if (url.find_first_of("?#") != std::string_view::npos) {
    return RefuseUrl(
        "has a query or fragment; give signatures and keys by settings or environment variables, "
        "and leave out everything from the ? or #",
        url);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RefuseUrl(std::string_view why, std::string_view url) {
  return base::InvalidArgument("storage URL " + std::string(why) + ": " + RedactUrl(url));
}

bool IsHostName(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 3 && host.ends_with(']') &&
           host.find_first_not_of("0123456789abcdef:.", 1) == host.size() - 1;
  }
  return !host.empty() && host.size() <= 253 && !host.starts_with('.') && !host.starts_with('-') &&
         host.find("..") == std::string_view::npos &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") ==
             std::string_view::npos;
}

absl::Status SetBucketFromHost(std::string_view bucket, const UrlParts& parts, StoreUrl& parsed) {
  LAMINAR_RETURN_IF_ERROR(SetBucket(bucket, parts.whole, parsed));
  LAMINAR_ASSIGN_OR_RETURN(parsed.prefix, PrefixOf(parts.path, parts.whole));
  return absl::OkStatus();
}

absl::Status SetBucketFromPath(const UrlParts& parts, StoreUrl& parsed) {
  const size_t slash = parts.path.find('/');
  LAMINAR_RETURN_IF_ERROR(SetBucket(parts.path.substr(0, slash), parts.whole, parsed));
  if (slash != std::string_view::npos) {
    LAMINAR_ASSIGN_OR_RETURN(parsed.prefix, PrefixOf(parts.path.substr(slash + 1), parts.whole));
  }
  return absl::OkStatus();
}

absl::StatusOr<UrlParts> SplitUrl(std::string_view url, std::string_view whole) {
  LAMINAR_RETURN_IF_ERROR(CheckNoQuery(url));
  UrlParts parts;
  parts.whole = whole;
  const size_t colon = url.find(':');
  parts.scheme = url.substr(0, colon);
  std::string_view rest = url.substr(colon + 1);
  if (!rest.starts_with("//")) {
    return RefuseUrl("lacks // behind its scheme", whole);
  }
  rest.remove_prefix(2);
  const size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  parts.path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    parts.user = std::string(authority.substr(0, at));
    authority.remove_prefix(at + 1);
    if (parts.user.find(':') != std::string::npos) {
      return RefuseUrl("has a password; give it by settings or environment variables", whole);
    }
  }
  const size_t port = authority.rfind(':');
  if (port != std::string_view::npos && !authority.ends_with(']')) {
    parts.port = std::string(authority.substr(port));
    authority = authority.substr(0, port);
    if (!IsPort(parts.port)) {
      return RefuseUrl("has a port that is no number", whole);
    }
  }
  parts.host = std::string(authority);
  return parts;
}

}  // namespace laminar::storage
