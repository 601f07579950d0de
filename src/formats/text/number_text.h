// Numbers from and to text: the inner loops of every text format. Free functions over byte ranges,
// no allocation, no locale. Parsing accepts what is fast to accept; callers that must take every
// form DuckDB's casts take fall back to those when the answer is kMalformed.
#ifndef LAMINAR_FORMATS_TEXT_NUMBER_TEXT_H_
#define LAMINAR_FORMATS_TEXT_NUMBER_TEXT_H_

#include <cstdint>
#include <cstring>
#include <string_view>

namespace laminar::formats {

using Int128 = __int128;
using Uint128 = unsigned __int128;

enum class ParseResult { kOk, kMalformed, kOutOfRange };

inline bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
inline bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Advances `p` over digits, at most to `end`, and adds them up. The value is right for up to 19
/// digits; the caller counts them by the distance.
inline uint64_t TakeDigits(const char*& p, const char* end) {
  uint64_t value = 0;
  while (end - p >= 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    if ((((word + 0x4646464646464646) | (word - 0x3030303030303030)) & 0x8080808080808080) != 0) {
      break;
    }
    // Eight digits at once: pairs, then fours, then all.
    word -= 0x3030303030303030;
    word = word * 10 + (word >> 8);
    word = (((word & 0x000000FF000000FF) * 0x000F424000000064) +
            (((word >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >>
           32;
    value = value * 100000000 + word;
    p += 8;
  }
  while (p < end && IsDigit(*p)) {
    value = value * 10 + static_cast<uint64_t>(*p - '0');
    ++p;
  }
  return value;
}

/// A whole number at the front of the range: its magnitude and sign. Leaves `p` behind it.
struct WholeNumber {
  uint64_t magnitude = 0;
  bool negative = false;
};

/// Reads `-?digits`; kOutOfRange beyond 64 bits of magnitude (with `p` behind the digits).
inline ParseResult TakeWholeNumber(const char*& p, const char* end, WholeNumber& number) {
  number.negative = p < end && *p == '-';
  p += number.negative ? 1 : 0;
  const char* const first = p;
  number.magnitude = TakeDigits(p, end);
  const auto num_digits = p - first;
  if (num_digits == 0) {
    return ParseResult::kMalformed;
  }
  if (num_digits <= 19) [[likely]] {
    return ParseResult::kOk;
  }
  // 20 digits and more: leading zeros, or the last decade of 64 bits, or too much.
  number.magnitude = 0;
  for (const char* digit = first; digit < p; ++digit) {
    if (__builtin_mul_overflow(number.magnitude, uint64_t{10}, &number.magnitude) ||
        __builtin_add_overflow(number.magnitude, static_cast<uint64_t>(*digit - '0'),
                               &number.magnitude)) {
      return ParseResult::kOutOfRange;
    }
  }
  return ParseResult::kOk;
}

/// The signed value; false when it does not fit.
inline bool ToSigned(const WholeNumber& number, int64_t& value) {
  if (number.negative) {
    value = static_cast<int64_t>(uint64_t{0} - number.magnitude);
    return number.magnitude <= uint64_t{1} << 63;
  }
  value = static_cast<int64_t>(number.magnitude);
  return number.magnitude <= static_cast<uint64_t>(INT64_MAX);
}

/// Reads `-?digits[.digits][(e|E)[+-]digits]`, correctly rounded. Leaves `p` behind it.
ParseResult TakeDouble(const char*& p, const char* end, double& value);

/// Reads a number in the form of TakeDouble, the whole text, into a decimal with `scale` digits
/// behind the point and at most `width` digits (up to 38), rounding half away from zero as DuckDB
/// does.
ParseResult ParseDecimal(std::string_view text, int width, int scale, Int128& value);

/// Reads `[-+]?digits`, the whole text; 128 bits.
ParseResult ParseInt128(std::string_view text, Int128& value);
ParseResult ParseUint128(std::string_view text, Uint128& value);

/// Enough for any number written below.
inline constexpr int kNumberTextBytesMax = 64;

/// Each writes to `out` (kNumberTextBytesMax bytes) and returns the end.
char* WriteUint64(char* out, uint64_t value);
char* WriteInt64(char* out, int64_t value);
char* WriteUint128(char* out, Uint128 value);
char* WriteInt128(char* out, Int128 value);
/// `scale` digits behind the point: 1.50, -0.07.
char* WriteDecimal(char* out, Int128 value, int scale);
/// Shortest text that reads back as the same value, laid out as DuckDB's cast to VARCHAR does: 1.0,
/// 0.1, 1e+16, nan, inf, -inf.
char* WriteDouble(char* out, double value);
char* WriteFloat(char* out, float value);
/// Exactly `num_digits` digits, zeros in front.
char* WritePadded(char* out, uint32_t value, int num_digits);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_NUMBER_TEXT_H_
