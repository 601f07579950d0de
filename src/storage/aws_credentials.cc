#include "storage/aws_credentials.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "base/file.h"
#include "storage/service_call.h"
#include "storage/store_url.h"
#include "storage/text.h"
#include "storage/time_text.h"

namespace laminar::storage {
namespace {

using Fetched = ExpiringAwsCredentials::Fetched;
// Nothing: this source has none.
using FromSource = absl::StatusOr<std::optional<Fetched>>;

FromSource FromKeys(const std::string& id,
                    const std::string& secret,
                    const std::string& token,
                    std::string_view where) {
  if (id.empty() && secret.empty()) {
    return std::nullopt;
  }
  if (id.empty() || secret.empty()) {
    return base::InvalidArgument("AWS credentials are half given: " + std::string(where) +
                                 " (both an access key id and a secret access key are needed)");
  }
  return Fetched{{id, secret, token}, std::nullopt};
}

FromSource FromSettings(const AwsSources& sources) {
  const Settings& settings = *sources.settings;
  return FromKeys(settings.Get("access_key_id"), settings.Get("secret_access_key"),
                  settings.Get("session_token"), "settings");
}

FromSource FromEnvironment(const AwsSources& sources) {
  const Settings& settings = *sources.settings;
  return FromKeys(settings.Variable("AWS_ACCESS_KEY_ID").value_or(""),
                  settings.Variable("AWS_SECRET_ACCESS_KEY").value_or(""),
                  settings.Variable("AWS_SESSION_TOKEN").value_or(""), "environment");
}

// --- STS ---

std::string StsEndpoint(const AwsSources& sources) {
  const auto named = sources.settings->Find("sts_endpoint", {"AWS_ENDPOINT_URL_STS"});
  return named.value_or("https://sts." + sources.region + ".amazonaws.com");
}

FromSource ReadStsAnswer(const std::string& body, const char* action) {
  pugi::xml_document document;
  document.load_buffer(body.data(), body.size());
  const pugi::xml_node node = document.child((std::string(action) + "Response").c_str())
                                  .child((std::string(action) + "Result").c_str())
                                  .child("Credentials");
  Fetched fetched;
  fetched.value = {node.child_value("AccessKeyId"), node.child_value("SecretAccessKey"),
                   node.child_value("SessionToken")};
  fetched.expires = ParseIsoTime(node.child_value("Expiration"));
  if (fetched.value.access_key_id.empty() || fetched.value.secret_access_key.empty() ||
      !fetched.expires.has_value()) {
    return base::Unavailable("the token service's answer cannot be understood");
  }
  return fetched;
}

FromSource AskSts(const AwsSources& sources,
                  const char* action,
                  HttpQuery form,
                  const AwsCredentials* signer) {
  const std::string url = StsEndpoint(sources);
  LAMINAR_ASSIGN_OR_RETURN(HttpRequest request, RequestTo(url, "the STS endpoint"));
  form.insert(form.begin(), {{"Action", action}, {"Version", "2011-06-15"}});
  PostForm(form, request);
  if (signer != nullptr) {
    SignAws(*signer, {sources.region, "sts", false}, sources.clock->Wall(), request);
  }
  LAMINAR_ASSIGN_OR_RETURN(
      const std::string answer,
      CallService(*sources.caller, request, "assuming a role at " + RedactUrl(url)));
  return ReadStsAnswer(answer, action);
}

FromSource AssumeRoleByToken(const AwsSources& sources,
                             const std::string& token_file,
                             const std::string& role,
                             const std::string& session) {
  LAMINAR_ASSIGN_OR_RETURN(const std::string token,
                           base::ReadWholeFile(token_file, kCredentialFileBytesMax));
  return AskSts(sources, "AssumeRoleWithWebIdentity",
                {{"RoleArn", role},
                 {"RoleSessionName", session.empty() ? "laminar" : session},
                 {"WebIdentityToken", std::string(Trim(token))}},
                nullptr);
}

FromSource FromWebIdentity(const AwsSources& sources) {
  const Settings& settings = *sources.settings;
  const std::string file = settings.Get("web_identity_token_file", {"AWS_WEB_IDENTITY_TOKEN_FILE"});
  const std::string role = settings.Get("role_arn", {"AWS_ROLE_ARN"});
  if (file.empty() || role.empty()) {
    return std::nullopt;
  }
  return AssumeRoleByToken(sources, file, role,
                           settings.Get("role_session_name", {"AWS_ROLE_SESSION_NAME"}));
}

// --- profile files ---

std::string At(const AwsProfile& profile, const char* name) {
  const auto found = profile.find(name);
  return found == profile.end() ? std::string() : found->second;
}

FromSource KeysOf(const AwsProfile& profile, std::string_view where) {
  return FromKeys(At(profile, "aws_access_key_id"), At(profile, "aws_secret_access_key"),
                  At(profile, "aws_session_token"), where);
}

FromSource FromRoleOfProfile(const AwsSources& sources, const AwsProfile& profile) {
  const std::string role = At(profile, "role_arn");
  const std::string session = At(profile, "role_session_name");
  if (const std::string file = At(profile, "web_identity_token_file"); !file.empty()) {
    return AssumeRoleByToken(sources, file, role, session);
  }
  const std::string source = At(profile, "source_profile");
  if (source.empty()) {
    return base::InvalidArgument(
        "the AWS profile has role_arn, but neither web_identity_token_file nor source_profile");
  }
  LAMINAR_ASSIGN_OR_RETURN(const AwsProfile other, LoadAwsProfileNamed(*sources.settings, source));
  LAMINAR_ASSIGN_OR_RETURN(const std::optional<Fetched> keys, KeysOf(other, "profile " + source));
  if (!keys.has_value()) {
    return base::InvalidArgument("the AWS profile has no keys: " + source);
  }
  HttpQuery form = {{"RoleArn", role}, {"RoleSessionName", session.empty() ? "laminar" : session}};
  if (const std::string id = At(profile, "external_id"); !id.empty()) {
    form.emplace_back("ExternalId", id);
  }
  return AskSts(sources, "AssumeRole", std::move(form), &keys->value);
}

FromSource FromProfile(const AwsSources& sources) {
  LAMINAR_ASSIGN_OR_RETURN(const AwsProfile profile, LoadAwsProfile(*sources.settings));
  if (!At(profile, "role_arn").empty()) {
    return FromRoleOfProfile(sources, profile);
  }
  for (const char* other : {"credential_process", "sso_session", "sso_start_url"}) {
    if (!At(profile, other).empty() && At(profile, "aws_access_key_id").empty()) {
      return base::InvalidArgument(
          "the AWS profile needs what is not known here: " + std::string(other) +
          " (export its keys as AWS_ACCESS_KEY_ID and so on)");
    }
  }
  return KeysOf(profile, "profile");
}

// --- metadata services ---

// {"AccessKeyId": ..., "SecretAccessKey": ..., "Token": ..., "Expiration": ...}
FromSource ReadMetadata(const std::string& body, std::string_view what) {
  const nlohmann::json json = nlohmann::json::parse(body, nullptr, false);
  Fetched fetched;
  fetched.value = {TextAt(json, "AccessKeyId"), TextAt(json, "SecretAccessKey"),
                   TextAt(json, "Token")};
  fetched.expires = ParseIsoTime(TextAt(json, "Expiration"));
  if (fetched.value.access_key_id.empty() || fetched.value.secret_access_key.empty()) {
    return base::Unavailable("the answer cannot be understood: " + std::string(what));
  }
  return fetched;
}

// 127.0.0.0/8, of four numbers: a name may begin like one.
bool IsLoopbackAddress(std::string_view host) {
  const std::vector<std::string_view> parts = SplitText(host, '.');
  return parts.size() == 4 && parts.front() == "127" &&
         std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           const auto number = ParseNumber(part);
           return number.has_value() && *number <= 255;
         });
}

// Tokens go to hosts of this machine only (those that the SDKs know), or over TLS.
bool MayHaveToken(const HttpRequest& request) {
  const std::string_view whole = request.host;
  const size_t address_end = whole.starts_with('[') ? whole.find(']') : 0;
  const std::string_view host = whole.substr(0, whole.find(':', address_end));
  return request.scheme == "https" || host == "localhost" || host == "169.254.170.2" ||
         host == "169.254.170.23" || host == "[::1]" || host == "[fd00:ec2::23]" ||
         IsLoopbackAddress(host);
}

FromSource FromContainer(const AwsSources& sources) {
  const Settings& settings = *sources.settings;
  std::string url =
      settings.Get("container_credentials_full_uri", {"AWS_CONTAINER_CREDENTIALS_FULL_URI"});
  if (const auto relative = settings.Variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    url = "http://169.254.170.2" + *relative;
  }
  if (url.empty()) {
    return std::nullopt;
  }
  const std::string what = "the container's credentials service";
  LAMINAR_ASSIGN_OR_RETURN(HttpRequest request, RequestTo(url, what));
  if (!MayHaveToken(request)) {
    return base::InvalidArgument(what + " must be on this machine or speak https: " + request.host);
  }
  request.direct = request.scheme != "https";
  std::string token = settings.Variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (const auto file = settings.Variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    LAMINAR_ASSIGN_OR_RETURN(token, base::ReadWholeFile(*file, kCredentialFileBytesMax));
  }
  if (!token.empty()) {
    request.SetHeader("Authorization", std::string(Trim(token)));
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::string body,
                           CallService(*sources.metadata_caller, request, what));
  return ReadMetadata(body, what);
}

// IMDSv2: a session token first.
FromSource FromInstance(const AwsSources& sources) {
  const Settings& settings = *sources.settings;
  LAMINAR_ASSIGN_OR_RETURN(
      const bool disabled,
      settings.GetFlag("ec2_metadata_disabled", {"AWS_EC2_METADATA_DISABLED"}, false));
  if (disabled) {
    return std::nullopt;
  }
  const std::string what = "the instance's metadata service";
  LAMINAR_ASSIGN_OR_RETURN(
      HttpRequest base_request,
      RequestTo(
          settings.Find("ec2_metadata_service_endpoint", {"AWS_EC2_METADATA_SERVICE_ENDPOINT"})
              .value_or("http://169.254.169.254"),
          what));
  base_request.direct = true;
  HttpRequest request = base_request;
  request.method = "PUT";
  request.path = "/latest/api/token";
  request.SetHeader("x-aws-ec2-metadata-token-ttl-seconds", "21600");
  const auto token = CallService(*sources.metadata_caller, request, what);
  if (!token.ok()) {
    // Where no such service is, this is no such machine.
    return std::nullopt;
  }
  request = base_request;
  request.path = "/latest/meta-data/iam/security-credentials/";
  request.SetHeader("x-aws-ec2-metadata-token", *token);
  const auto named = CallService(*sources.metadata_caller, request, what);
  if (named.status().code() == absl::StatusCode::kNotFound) {
    return std::nullopt;  // the instance has no role
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::string role, named);
  request.path += PercentEncode(Trim(role.substr(0, role.find('\n'))));
  LAMINAR_ASSIGN_OR_RETURN(const std::string body,
                           CallService(*sources.metadata_caller, request, what));
  return ReadMetadata(body, what);
}

}  // namespace

absl::StatusOr<Fetched> FetchAwsCredentials(const AwsSources& sources) {
  for (FromSource (*source)(const AwsSources&) :
       {FromSettings, FromEnvironment, FromWebIdentity, FromProfile, FromContainer, FromInstance}) {
    LAMINAR_ASSIGN_OR_RETURN(std::optional<Fetched> found, source(sources));
    if (found.has_value()) {
      return *std::move(found);
    }
  }
  return base::MakeError(
      absl::StatusCode::kPermissionDenied,
      "no AWS credentials: neither by settings, by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, by "
      "web identity, by a profile, nor from the container's or the machine's metadata service (for "
      "public buckets set anonymous)");
}

}  // namespace laminar::storage
