#include "storage/azure_credentials.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "storage/service_call.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

constexpr char kResource[] = "https://storage.azure.com";

absl::StatusOr<ExpiringToken::Fetched> Ask(HttpCaller& caller,
                                           const HttpRequest& request,
                                           const std::string& what,
                                           const base::Clock& clock) {
  LAMINAR_ASSIGN_OR_RETURN(const std::string body, CallService(caller, request, what));
  return ReadTokenAnswer(body, clock.Wall());
}

// A client that proves itself by a secret, or by a token that somebody else issued.
absl::StatusOr<ExpiringToken::Fetched> AskForClient(const AzureSources& sources,
                                                    const std::string& tenant,
                                                    HttpQuery form) {
  const std::string authority = sources.settings->Find("authority_host", {"AZURE_AUTHORITY_HOST"})
                                    .value_or("https://login.microsoftonline.com");
  const std::string what = "Azure's token server";
  LAMINAR_ASSIGN_OR_RETURN(HttpRequest request, RequestTo(authority, what));
  request.path = (request.path == "/" ? "" : request.path) + "/" + PercentEncode(tenant) +
                 "/oauth2/v2.0/token";
  form.emplace_back("grant_type", "client_credentials");
  form.emplace_back("scope", std::string(kResource) + "/.default");
  PostForm(form, request);
  return Ask(*sources.caller, request, what, *sources.clock);
}

absl::StatusOr<ExpiringToken::Fetched> AskMachine(const AzureSources& sources,
                                                  const std::string& client) {
  const Settings& settings = *sources.settings;
  HttpRequest request;
  const std::string what = "Azure's identity service of this machine";
  const auto service = settings.Variable("IDENTITY_ENDPOINT");
  const auto secret = settings.Variable("IDENTITY_HEADER");
  if (service.has_value() && secret.has_value()) {
    LAMINAR_ASSIGN_OR_RETURN(request, RequestTo(*service, "IDENTITY_ENDPOINT"));
    request.query.emplace_back("api-version", "2019-08-01");
    request.headers = {{"X-IDENTITY-HEADER", *secret}};
  } else {
    LAMINAR_ASSIGN_OR_RETURN(
        request, RequestTo(settings.Find("metadata_endpoint", {"AZURE_POD_IDENTITY_AUTHORITY_HOST"})
                               .value_or("http://169.254.169.254"),
                           what));
    request.path = "/metadata/identity/oauth2/token";
    request.query = {{"api-version", "2018-02-01"}};
    request.headers = {{"Metadata", "true"}};
  }
  request.direct = true;
  request.query.emplace_back("resource", kResource);
  if (!client.empty()) {
    request.query.emplace_back("client_id", client);
  }
  auto fetched = Ask(*sources.metadata_caller, request, what, *sources.clock);
  if (!fetched.ok()) {
    return base::MakeError(
        absl::StatusCode::kPermissionDenied,
        "no Azure credentials: neither an account key, a shared access signature, a client, nor "
        "a managed identity: " +
            std::string(base::FromAbsl(fetched.status().message())));
  }
  return fetched;
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> ParseConnectionString(std::string_view text) {
  std::map<std::string, std::string> parts;
  for (const std::string_view pair : SplitText(text, ';')) {
    const size_t equals = pair.find('=');
    if (Trim(pair).empty()) {
      continue;
    }
    if (equals == std::string_view::npos) {
      return base::InvalidArgument(
          "the Azure connection string has a part without =; write NAME=VALUE;NAME=VALUE");
    }
    parts[std::string(Trim(pair.substr(0, equals)))] = std::string(Trim(pair.substr(equals + 1)));
  }
  return parts;
}

absl::StatusOr<HttpQuery> ParseSas(std::string_view sas) {
  sas = Trim(sas);
  if (sas.starts_with('?')) {
    sas.remove_prefix(1);
  }
  auto query = ParseQuery(sas);
  if (!query.has_value()) {
    return base::InvalidArgument("the shared access signature is none; it reads sv=...&sig=...");
  }
  const bool is_signed = std::any_of(query->begin(), query->end(), [](const auto& parameter) {
    return parameter.first == "sig" && !parameter.second.empty();
  });
  if (!is_signed) {
    return base::InvalidArgument(
        "the shared access signature has no sig=; it reads sv=...&sig=...");
  }
  return *std::move(query);
}

absl::StatusOr<ExpiringToken::Fetched> FetchAzureToken(const AzureSources& sources) {
  const Settings& settings = *sources.settings;
  const std::string tenant = settings.Get("tenant_id", {"AZURE_TENANT_ID"});
  const std::string client = settings.Get("client_id", {"AZURE_CLIENT_ID"});
  const std::string file = settings.Get("federated_token_file", {"AZURE_FEDERATED_TOKEN_FILE"});
  if (!tenant.empty() && !client.empty() && !file.empty()) {
    LAMINAR_ASSIGN_OR_RETURN(const std::string token,
                             base::ReadWholeFile(file, kCredentialFileBytesMax));
    return AskForClient(
        sources, tenant,
        {{"client_id", client},
         {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
         {"client_assertion", std::string(Trim(token))}});
  }
  const std::string secret = settings.Get("client_secret", {"AZURE_CLIENT_SECRET"});
  if (!tenant.empty() && !client.empty() && !secret.empty()) {
    return AskForClient(sources, tenant, {{"client_id", client}, {"client_secret", secret}});
  }
  return AskMachine(sources, client);
}

}  // namespace laminar::storage
