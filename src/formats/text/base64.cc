#include "formats/text/base64.h"

#include <array>
#include <cstdint>

namespace laminar::formats {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> MakeDigits() {
  std::array<int8_t, 256> digits{};
  for (int8_t& digit : digits) {
    digit = -1;
  }
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
  }
  digits[static_cast<unsigned char>('-')] = 62;
  digits[static_cast<unsigned char>('_')] = 63;
  return digits;
}
constexpr std::array<int8_t, 256> kDigits = MakeDigits();

uint32_t ByteAt(std::string_view bytes, size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

}  // namespace

char* WriteBase64(char* out, std::string_view bytes) {
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t word = ByteAt(bytes, i) << 16 | ByteAt(bytes, i + 1) << 8 | ByteAt(bytes, i + 2);
    *out++ = kAlphabet[word >> 18];
    *out++ = kAlphabet[word >> 12 & 63];
    *out++ = kAlphabet[word >> 6 & 63];
    *out++ = kAlphabet[word & 63];
  }
  if (i == bytes.size()) {
    return out;
  }
  const bool two = i + 2 == bytes.size();
  const uint32_t word = ByteAt(bytes, i) << 16 | (two ? ByteAt(bytes, i + 1) << 8 : 0);
  *out++ = kAlphabet[word >> 18];
  *out++ = kAlphabet[word >> 12 & 63];
  *out++ = two ? kAlphabet[word >> 6 & 63] : '=';
  *out++ = '=';
  return out;
}

void AppendBase64(std::string_view bytes, std::string& text) {
  const size_t old_size = text.size();
  text.resize(old_size + Base64Length(bytes.size()));
  WriteBase64(text.data() + old_size, bytes);
}

bool DecodeBase64(std::string_view text, std::string& bytes) {
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) {
    text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) {
    return false;
  }
  bytes.clear();
  bytes.reserve(text.size() * 3 / 4 + 3);
  uint32_t word = 0;
  int num_bits = 0;
  for (const char c : text) {
    const int8_t digit = kDigits[static_cast<unsigned char>(c)];
    if (digit < 0) {
      return false;
    }
    word = word << 6 | static_cast<uint32_t>(digit);
    num_bits += 6;
    if (num_bits >= 8) {
      num_bits -= 8;
      bytes.push_back(static_cast<char>(word >> num_bits & 0xFF));
    }
  }
  return true;
}

}  // namespace laminar::formats
