#include "storage/http.h"

#include <algorithm>

#include "storage/store_url.h"
#include "storage/text.h"

namespace laminar::storage {

std::string EncodeQuery(const HttpQuery& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    text += (text.empty() ? "" : "&") + PercentEncode(name) + "=" + PercentEncode(value);
  }
  return text;
}

std::optional<HttpQuery> ParseQuery(std::string_view text) {
  HttpQuery query;
  for (const std::string_view pair : SplitText(text, '&')) {
    const size_t equals = pair.find('=');
    auto name = PercentDecode(pair.substr(0, equals));
    auto value = PercentDecode(equals == std::string_view::npos ? std::string_view()
                                                                : pair.substr(equals + 1));
    if (!name.has_value() || !value.has_value()) {
      return std::nullopt;
    }
    query.emplace_back(*std::move(name), *std::move(value));
  }
  return query;
}

void HttpRequest::SetHeader(std::string_view name, std::string value) {
  for (auto& [known, old] : headers) {
    if (ToLower(known) == ToLower(name)) {
      old = std::move(value);
      return;
    }
  }
  headers.emplace_back(name, std::move(value));
}

const std::string* HttpRequest::FindHeader(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (ToLower(known) == ToLower(name)) {
      return &value;
    }
  }
  return nullptr;
}

std::string HttpRequest::Url() const {
  const std::string encoded = EncodeQuery(query);
  return scheme + "://" + host + path + (encoded.empty() ? "" : "?" + encoded);
}

void HttpRequest::OwnBody(std::string bytes) {
  owned_body = std::make_shared<const std::string>(std::move(bytes));
  body = *owned_body;
}

std::string_view HttpAnswer::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_name) {
      return value;
    }
  }
  return {};
}

HttpResult HttpResult::Answered(HttpAnswer answer) {
  return {State::kAnswered, std::move(answer), absl::OkStatus()};
}

HttpResult HttpResult::NotSent(absl::Status why) { return {State::kNotSent, {}, std::move(why)}; }

HttpResult HttpResult::NoAnswer(absl::Status why) { return {State::kNoAnswer, {}, std::move(why)}; }

absl::StatusOr<Endpoint> ParseEndpoint(std::string_view url, std::string_view what) {
  Endpoint endpoint;
  std::string_view rest = url;
  if (const size_t end = url.find("://"); end != std::string_view::npos) {
    endpoint.scheme = ToLower(url.substr(0, end));
    rest = url.substr(end + 3);
  }
  const size_t slash = rest.find('/');
  endpoint.host = ToLower(rest.substr(0, slash));
  if (slash != std::string_view::npos) {
    endpoint.path = std::string(rest.substr(slash));
    while (endpoint.path.ends_with('/')) {
      endpoint.path.pop_back();
    }
  }
  constexpr std::string_view kHostCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";
  if ((endpoint.scheme != "http" && endpoint.scheme != "https") || endpoint.host.empty() ||
      endpoint.host.find_first_not_of(kHostCharacters) != std::string::npos ||
      endpoint.path.find_first_of("?# %") != std::string::npos) {
    return base::InvalidArgument(std::string(what) +
                                 " is no endpoint; write https://HOST[:PORT]: " + RedactUrl(url));
  }
  return endpoint;
}

}  // namespace laminar::storage
