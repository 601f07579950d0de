#include "storage/answer_error.h"

#include <algorithm>
#include <array>
#include <optional>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "storage/text.h"

namespace laminar::storage {
namespace {

using Code = absl::StatusCode;

constexpr size_t kMessageBytesMax = 400;

std::string Clean(std::string_view text) {
  text = Trim(text);
  std::string clean(text.substr(0, std::min(text.find_first_of("\r\n"), kMessageBytesMax)));
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      c = ' ';
    }
  }
  return clean;
}

void ReadXml(std::string_view body, AnswerError& error) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) {
    return;
  }
  pugi::xml_node node = document.child("Error");
  if (!node) {
    // Token servers of Amazon wrap it.
    node = document.child("ErrorResponse").child("Error");
  }
  error.code = Clean(node.child_value("Code"));
  error.message = Clean(node.child_value("Message"));
  error.region = Clean(node.child_value("Region"));
}

std::string StringAt(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? Clean(found->get<std::string>())
                                                     : std::string();
}

void ReadJson(std::string_view body, AnswerError& error) {
  const nlohmann::json json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) {
    return;
  }
  const auto inner = json.find("error");
  if (inner == json.end()) {
    error.code = StringAt(json, "code");
    error.message = StringAt(json, "message");
    return;
  }
  if (inner->is_string()) {
    error.code = Clean(inner->get<std::string>());
    error.message = StringAt(json, "error_description");
    return;
  }
  if (!inner->is_object()) {
    return;
  }
  error.message = StringAt(*inner, "message");
  error.code = StringAt(*inner, "status");
  const auto errors = inner->find("errors");
  if (errors != inner->end() && errors->is_array() && !errors->empty() &&
      errors->front().is_object()) {
    error.code = StringAt(errors->front(), "reason");
  }
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> set) {
  return std::find(set.begin(), set.end(), text) != set.end();
}

struct Meaning {
  Code code;
  std::string_view what;
  std::string_view remedy;
};

// By the store's own code or words, which say more than the status.
std::optional<Meaning> MeaningOfCode(const AnswerError& error) {
  const std::string& code = error.code;
  if (IsOneOf(code, {"RequestTimeTooSkewed"}) ||
      error.message.find("date header too old") != std::string::npos ||
      error.message.find("Request date header") != std::string::npos) {
    return Meaning{Code::kPermissionDenied,
                   "this machine's clock differs too much from the store's (RequestTimeTooSkewed)",
                   "set the clock, for example by NTP"};
  }
  if (IsOneOf(code, {"NoSuchBucket", "ContainerNotFound"}) ||
      error.message.find("bucket does not exist") != std::string::npos) {
    return Meaning{Code::kInvalidArgument, "the bucket or container does not exist",
                   "create it, or correct the URL"};
  }
  if (IsOneOf(code, {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthenticationFailed",
                     "InvalidSecurity"})) {
    return Meaning{Code::kPermissionDenied, "the store does not accept the key",
                   "check the access key and its secret, and this machine's clock"};
  }
  if (IsOneOf(code,
              {"ExpiredToken", "InvalidToken", "TokenRefreshRequired", "ExpiredTokenException"})) {
    return Meaning{Code::kPermissionDenied, "the credentials have expired or are not valid",
                   "renew them"};
  }
  if (IsOneOf(code, {"invalid_grant", "invalid_client", "InvalidIdentityToken",
                     "InvalidIdentityTokenException"})) {
    return Meaning{Code::kPermissionDenied, "the identity was not accepted",
                   "check the service account or role, and this machine's clock"};
  }
  if (IsOneOf(code, {"QuotaExceeded", "XMinioStorageFull", "InsufficientAccountPermissions",
                     "quotaExceeded", "XMinioAdminBucketQuotaExceeded", "ServiceQuotaExceeded"})) {
    return Meaning{Code::kResourceExhausted, "the store is full or its quota is used up",
                   "free space or raise the quota"};
  }
  if (IsOneOf(code, {"InvalidObjectState", "BlobArchived"})) {
    return Meaning{Code::kDataLoss, "the object is archived and cannot be read",
                   "restore it, and keep such folders out of archiving rules"};
  }
  return std::nullopt;
}

Meaning MeaningOfStatus(int status) {
  switch (status) {
    case 401:
    case 403:
      return {Code::kPermissionDenied, "access is denied",
              "check the credentials and what they are allowed to do"};
    case 404:
      return {Code::kNotFound, "no such object", ""};
    case 409:
      return {Code::kUnavailable, "another change was in the way", ""};
    case 412:
      return {Code::kAlreadyExists, "object exists", ""};
    case 507:
      return {Code::kResourceExhausted, "the store is full", "free space"};
    case 301:
    case 307:
      return {Code::kInvalidArgument, "the bucket is in another region or at another endpoint",
              "set region or endpoint"};
    case 408:
    case 429:
      return {Code::kUnavailable, "the store asks for fewer requests", ""};
    case 405:
    case 501:
      return {Code::kInvalidArgument, "the store does not know such a request",
              "use a store that has it, or check the endpoint"};
    default:
      break;
  }
  if (status >= 500) {
    return {Code::kUnavailable, "the store is not available", ""};
  }
  return {Code::kInvalidArgument, "the store refuses the request", "check URL and endpoint"};
}

}  // namespace

AnswerError ReadAnswerError(const HttpAnswer& answer) {
  AnswerError error;
  const std::string_view body = Trim(answer.body);
  if (body.starts_with('<') || body.starts_with("\xef\xbb\xbf<")) {
    ReadXml(body, error);
  } else if (body.starts_with('{')) {
    ReadJson(body, error);
  }
  // Answers to HEAD have no body; Azure repeats the code in a header.
  if (error.code.empty()) {
    error.code = Clean(answer.header("x-ms-error-code"));
  }
  if (error.code.empty()) {
    error.code = Clean(answer.header("x-minio-error-code"));
  }
  if (error.message.empty()) {
    error.message = Clean(answer.header("x-minio-error-desc"));
  }
  if (error.region.empty()) {
    error.region = Clean(answer.header("x-amz-bucket-region"));
  }
  return error;
}

absl::Status StatusOfAnswer(const HttpAnswer& answer, std::string_view object) {
  const AnswerError error = ReadAnswerError(answer);
  const Meaning meaning = MeaningOfCode(error).value_or(MeaningOfStatus(answer.status));
  std::string text = std::string(meaning.what) + ": " + std::string(object) + ": HTTP " +
                     std::to_string(answer.status);
  if (!error.code.empty()) {
    text += " " + error.code;
  }
  if (!error.message.empty()) {
    text += ": " + error.message;
  }
  if (!meaning.remedy.empty()) {
    text += " (" + std::string(meaning.remedy) + ")";
  }
  return base::MakeError(meaning.code, text);
}

}  // namespace laminar::storage
