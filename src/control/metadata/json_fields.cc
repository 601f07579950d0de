#include "control/metadata/json_fields.h"

#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace laminar::control {

namespace {

// Bytes that follow the first one of a UTF-8 sequence; nullopt for what begins none. RFC 3629.
std::optional<size_t> NumFollowing(unsigned char first) {
  if (first < 0x80) {
    return 0;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    return 1;
  }
  if (first >= 0xe0 && first <= 0xef) {
    return 2;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    return 3;
  }
  return std::nullopt;
}

// Whether the second byte is one that the first allows: no longer forms than needed, no surrogates,
// nothing beyond U+10FFFF.
bool SecondFits(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second <= 0x9f;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second <= 0x8f;
    default:
      return true;
  }
}

bool IsUtf8(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::optional<size_t> following = NumFollowing(first);
    if (!following.has_value() || text.size() - i <= *following) {
      return false;
    }
    for (size_t k = 1; k <= *following; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      if ((byte & 0xc0) != 0x80 || (k == 1 && !SecondFits(first, byte))) {
        return false;
      }
    }
    i += 1 + *following;
  }
  return true;
}

std::optional<unsigned> HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  if (c >= 'a' && c <= 'f') {
    return static_cast<unsigned>(c - 'a') + 10;
  }
  return std::nullopt;
}

std::string ToHex(std::string_view bytes) {
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return hex;
}

std::optional<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) {
    return std::nullopt;
  }
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const std::optional<unsigned> high = HexDigit(hex[i]);
    const std::optional<unsigned> low = HexDigit(hex[i + 1]);
    if (!high.has_value() || !low.has_value()) {
      return std::nullopt;
    }
    bytes += static_cast<char>(*high << 4 | *low);
  }
  return bytes;
}

}  // namespace

nlohmann::ordered_json TextToJson(const std::string& text) {
  if (IsUtf8(text)) {
    return text;
  }
  return {{"hex", ToHex(text)}};
}

nlohmann::ordered_json HashToJson(uint64_t hash) { return fmt::format("{:016x}", hash); }

JsonFields::JsonFields(const nlohmann::ordered_json& object, absl::Status& error)
    : object_(object), error_(error) {
  if (!object.is_object() && error_.ok()) {
    error_ = base::InvalidArgument("an object is wanted");
  }
}

bool JsonFields::Has(const char* name) const {
  return object_.is_object() && object_.contains(name);
}

const nlohmann::ordered_json* JsonFields::Find(const char* name) {
  if (!ok() || !Check(object_.contains(name), name, "is missing")) {
    return nullptr;
  }
  return &object_[name];
}

bool JsonFields::Check(bool condition, const char* name, const char* problem) {
  if (!condition && error_.ok()) {
    error_ = base::InvalidArgument(fmt::format("member '{}' {}", name, problem));
  }
  return condition;
}

std::string JsonFields::Text(const char* name) {
  const nlohmann::ordered_json* value = Find(name);
  return value == nullptr ? std::string() : TextOf(*value, name);
}

std::string JsonFields::TextOf(const nlohmann::ordered_json& value, const char* name) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_object() && value.size() == 1 && value.contains("hex") && value["hex"].is_string()) {
    std::optional<std::string> bytes = FromHex(value["hex"].get_ref<const std::string&>());
    if (bytes.has_value()) {
      return *std::move(bytes);
    }
  }
  Check(false, name, "is no text");
  return "";
}

bool JsonFields::Flag(const char* name) {
  const nlohmann::ordered_json* value = Find(name);
  return value != nullptr && Check(value->is_boolean(), name, "is no boolean") &&
         value->get<bool>();
}

int64_t JsonFields::Integer(const char* name, int64_t min, int64_t max) {
  const nlohmann::ordered_json* value = Find(name);
  if (value == nullptr || !Check(value->is_number_integer(), name, "is no integer")) {
    return 0;
  }
  const bool fits =
      !value->is_number_unsigned() ||
      value->get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (!Check(fits && value->get<int64_t>() >= min && value->get<int64_t>() <= max, name,
             "is out of range")) {
    return 0;
  }
  return value->get<int64_t>();
}

std::vector<uint32_t> JsonFields::Unsigned32s(const char* name, size_t size) {
  std::vector<uint32_t> values;
  Each(name, [&](const nlohmann::ordered_json& value) {
    if (Check(value.is_number_unsigned() && value.get<uint64_t>() <= UINT32_MAX, name,
              "is no array of numbers")) {
      values.push_back(static_cast<uint32_t>(value.get<uint64_t>()));
    }
  });
  Check(values.size() == size, name, "has not as many numbers as it should");
  values.resize(size);
  return values;
}

uint64_t JsonFields::Hash(const char* name) {
  const std::string text = Text(name);
  if (!ok()) {
    return 0;
  }
  uint64_t hash = 0;
  for (const char c : text) {
    const std::optional<unsigned> digit = HexDigit(c);
    if (!Check(digit.has_value() && text.size() == 16, name, "is no hash of 16 digits")) {
      return 0;
    }
    hash = hash << 4 | *digit;
  }
  Check(text.size() == 16, name, "is no hash of 16 digits");
  return hash;
}

}  // namespace laminar::control
