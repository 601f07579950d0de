// Finds bytes in short texts with vector instructions; no allocation, never reads outside the text.
// Pure functions; any thread.
#ifndef LAMINAR_EXPRESSION_KERNELS_STRING_SEARCH_H_
#define LAMINAR_EXPRESSION_KERNELS_STRING_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace laminar::expression {

inline constexpr size_t kNotFound = static_cast<size_t>(-1);

/// A bit per byte of `text[0, 16)` that equals `byte`.
#if defined(__SSE2__)
inline uint32_t EqualBytes16(const char* text, char byte) {
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(byte))));
}
#else
inline uint32_t EqualBytes16(const char* text, char byte) {
  uint32_t mask = 0;
  for (uint32_t i = 0; i < 16; ++i) {
    mask |= static_cast<uint32_t>(text[i] == byte) << i;
  }
  return mask;
}
#endif

/// The position of the first `byte` at or after `from`; kNotFound.
inline size_t FindByte(std::string_view text, char byte, size_t from) {
  const char* const data = text.data();
  size_t i = from;
  for (; i + 16 <= text.size(); i += 16) {
    if (const uint32_t mask = EqualBytes16(data + i, byte); mask != 0) {
      return i + static_cast<size_t>(__builtin_ctz(mask));
    }
  }
  for (; i < text.size(); ++i) {
    if (data[i] == byte) {
      return i;
    }
  }
  return kNotFound;
}

/// How many bytes equal `byte`.
inline size_t CountByte(std::string_view text, char byte) {
  size_t count = 0;
  size_t i = 0;
  for (; i + 16 <= text.size(); i += 16) {
    count += static_cast<size_t>(__builtin_popcount(EqualBytes16(text.data() + i, byte)));
  }
  for (; i < text.size(); ++i) {
    count += text[i] == byte ? 1 : 0;
  }
  return count;
}

/// The position of the first `needle` at or after `from`; kNotFound. Looks at first and last byte
/// of 16 positions at once (Muła, "SIMD-friendly algorithms for substring searching"). REQUIRES:
/// the needle is not empty.
inline size_t FindText(std::string_view text, std::string_view needle, size_t from) {
  const size_t length = needle.size();
  if (length == 1) {
    return FindByte(text, needle[0], from);
  }
  if (text.size() < length) {
    return kNotFound;
  }
  const char* const data = text.data();
  const size_t end = text.size() - length + 1;  // beyond the last possible position
  size_t i = from;
  for (; i + length + 15 <= text.size(); i += 16) {
    uint32_t mask =
        EqualBytes16(data + i, needle.front()) & EqualBytes16(data + i + length - 1, needle.back());
    while (mask != 0) {
      const size_t at = i + static_cast<size_t>(__builtin_ctz(mask));
      if (std::memcmp(data + at + 1, needle.data() + 1, length - 2) == 0) {
        return at;
      }
      mask &= mask - 1;
    }
  }
  for (; i < end; ++i) {
    if (data[i] == needle[0] && std::memcmp(data + i, needle.data(), length) == 0) {
      return i;
    }
  }
  return kNotFound;
}

/// Whether every byte is ASCII.
inline bool IsAscii(std::string_view text) {
  size_t i = 0;
  uint64_t bits = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof(word));
    bits |= word;
  }
  for (; i < text.size(); ++i) {
    bits |= static_cast<uint64_t>(static_cast<unsigned char>(text[i])) & 0x80;
  }
  return (bits & 0x8080808080808080u) == 0;
}

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_KERNELS_STRING_SEARCH_H_
