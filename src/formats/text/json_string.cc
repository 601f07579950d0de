#include "formats/text/json_string.h"

#include <array>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace laminar::formats {
namespace {

// The letter behind the backslash for bytes that must be escaped; 'u' for the long form, 0 for
// none.
constexpr std::array<char, 256> MakeEscapes() {
  std::array<char, 256> escapes{};
  for (size_t i = 0; i < 0x20; ++i) {
    escapes[i] = 'u';
  }
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}
constexpr std::array<char, 256> kEscapes = MakeEscapes();
constexpr std::string_view kHexDigits = "0123456789abcdef";

char* WriteEscape(char* out, unsigned char byte) {
  *out++ = '\\';
  *out++ = kEscapes[byte];
  if (kEscapes[byte] == 'u') {
    *out++ = '0';
    *out++ = '0';
    *out++ = kHexDigits[byte >> 4];
    *out++ = kHexDigits[byte & 15];
  }
  return out;
}

// Four hexadecimal digits, or a negative number.
int32_t FourHexDigits(const char* p) {
  int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    int32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      return -1;
    }
    value = value << 4 | digit;
  }
  return value;
}

char* WriteUtf8(char* out, uint32_t code) {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xC0 | code >> 6);
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xE0 | code >> 12);
    *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3F));
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out++ = static_cast<char>(0xF0 | code >> 18);
    *out++ = static_cast<char>(0x80 | (code >> 12 & 0x3F));
    *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3F));
    *out++ = static_cast<char>(0x80 | (code & 0x3F));
  }
  return out;
}

// Reads \uXXXX, or a pair of them for characters beyond the basic plane, behind the 'u'. Advances
// `p`; false for half a pair.
bool TakeUnicodeEscape(const char*& p, const char* end, char*& out) {
  if (end - p < 4) {
    return false;
  }
  const int32_t first = FourHexDigits(p);
  if (first < 0 || (first >= 0xDC00 && first <= 0xDFFF)) {
    return false;
  }
  p += 4;
  auto code = static_cast<uint32_t>(first);
  if (first >= 0xD800 && first <= 0xDBFF) {
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u') {
      return false;
    }
    const int32_t second = FourHexDigits(p + 2);
    if (second < 0xDC00 || second > 0xDFFF) {
      return false;
    }
    p += 6;
    code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<uint32_t>(second) - 0xDC00);
  }
  out = WriteUtf8(out, code);
  return true;
}

}  // namespace

char* WriteJsonString(char* out, std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  *out++ = '"';
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i last_control = _mm_set1_epi8(0x1F);
  while (end - p >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
    const __m128i special =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                     _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
    if (mask == 0) {
      p += 16;
      out += 16;
      continue;
    }
    const int clean = __builtin_ctz(mask);
    p += clean;
    out = WriteEscape(out + clean, static_cast<unsigned char>(*p));
    ++p;
  }
#endif
  for (; p < end; ++p) {
    const auto byte = static_cast<unsigned char>(*p);
    if (kEscapes[byte] == 0) [[likely]] {
      *out++ = *p;
    } else {
      out = WriteEscape(out, byte);
    }
  }
  *out++ = '"';
  return out;
}

void AppendJsonString(std::string_view text, std::string& json) {
  const size_t old_size = json.size();
  json.resize(old_size + JsonStringLengthMax(text.size()));
  const char* const end = WriteJsonString(json.data() + old_size, text);
  json.resize(static_cast<size_t>(end - json.data()));
}

size_t UnescapeJsonString(std::string_view text, char* out) {
  char* const begin = out;
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) {
    const auto* const escape =
        static_cast<const char*>(std::memchr(p, '\\', static_cast<size_t>(end - p)));
    const char* const plain_end = escape == nullptr ? end : escape;
    std::memmove(out, p, static_cast<size_t>(plain_end - p));
    out += plain_end - p;
    p = plain_end;
    if (escape == nullptr) {
      break;
    }
    if (end - p < 2) {
      return kBadEscape;
    }
    const char letter = p[1];
    p += 2;
    switch (letter) {
      case 'b':
        *out++ = '\b';
        break;
      case 'f':
        *out++ = '\f';
        break;
      case 'n':
        *out++ = '\n';
        break;
      case 'r':
        *out++ = '\r';
        break;
      case 't':
        *out++ = '\t';
        break;
      case '"':
      case '\\':
      case '/':
        *out++ = letter;
        break;
      case 'u':
        if (!TakeUnicodeEscape(p, end, out)) {
          return kBadEscape;
        }
        break;
      default:
        return kBadEscape;
    }
  }
  return static_cast<size_t>(out - begin);
}

}  // namespace laminar::formats
