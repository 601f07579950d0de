#include "storage/store_protocol.h"

#include "storage/store_url.h"

namespace laminar::storage {

void ListPage::Add(std::string_view prefix, std::string_view key, int64_t bytes) {
  const std::string folder = prefix.empty() ? "" : std::string(prefix) + "/";
  if (key.starts_with(folder)) {
    objects.push_back({std::string(key.substr(folder.size())), bytes});
  }
}

std::string StoreProtocol::ObjectName(const std::string& key) const { return url() + "/" + key; }

CallResult StoreProtocol::Call(HttpCaller& caller, const HttpRequest& request) {
  return caller.Call(
      request, [this](HttpRequest& attempt) { return Authorize(attempt); },
      [this](const HttpAnswer& answer) { return Judge(answer); });
}

std::string RangeHeader(const ByteRange& range) {
  return "bytes=" + std::to_string(range.offset) + "-" +
         std::to_string(range.offset + range.size - 1);
}

}  // namespace laminar::storage
