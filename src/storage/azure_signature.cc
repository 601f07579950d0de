#include "storage/azure_signature.h"

#include <map>

#include "storage/digest.h"
#include "storage/text.h"

namespace laminar::storage {

std::string AzureStringToSign(const std::string& account, const HttpRequest& request) {
  const auto header = [&](std::string_view name) {
    const std::string* value = request.FindHeader(name);
    return value == nullptr ? std::string() : *value;
  };
  std::string text = request.method + "\n";
  text += header("Content-Encoding") + "\n" + header("Content-Language") + "\n";
  text += (request.body.empty() ? "" : std::to_string(request.body.size())) + "\n";
  for (const char* name : {"Content-MD5", "Content-Type", "Date", "If-Modified-Since", "If-Match",
                           "If-None-Match", "If-Unmodified-Since", "Range"}) {
    text += header(name) + "\n";
  }
  std::map<std::string, std::string> vendor_headers;
  for (const auto& [name, value] : request.headers) {
    if (const std::string lower = ToLower(name); lower.starts_with("x-ms-")) {
      vendor_headers[lower] = std::string(Trim(value));
    }
  }
  for (const auto& [name, value] : vendor_headers) {
    text += name + ":" + value + "\n";
  }
  text += "/" + account + request.path;
  std::map<std::string, std::string> query;
  for (const auto& [name, value] : request.query) {
    query[ToLower(name)] = value;
  }
  for (const auto& [name, value] : query) {
    text += "\n" + name + ":" + value;
  }
  return text;
}

void SignAzure(const std::string& account, std::string_view key, HttpRequest& request) {
  const std::string signature = Base64Encode(HmacSha256(key, AzureStringToSign(account, request)));
  request.SetHeader("Authorization", "SharedKey " + account + ":" + signature);
}

}  // namespace laminar::storage
