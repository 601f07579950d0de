#include "storage/azure_protocol.h"

#include <algorithm>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "storage/answer_error.h"
#include "storage/azure_signature.h"
#include "storage/call_status.h"
#include "storage/file_parts.h"
#include "storage/store_url.h"
#include "storage/text.h"
#include "storage/time_text.h"

namespace laminar::storage {
namespace {

using base::Outcome;

// Known to Azurite and to every cloud; all that is used here is older.
constexpr char kApiVersion[] = "2021-08-06";

}  // namespace

AzureProtocol::AzureProtocol(AzureOptions options,
                             const base::Clock& clock,
                             ExpiringToken::Fetch fetch_token)
    : options_(std::move(options)), clock_(clock), token_(clock, std::move(fetch_token)) {}

HttpRequest AzureProtocol::ForKey(const char* method, const std::string& key) const {
  HttpRequest request;
  request.method = method;
  request.scheme = options_.endpoint.scheme;
  request.host = options_.endpoint.host;
  request.path = options_.endpoint.path + "/" + options_.container +
                 (key.empty() ? "" : "/" + PercentEncode(JoinKey(options_.prefix, key), true));
  return request;
}

HttpRequest AzureProtocol::Put(const std::string& key, std::string_view bytes) const {
  HttpRequest request = ForKey("PUT", key);
  request.SetHeader("x-ms-blob-type", "BlockBlob");
  request.body = bytes;
  return request;
}

HttpRequest AzureProtocol::PutIfAbsent(const std::string& key, std::string_view bytes) const {
  HttpRequest request = Put(key, bytes);
  request.SetHeader("If-None-Match", "*");
  return request;
}

HttpRequest AzureProtocol::Delete(const std::string& key) const {
  HttpRequest request = ForKey("DELETE", key);
  request.SetHeader("x-ms-delete-snapshots", "include");
  return request;
}

HttpRequest AzureProtocol::Get(const std::string& key,
                               const std::optional<ByteRange>& range) const {
  HttpRequest request = ForKey("GET", key);
  if (range.has_value()) {
    request.SetHeader("x-ms-range", RangeHeader(*range));
  }
  return request;
}

HttpRequest AzureProtocol::List(const std::string& prefix, const std::string& page) const {
  HttpRequest request = ForKey("GET", "");
  request.query = {{"restype", "container"}, {"comp", "list"}};
  const std::string whole = JoinKey(options_.prefix, prefix);
  if (!whole.empty()) {
    request.query.emplace_back("prefix", whole);
  }
  if (!page.empty()) {
    request.query.emplace_back("marker", page);
  }
  return request;
}

absl::StatusOr<ListPage> AzureProtocol::ReadList(const HttpAnswer& answer) const {
  pugi::xml_document document;
  const bool loaded = document.load_buffer(answer.body.data(), answer.body.size());
  const pugi::xml_node root = document.child("EnumerationResults");
  if (!loaded || !root) {
    return base::Unavailable("the store's listing cannot be understood: " + options_.url);
  }
  ListPage page;
  for (const pugi::xml_node& node : root.child("Blobs").children("Blob")) {
    const std::string_view key = node.child_value("Name");
    const pugi::xml_node properties = node.child("Properties");
    const auto bytes = ParseNumber(Trim(properties.child_value("Content-Length")));
    if (!bytes.has_value()) {
      return base::Unavailable("the store's listing cannot be understood: " + options_.url);
    }
    // Accounts with real folders list them, too.
    const bool is_folder = std::string_view(properties.child_value("ResourceType")) == "directory";
    if (!is_folder) {
      page.Add(options_.prefix, key, *bytes);
    }
  }
  page.next = root.child_value("NextMarker");
  return page;
}

absl::Status AzureProtocol::Authorize(HttpRequest& request) {
  request.SetHeader("x-ms-version", kApiVersion);
  request.SetHeader("x-ms-date", HttpTime(clock_.Wall()));
  if (options_.anonymous) {
    return absl::OkStatus();
  }
  if (!options_.account_key.empty()) {
    SignAzure(options_.account, options_.account_key, request);
    return absl::OkStatus();
  }
  if (!options_.sas.empty()) {
    request.query.insert(request.query.end(), options_.sas.begin(), options_.sas.end());
    return absl::OkStatus();
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::string token, token_.Get());
  request.SetHeader("Authorization", "Bearer " + token);
  return absl::OkStatus();
}

Verdict AzureProtocol::Judge(const HttpAnswer& answer) {
  const bool by_token = !options_.anonymous && options_.account_key.empty() && options_.sas.empty();
  if (answer.status == 401 && by_token) {
    token_.Invalidate();
    return Verdict::kLearned;
  }
  if (answer.status >= 400) {
    const std::string code = ReadAnswerError(answer).code;
    if (code == "ServerBusy" || code == "ContainerBeingDeleted") {
      return Verdict::kThrottled;
    }
  }
  return JudgeByStatus(answer.status);
}

bool AzureProtocol::SaysExists(const HttpAnswer& answer) const {
  return answer.status == 412 ||
         (answer.status == 409 && ReadAnswerError(answer).code == "BlobAlreadyExists");
}

bool AzureProtocol::SaysMissing(const HttpAnswer& answer) const {
  const std::string code = ReadAnswerError(answer).code;
  return answer.status == 404 && (code == "BlobNotFound" || code == "ResourceNotFound");
}

// Blocks whose list is never put vanish by themselves after a week, and at once when the blob is
// written: there is nothing to abort.
Outcome AzureProtocol::PutLarge(HttpCaller& caller, const LargeFile& file) {
  auto parts = FileParts::Open(file.path);
  if (!parts.ok()) {
    return Outcome::NotApplied(parts.status());
  }
  std::string list = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
  for (int64_t offset = 0; offset < file.bytes; offset += file.part_bytes) {
    const auto part = parts->Read(offset, std::min(file.part_bytes, file.bytes - offset));
    if (!part.ok()) {
      return Outcome::NotApplied(part.status());
    }
    const std::string id = Base64Encode(fmt::format("{:08}", offset / file.part_bytes));
    HttpRequest request = ForKey("PUT", file.key);
    request.query = {{"comp", "block"}, {"blockid", id}};
    request.body = *part;
    const CallResult result = Call(caller, request);
    if (!result.success()) {
      return Outcome::NotApplied(StatusOfCall(result, ObjectName(file.key)));
    }
    list += "<Latest>" + id + "</Latest>";
  }
  list += "</BlockList>";
  HttpRequest request = ForKey("PUT", file.key);
  request.query = {{"comp", "blocklist"}};
  request.SetHeader("Content-Type", "application/xml");
  request.body = list;
  // Sent again after a success, it names blocks that are committed: Latest means those as well.
  return OutcomeOfCall(Call(caller, request), ObjectName(file.key));
}

}  // namespace laminar::storage
