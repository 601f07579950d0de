#include "storage/google_credentials.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "storage/digest.h"
#include "storage/service_call.h"
#include "storage/store_url.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

using Json = nlohmann::json;

constexpr char kScope[] = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr char kTokenServer[] = "https://oauth2.googleapis.com/token";
constexpr int64_t kClaimSeconds = 3600;

std::string TokenServer(const Json& key) {
  const std::string named = TextAt(key, "token_uri");
  return named.empty() ? kTokenServer : named;
}

absl::StatusOr<ExpiringToken::Fetched> AskTokenServer(const GoogleSources& sources,
                                                      const std::string& url,
                                                      const HttpQuery& form) {
  LAMINAR_ASSIGN_OR_RETURN(HttpRequest request, RequestTo(url, "the token server"));
  PostForm(form, request);
  LAMINAR_ASSIGN_OR_RETURN(
      const std::string answer,
      CallService(*sources.caller, request, "Google's token server " + RedactUrl(url)));
  return ReadTokenAnswer(answer, sources.clock->Wall());
}

absl::StatusOr<ExpiringToken::Fetched> FromKey(const GoogleSources& sources,
                                               const std::string& key_json) {
  const Json key = Json::parse(key_json, nullptr, false);
  const std::string type = TextAt(key, "type");
  if (type == "service_account") {
    LAMINAR_ASSIGN_OR_RETURN(std::string claim,
                             ServiceAccountClaim(key_json, sources.clock->Wall()));
    return AskTokenServer(sources, TokenServer(key),
                          {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                           {"assertion", std::move(claim)}});
  }
  if (type == "authorized_user") {
    return AskTokenServer(sources, TokenServer(key),
                          {{"grant_type", "refresh_token"},
                           {"client_id", TextAt(key, "client_id")},
                           {"client_secret", TextAt(key, "client_secret")},
                           {"refresh_token", TextAt(key, "refresh_token")}});
  }
  return base::InvalidArgument(
      "Google credentials must be JSON of type service_account or authorized_user" +
      (type.empty() ? std::string() : ", not " + type.substr(0, 64)));
}

absl::StatusOr<ExpiringToken::Fetched> FromMetadata(const GoogleSources& sources) {
  const std::string host = sources.settings->Find("metadata_host", {"GCE_METADATA_HOST"})
                               .value_or("metadata.google.internal");
  LAMINAR_ASSIGN_OR_RETURN(const Endpoint endpoint,
                           ParseEndpoint("http://" + host, "GCE_METADATA_HOST"));
  HttpRequest request;
  request.scheme = "http";
  request.host = endpoint.host;
  request.path = "/computeMetadata/v1/instance/service-accounts/default/token";
  request.headers = {{"Metadata-Flavor", "Google"}};
  request.direct = true;
  const auto body = CallService(*sources.metadata_caller, request, "Google's metadata server");
  if (!body.ok()) {
    return base::MakeError(
        absl::StatusCode::kPermissionDenied,
        "no Google credentials: neither by settings, by GOOGLE_APPLICATION_CREDENTIALS, by gcloud, "
        "nor from the metadata server (for public buckets set anonymous): " +
            std::string(base::FromAbsl(body.status().message())));
  }
  return ReadTokenAnswer(*body, sources.clock->Wall());
}

}  // namespace

absl::StatusOr<std::optional<std::string>> FindGoogleKey(const Settings& settings) {
  if (auto key = settings.Find("service_account_key", {"GOOGLE_SERVICE_ACCOUNT_KEY"})) {
    return key;
  }
  auto path = settings.Find(
      "service_account_file",
      {"GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH"});
  if (!path.has_value()) {
    const auto home = settings.Variable("HOME");
    const std::string kept =
        base::JoinPath(home.value_or(""), ".config/gcloud/application_default_credentials.json");
    if (!home.has_value() || !base::FileExists(kept)) {
      return std::nullopt;
    }
    path = kept;
  }
  LAMINAR_ASSIGN_OR_RETURN(std::string text, base::ReadWholeFile(*path, kCredentialFileBytesMax));
  return text;
}

absl::StatusOr<ExpiringToken::Fetched> FetchGoogleToken(const GoogleSources& sources) {
  LAMINAR_ASSIGN_OR_RETURN(const std::optional<std::string> key, FindGoogleKey(*sources.settings));
  return key.has_value() ? FromKey(sources, *key) : FromMetadata(sources);
}

absl::StatusOr<std::string> ServiceAccountClaim(const std::string& key_json, base::WallTime now) {
  const Json key = Json::parse(key_json, nullptr, false);
  const std::string email = TextAt(key, "client_email");
  const std::string private_key = TextAt(key, "private_key");
  if (email.empty() || private_key.empty()) {
    return base::InvalidArgument(
        "the Google service account's key lacks client_email or private_key");
  }
  Json header = {{"alg", "RS256"}, {"typ", "JWT"}};
  if (const std::string id = TextAt(key, "private_key_id"); !id.empty()) {
    header["kid"] = id;
  }
  const int64_t seconds = now.micros / 1'000'000;
  const Json claims = {{"iss", email},
                       {"scope", kScope},
                       {"aud", TokenServer(key)},
                       {"iat", seconds},
                       {"exp", seconds + kClaimSeconds}};
  const auto dump = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  const std::string unsigned_claim =
      Base64UrlEncode(dump(header)) + "." + Base64UrlEncode(dump(claims));
  LAMINAR_ASSIGN_OR_RETURN(const std::string signature, SignRsaSha256(private_key, unsigned_claim));
  return unsigned_claim + "." + Base64UrlEncode(signature);
}

absl::StatusOr<ExpiringToken::Fetched> ReadTokenAnswer(const std::string& body,
                                                       base::WallTime now) {
  const Json json = Json::parse(body, nullptr, false);
  ExpiringToken::Fetched fetched;
  fetched.value = TextAt(json, "access_token");
  if (fetched.value.empty() || fetched.value.find_first_of("\r\n") != std::string::npos) {
    return base::Unavailable("the token server's answer cannot be understood");
  }
  std::optional<int64_t> seconds;
  if (const auto found = json.find("expires_in"); found != json.end()) {
    // Some servers write it as text.
    seconds = found->is_number_integer() ? found->get<int64_t>()
              : found->is_string()       ? ParseNumber(found->get<std::string>())
                                         : std::nullopt;
  }
  constexpr int64_t kSecondsMax = 10 * 366 * 86'400LL;
  const int64_t lasts = std::clamp<int64_t>(seconds.value_or(300), 0, kSecondsMax);
  fetched.expires = base::WallTime{now.micros + lasts * 1'000'000};
  return fetched;
}

}  // namespace laminar::storage
