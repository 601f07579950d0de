// Opens Azure Blob Storage; the declaration is in storage/open_remote.h.
#include <map>
#include <memory>
#include <utility>

#include "storage/azure_credentials.h"
#include "storage/azure_protocol.h"
#include "storage/open_remote.h"
#include "storage/remote_store.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

using Connection = std::map<std::string, std::string>;

// The account that every Azurite has; its key is public.
constexpr char kAzuriteAccount[] = "devstoreaccount1";
constexpr char kAzuriteKey[] =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

std::string At(const Connection& connection, const char* name) {
  const auto found = connection.find(name);
  return found == connection.end() ? std::string() : found->second;
}

absl::StatusOr<Connection> ConnectionOf(const Settings& settings) {
  const auto text = settings.Find("connection_string", {"AZURE_STORAGE_CONNECTION_STRING"});
  return text.has_value() ? ParseConnectionString(*text) : Connection();
}

absl::StatusOr<std::string> AccountOf(const StoreUrl& url,
                                      const Settings& settings,
                                      const Connection& connection,
                                      bool is_azurite) {
  if (!url.account.empty()) {
    return url.account;
  }
  for (const std::string& account :
       {settings.Get("account_name"), At(connection, "AccountName"),
        settings.Get("", {"AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT"})}) {
    if (!account.empty()) {
      return account;
    }
  }
  if (is_azurite) {
    return std::string(kAzuriteAccount);
  }
  return base::InvalidArgument(
      "the Azure storage account is missing: write "
      "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER or set AZURE_STORAGE_ACCOUNT_NAME");
}

std::string EndpointOf(const StoreUrl& url,
                       const Settings& settings,
                       const Connection& connection,
                       const std::string& azurite,
                       const std::string& account) {
  for (const std::string& endpoint :
       {settings.Get("endpoint"), At(connection, "BlobEndpoint"),
        settings.Get("", {"AZURE_STORAGE_ENDPOINT", "AZURE_STORAGE_BLOB_ENDPOINT"}),
        azurite.empty() ? std::string() : azurite + "/" + account, url.endpoint}) {
    if (!endpoint.empty()) {
      return endpoint;
    }
  }
  const std::string suffix = At(connection, "EndpointSuffix");
  return "https://" + account + ".blob." + (suffix.empty() ? "core.windows.net" : suffix);
}

absl::Status SetCredentials(const Settings& settings,
                            const Connection& connection,
                            bool is_azurite,
                            AzureOptions& options) {
  LAMINAR_ASSIGN_OR_RETURN(options.anonymous,
                           settings.GetFlag("anonymous", {"AZURE_SKIP_SIGNATURE"}, false));
  std::string key = settings.Get("account_key");
  if (key.empty()) {
    key = At(connection, "AccountKey");
  }
  std::string sas = settings.Get("sas_token");
  if (sas.empty()) {
    sas = At(connection, "SharedAccessSignature");
  }
  if (key.empty() && sas.empty()) {
    key = settings.Get(
        "", {"AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCESS_KEY"});
    sas = settings.Get("", {"AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY"});
  }
  if (key.empty() && sas.empty() && is_azurite) {
    key = kAzuriteKey;
  }
  if (!key.empty()) {
    const auto decoded = Base64Decode(Trim(key));
    if (!decoded.has_value() || decoded->empty()) {
      return base::InvalidArgument(
          "the Azure account key is no Base64; copy it whole, with its = at the end");
    }
    options.account_key = *decoded;
  } else if (!sas.empty()) {
    LAMINAR_ASSIGN_OR_RETURN(options.sas, ParseSas(sas));
  }
  return absl::OkStatus();
}

// Where Azurite runs, by http://HOST:PORT; empty when nobody said that it is to be used.
std::string AzuriteOf(const Settings& settings) {
  std::string azurite = settings.Get("", {"AZURITE_BLOB_STORAGE_URL"});
  while (azurite.ends_with('/')) {
    azurite.pop_back();
  }
  return azurite;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> OpenAzure(const StoreUrl& url,
                                                       const Settings& settings,
                                                       const RemoteParts& parts) {
  LAMINAR_RETURN_IF_ERROR(settings.CheckNames(
      {"endpoint", "anonymous", "account_name", "account_key", "sas_token", "connection_string",
       "tenant_id", "client_id", "client_secret", "federated_token_file", "authority_host",
       "metadata_endpoint", "ca_file"}));
  LAMINAR_ASSIGN_OR_RETURN(const Connection connection, ConnectionOf(settings));
  const std::string azurite = AzuriteOf(settings);
  AzureOptions options;
  LAMINAR_ASSIGN_OR_RETURN(options.account, AccountOf(url, settings, connection, !azurite.empty()));
  LAMINAR_ASSIGN_OR_RETURN(options.endpoint, ParseEndpoint(EndpointOf(url, settings, connection,
                                                                      azurite, options.account),
                                                           "the Azure endpoint"));
  LAMINAR_RETURN_IF_ERROR(SetCredentials(settings, connection, !azurite.empty(), options));
  options.container = url.bucket;
  options.prefix = url.prefix;
  options.url = "abfss://" + url.bucket + "@" + options.account + ".dfs.core.windows.net" +
                (url.prefix.empty() ? "" : "/" + url.prefix);
  auto caller = parts.MakeCaller();
  HttpCaller* borrowed = caller.get();
  std::shared_ptr<HttpCaller> metadata_caller = parts.MakeMetadataCaller();
  auto fetch = [settings, borrowed, metadata_caller, clock = parts.clock] {
    return FetchAzureToken({&settings, borrowed, metadata_caller.get(), clock});
  };
  return std::make_unique<RemoteStore>(
      parts.transport, std::move(caller),
      std::make_unique<AzureProtocol>(std::move(options), *parts.clock, std::move(fetch)),
      parts.part_bytes);
}

}  // namespace laminar::storage
