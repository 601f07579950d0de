#include "formats/text/utf8.h"

#include <cstdint>

#include <simdjson.h>

namespace laminar::formats {
namespace {

bool IsContinuation(std::string_view bytes, size_t index) {
  return index < bytes.size() && (static_cast<unsigned char>(bytes[index]) & 0xC0) == 0x80;
}

// Length of the valid character at `index`, 0 when there is none (RFC 3629, section 4).
size_t CharacterLength(std::string_view bytes, size_t index) {
  const auto lead = static_cast<unsigned char>(bytes[index]);
  if (lead < 0x80) {
    return 1;
  }
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) {
    return 0;
  }
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(bytes, index + i)) {
      return 0;
    }
  }
  const auto second = static_cast<unsigned char>(bytes[index + 1]);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second > 0x9F;
  const bool beyond = lead == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

bool IsUtf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

size_t Utf8PrefixLength(std::string_view bytes) {
  size_t index = 0;
  while (index < bytes.size()) {
    const size_t length = CharacterLength(bytes, index);
    if (length == 0) {
      return index;
    }
    index += length;
  }
  return index;
}

}  // namespace laminar::formats
