#include "connectors/api/saved_object.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "formats/text/utf8.h"

namespace laminar::connectors {
namespace {

// What escaped text begins with.
constexpr std::string_view kEscaped = "%:";

}  // namespace

std::string EncodeBytes(std::string_view bytes) {
  if (formats::IsUtf8(bytes) && !bytes.starts_with(kEscaped)) {
    return std::string(bytes);
  }
  std::string text(kEscaped);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x80 && c != '%' ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return text;
}

std::string DecodeBytes(std::string_view text) {
  if (!text.starts_with(kEscaped)) {
    return std::string(text);
  }
  text.remove_prefix(kEscaped.size());
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    int byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ec == std::errc()) {
      bytes += static_cast<char>(byte);
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

absl::StatusOr<SavedObject> SavedObject::Parse(std::string_view text, std::string_view what) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return base::DataLoss(fmt::format("the checkpoint's {} cannot be read: {}", what,
                                      formats::IsUtf8(text) ? text.substr(0, 200) : "not UTF-8"));
  }
  return SavedObject(std::move(json), std::string(what));
}

SavedObject& SavedObject::Set(const char* key, int64_t value) {
  json_[key] = value;
  return *this;
}

SavedObject& SavedObject::Set(const char* key, bool value) {
  json_[key] = value;
  return *this;
}

SavedObject& SavedObject::Set(const char* key, std::string_view text) {
  json_[key] = EncodeBytes(text);
  return *this;
}

SavedObject& SavedObject::Set(const char* key, const std::vector<SavedObject>& list) {
  json_[key] = nlohmann::json::array();
  for (const SavedObject& object : list) {
    json_[key].push_back(object.json_);
  }
  return *this;
}

absl::Status SavedObject::Missing(const char* key) const {
  return base::DataLoss(
      fmt::format("the checkpoint's {} lacks {}: {}", what_, key, ToString().substr(0, 200)));
}

absl::StatusOr<int64_t> SavedObject::Integer(const char* key) const {
  const auto value = json_.find(key);
  if (value == json_.end() || !value->is_number_integer()) {
    return Missing(key);
  }
  return value->get<int64_t>();
}

absl::StatusOr<std::string> SavedObject::Text(const char* key) const {
  const auto value = json_.find(key);
  if (value == json_.end() || !value->is_string()) {
    return Missing(key);
  }
  return DecodeBytes(value->get_ref<const std::string&>());
}

absl::StatusOr<std::vector<SavedObject>> SavedObject::List(const char* key) const {
  const auto value = json_.find(key);
  if (value == json_.end() || !value->is_array()) {
    return Missing(key);
  }
  std::vector<SavedObject> list;
  for (const nlohmann::json& item : *value) {
    if (!item.is_object()) {
      return Missing(key);
    }
    list.push_back(SavedObject(item, what_));
  }
  return list;
}

bool SavedObject::Flag(const char* key) const {
  const auto value = json_.find(key);
  return value != json_.end() && value->is_boolean() && value->get<bool>();
}

}  // namespace laminar::connectors
