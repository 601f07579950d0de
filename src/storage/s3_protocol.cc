#include "storage/s3_protocol.h"

#include <algorithm>
#include <array>
#include <utility>

#include <pugixml.hpp>

#include "storage/answer_error.h"
#include "storage/store_url.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> set) {
  return std::find(set.begin(), set.end(), text) != set.end();
}

// Where a region's requests go: the partition in China has a domain of its own.
std::string AmazonHost(const std::string& region) {
  return "s3." + region + ".amazonaws.com" + (region.starts_with("cn-") ? ".cn" : "");
}

bool IsRegionName(std::string_view region) {
  return !region.empty() && region.size() <= 64 &&
         region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
             std::string_view::npos;
}

}  // namespace

S3Protocol::S3Protocol(
    S3Options options,
    const base::Clock& clock,
    std::function<absl::StatusOr<ExpiringAwsCredentials::Fetched>()> fetch_credentials)
    : options_(std::move(options)),
      clock_(clock),
      credentials_(clock, std::move(fetch_credentials)),
      region_(options_.region) {}

// The host is filled in when the request is authorised, since it may be learned in between.
HttpRequest S3Protocol::ForKey(const char* method, const std::string& key) const {
  HttpRequest request;
  request.method = method;
  request.scheme = options_.endpoint.scheme;
  request.path =
      options_.endpoint.path + (options_.path_style ? "/" + options_.bucket : "") +
      (key.empty() && options_.path_style
           ? ""
           : "/" + PercentEncode(key.empty() ? "" : JoinKey(options_.prefix, key), true));
  return request;
}

HttpRequest S3Protocol::Put(const std::string& key, std::string_view bytes) const {
  HttpRequest request = ForKey("PUT", key);
  request.body = bytes;
  return request;
}

HttpRequest S3Protocol::PutIfAbsent(const std::string& key, std::string_view bytes) const {
  HttpRequest request = Put(key, bytes);
  if (options_.is_google) {
    request.SetHeader("x-goog-if-generation-match", "0");
  } else {
    request.SetHeader("If-None-Match", "*");
  }
  return request;
}

HttpRequest S3Protocol::Delete(const std::string& key) const { return ForKey("DELETE", key); }

HttpRequest S3Protocol::Get(const std::string& key, const std::optional<ByteRange>& range) const {
  HttpRequest request = ForKey("GET", key);
  if (range.has_value()) {
    request.SetHeader("Range", RangeHeader(*range));
  }
  return request;
}

HttpRequest S3Protocol::List(const std::string& prefix, const std::string& page) const {
  HttpRequest request = ForKey("GET", "");
  request.query = {{"list-type", "2"}};
  const std::string whole = JoinKey(options_.prefix, prefix);
  if (!whole.empty()) {
    request.query.emplace_back("prefix", whole);
  }
  if (!page.empty()) {
    request.query.emplace_back("continuation-token", page);
  }
  return request;
}

absl::StatusOr<ListPage> S3Protocol::ReadList(const HttpAnswer& answer) const {
  pugi::xml_document document;
  const bool loaded = document.load_buffer(answer.body.data(), answer.body.size());
  const pugi::xml_node root = document.child("ListBucketResult");
  if (!loaded || !root) {
    return base::Unavailable("the store's listing cannot be understood: " + options_.url);
  }
  ListPage page;
  for (const pugi::xml_node& node : root.children("Contents")) {
    const std::string_view key = node.child_value("Key");
    const auto bytes = ParseNumber(Trim(node.child_value("Size")));
    if (!bytes.has_value()) {
      return base::Unavailable("the store's listing cannot be understood: " + options_.url);
    }
    page.Add(options_.prefix, key, *bytes);
  }
  if (std::string_view(root.child_value("IsTruncated")) == "true") {
    page.next = root.child_value("NextContinuationToken");
    if (page.next.empty()) {
      return base::Unavailable("the store's listing has no next page: " + options_.url);
    }
  }
  return page;
}

absl::Status S3Protocol::Authorize(HttpRequest& request) {
  std::string region;
  {
    const base::MutexLock lock(mutex_);
    region = region_;
  }
  const std::string service_host = options_.is_amazon ? AmazonHost(region) : options_.endpoint.host;
  request.host = options_.path_style ? service_host : options_.bucket + "." + service_host;
  if (options_.anonymous) {
    return absl::OkStatus();
  }
  LAMINAR_ASSIGN_OR_RETURN(const AwsCredentials credentials, credentials_.Get());
  SignAws(credentials, {region, options_.is_google ? "storage" : "s3", options_.is_google},
          clock_.Wall(), request);
  return absl::OkStatus();
}

bool S3Protocol::LearnRegion(const HttpAnswer& answer) {
  const std::string region = ReadAnswerError(answer).region;
  if (!options_.is_amazon || !IsRegionName(region)) {
    return false;
  }
  const base::MutexLock lock(mutex_);
  if (region == region_) {
    return false;
  }
  region_ = region;
  return true;
}

Verdict S3Protocol::Judge(const HttpAnswer& answer) {
  if (answer.status == 301 || answer.status == 307 || answer.status == 400) {
    if (LearnRegion(answer)) {
      return Verdict::kLearned;
    }
  }
  const std::string code = answer.status >= 400 ? ReadAnswerError(answer).code : std::string();
  if (IsOneOf(code, {"ExpiredToken", "TokenRefreshRequired"}) && !options_.anonymous) {
    credentials_.Invalidate();
    return Verdict::kLearned;
  }
  if (IsOneOf(code, {"SlowDown", "RequestLimitExceeded", "Throttling", "OperationAborted",
                     "ConditionalRequestConflict", "XMinioServerNotInitialized"})) {
    return Verdict::kThrottled;
  }
  if (IsOneOf(code, {"RequestTimeout", "IncompleteBody", "XAmzContentSHA256Mismatch"})) {
    return Verdict::kThrottled;
  }
  return JudgeByStatus(answer.status);
}

bool S3Protocol::SaysMissing(const HttpAnswer& answer) const {
  return answer.status == 404 &&
         IsOneOf(ReadAnswerError(answer).code, {"NoSuchKey", "NoSuchVersion"});
}

}  // namespace laminar::storage
