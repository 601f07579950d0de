#include "storage/http_for_test.h"

#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "storage/store_url.h"
#include "storage/text.h"

namespace laminar::storage {

std::string ScriptedTransport::Sent::header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (ToLower(known) == ToLower(name)) {
      return value;
    }
  }
  return "";
}

void ScriptedTransport::Answer(int status, std::string body, HttpHeaders headers) {
  script_.push_back(HttpResult::Answered({status, std::move(headers), std::move(body)}));
}

void ScriptedTransport::Lose() {
  script_.push_back(HttpResult::NoAnswer(base::Unavailable("connection reset")));
}

void ScriptedTransport::Unreach() {
  script_.push_back(HttpResult::NotSent(base::Unavailable("connection refused")));
}

HttpResult ScriptedTransport::Send(const HttpRequest& request) {
  sent_.push_back(
      {request.method, request.Url(), request.headers, std::string(request.body), request.direct});
  if (!script_.empty()) {
    HttpResult result = std::move(script_.front());
    script_.pop_front();
    return result;
  }
  if (otherwise_) {
    return otherwise_(request);
  }
  ADD_FAILURE() << "nothing is scripted for " << request.method << " " << request.Url();
  return HttpResult::NotSent(base::InvalidArgument("nothing is scripted"));
}

Settings SettingsOf(std::map<std::string, std::string> settings,
                    std::map<std::string, std::string> environment) {
  return Settings(settings, [environment = std::move(environment)](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
}

ScriptedParts::ScriptedParts() {
  parts.transport = transport;
  parts.clock = clock.get();
  parts.sleep = [clock = clock](int64_t nanos) { clock->Advance(nanos); };
  parts.part_bytes = int64_t{5} << 20;
}

absl::StatusOr<std::unique_ptr<ObjectStore>> ScriptedParts::TryOpen(
    const std::string& url,
    std::map<std::string, std::string> settings,
    std::map<std::string, std::string> environment) {
  LAMINAR_ASSIGN_OR_RETURN(const StoreUrl parsed, ParseStoreUrl(url));
  const Settings all = SettingsOf(std::move(settings), std::move(environment));
  switch (parsed.kind) {
    case StoreKind::kGcs:
      return OpenGcs(parsed, all, parts);
    case StoreKind::kAzure:
      return OpenAzure(parsed, all, parts);
    default:
      return OpenS3(parsed, all, parts);
  }
}

std::unique_ptr<ObjectStore> ScriptedParts::Open(const std::string& url,
                                                 std::map<std::string, std::string> settings,
                                                 std::map<std::string, std::string> environment) {
  auto store = TryOpen(url, std::move(settings), std::move(environment));
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

}  // namespace laminar::storage
