#include "storage/gcs_protocol.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "storage/answer_error.h"
#include "storage/digest.h"
#include "storage/store_url.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

using Json = nlohmann::json;

}  // namespace

GcsProtocol::GcsProtocol(GcsOptions options,
                         const base::Clock& clock,
                         ExpiringToken::Fetch fetch_token)
    : options_(std::move(options)), token_(clock, std::move(fetch_token)) {}

HttpRequest GcsProtocol::To(const char* method, std::string path) const {
  HttpRequest request;
  request.method = method;
  request.scheme = options_.endpoint.scheme;
  request.host = options_.endpoint.host;
  request.path = options_.endpoint.path + std::move(path);
  return request;
}

std::string GcsProtocol::ObjectPath(const std::string& key) const {
  return "/storage/v1/b/" + PercentEncode(options_.bucket) + "/o/" +
         PercentEncode(JoinKey(options_.prefix, key));
}

HttpRequest GcsProtocol::UploadOf(const std::string& key, const char* type) const {
  HttpRequest request = To("POST", "/upload/storage/v1/b/" + PercentEncode(options_.bucket) + "/o");
  request.query = {{"uploadType", type}, {"name", JoinKey(options_.prefix, key)}};
  request.SetHeader("Content-Type", "application/octet-stream");
  return request;
}

HttpRequest GcsProtocol::Put(const std::string& key, std::string_view bytes) const {
  HttpRequest request = UploadOf(key, "media");
  request.body = bytes;
  return request;
}

HttpRequest GcsProtocol::PutIfAbsent(const std::string& key, std::string_view bytes) const {
  // An upload of the kind multipart, since emulators keep the condition with no other. The boundary
  // is a hash of the bytes, so that it does not occur in them.
  const std::string boundary = "laminar-" + HexEncode(Sha256(bytes));
  HttpRequest request = UploadOf(key, "multipart");
  request.query.emplace_back("ifGenerationMatch", "0");
  request.SetHeader("Content-Type", "multipart/related; boundary=" + boundary);
  const Json about = {{"name", JoinKey(options_.prefix, key)},
                      {"contentType", "application/octet-stream"}};
  request.OwnBody("--" + boundary + "\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" +
                  about.dump() + "\r\n--" + boundary +
                  "\r\nContent-Type: application/octet-stream\r\n\r\n" + std::string(bytes) +
                  "\r\n--" + boundary + "--\r\n");
  return request;
}

HttpRequest GcsProtocol::Delete(const std::string& key) const {
  return To("DELETE", ObjectPath(key));
}

HttpRequest GcsProtocol::Get(const std::string& key, const std::optional<ByteRange>& range) const {
  HttpRequest request = To("GET", ObjectPath(key));
  request.query = {{"alt", "media"}};
  if (range.has_value()) {
    request.SetHeader("Range", RangeHeader(*range));
  }
  return request;
}

HttpRequest GcsProtocol::List(const std::string& prefix, const std::string& page) const {
  HttpRequest request = To("GET", "/storage/v1/b/" + PercentEncode(options_.bucket) + "/o");
  request.query = {{"fields", "items(name,size),nextPageToken"}};
  const std::string whole = JoinKey(options_.prefix, prefix);
  if (!whole.empty()) {
    request.query.emplace_back("prefix", whole);
  }
  if (!page.empty()) {
    request.query.emplace_back("pageToken", page);
  }
  return request;
}

absl::StatusOr<ListPage> GcsProtocol::ReadList(const HttpAnswer& answer) const {
  const absl::Status not_understood =
      base::Unavailable("the store's listing cannot be understood: " + options_.url);
  const Json json = Json::parse(answer.body, nullptr, false);
  if (!json.is_object()) {
    return not_understood;
  }
  ListPage page;
  const auto items = json.find("items");
  const Json none = Json::array();
  for (const Json& item : items == json.end() || !items->is_array() ? none : *items) {
    const auto name = item.is_object() ? item.find("name") : item.end();
    const auto size = item.is_object() ? item.find("size") : item.end();
    if (name == item.end() || !name->is_string() || size == item.end()) {
      return not_understood;
    }
    const auto bytes = size->is_string() ? ParseNumber(size->get<std::string>()) : std::nullopt;
    if (!bytes.has_value()) {
      return not_understood;
    }
    page.Add(options_.prefix, name->get<std::string>(), *bytes);
  }
  const auto next = json.find("nextPageToken");
  if (next != json.end() && next->is_string()) {
    page.next = next->get<std::string>();
  }
  return page;
}

absl::Status GcsProtocol::Authorize(HttpRequest& request) {
  if (options_.anonymous) {
    return absl::OkStatus();
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::string token, token_.Get());
  request.SetHeader("Authorization", "Bearer " + token);
  return absl::OkStatus();
}

Verdict GcsProtocol::Judge(const HttpAnswer& answer) {
  if (answer.status == 401 && !options_.anonymous) {
    token_.Invalidate();
    return Verdict::kLearned;
  }
  if (answer.status == 403) {
    const std::string code = ReadAnswerError(answer).code;
    if (code == "rateLimitExceeded" || code == "userRateLimitExceeded") {
      return Verdict::kThrottled;
    }
  }
  return JudgeByStatus(answer.status);
}

// 308: a part of a resumable upload is there, and more is wanted.
CallResult GcsProtocol::CallUpload(HttpCaller& caller, const HttpRequest& request) {
  return caller.Call(
      request, [this](HttpRequest& attempt) { return Authorize(attempt); },
      [this](const HttpAnswer& answer) {
        return answer.status == 308 ? Verdict::kSuccess : Judge(answer);
      });
}

}  // namespace laminar::storage
