#include "formats/text/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace laminar::formats {
namespace {

constexpr std::array<double, 23> kPowersOfTen = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Two digits for each of 0..99.
constexpr std::array<char, 200> MakeDigitPairs() {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr std::array<char, 200> kDigitPairs = MakeDigitPairs();

int CountDigits(uint64_t value) {
  int num_digits = 1;
  while (value >= 10000) {
    value /= 10000;
    num_digits += 4;
  }
  return num_digits + (value >= 10) + (value >= 100) + (value >= 1000);
}

// The digits of a decimal number and where its point stands: value = 0.d1d2d3... * 10^point.
struct DecimalDigits {
  bool negative = false;
  const char* whole = nullptr;
  const char* whole_end = nullptr;
  const char* fraction = nullptr;
  const char* fraction_end = nullptr;
  int64_t exponent = 0;
};

bool SplitNumber(const char*& p, const char* end, DecimalDigits& digits) {
  if (p < end && (*p == '-' || *p == '+')) {
    digits.negative = *p == '-';
    ++p;
  }
  digits.whole = p;
  while (p < end && IsDigit(*p)) {
    ++p;
  }
  digits.whole_end = p;
  digits.fraction = p;
  digits.fraction_end = p;
  if (p < end && *p == '.') {
    digits.fraction = ++p;
    while (p < end && IsDigit(*p)) {
      ++p;
    }
    digits.fraction_end = p;
  }
  if (digits.whole == digits.whole_end && digits.fraction == digits.fraction_end) {
    return false;
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    const bool negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+') ? 1 : 0;
    const char* const first = p;
    while (p < end && IsDigit(*p)) {
      digits.exponent = std::min<int64_t>(digits.exponent * 10 + (*p - '0'), 1 << 20);
      ++p;
    }
    if (p == first) {
      return false;
    }
    digits.exponent = negative ? -digits.exponent : digits.exponent;
  }
  return true;
}

// Lays out digits with their point as DuckDB does: fixed between 1e-4 and 1e16, else scientific.
char* LayOutFloating(char* out, const char* digits, int num_digits, int exponent) {
  if (exponent < -4 || exponent >= 16) {
    *out++ = digits[0];
    if (num_digits > 1) {
      *out++ = '.';
      std::memcpy(out, digits + 1, static_cast<size_t>(num_digits - 1));
      out += num_digits - 1;
    }
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    const auto magnitude = static_cast<uint32_t>(exponent < 0 ? -exponent : exponent);
    return WritePadded(out, magnitude, magnitude >= 100 ? 3 : 2);
  }
  if (exponent < 0) {
    *out++ = '0';
    *out++ = '.';
    for (int i = -1; i > exponent; --i) {
      *out++ = '0';
    }
    std::memcpy(out, digits, static_cast<size_t>(num_digits));
    return out + num_digits;
  }
  for (int i = 0; i <= exponent; ++i) {
    *out++ = i < num_digits ? digits[i] : '0';
  }
  *out++ = '.';
  if (num_digits <= exponent + 1) {
    *out++ = '0';
    return out;
  }
  std::memcpy(out, digits + exponent + 1, static_cast<size_t>(num_digits - exponent - 1));
  return out + (num_digits - exponent - 1);
}

template <class T>
char* WriteFloating(char* out, T value) {
  if (std::signbit(value) && !std::isnan(value)) {
    *out++ = '-';
    value = -value;
  }
  if (!std::isfinite(value)) {
    std::memcpy(out, std::isnan(value) ? "nan" : "inf", 3);
    return out + 3;
  }
  if (value == 0) {
    std::memcpy(out, "0.0", 3);
    return out + 3;
  }
  // d.ddde±xx, the shortest digits that read back as the same value.
  char text[kNumberTextBytesMax];
  const auto result =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific);
  char digits[kNumberTextBytesMax];
  int num_digits = 0;
  const char* p = text;
  for (; p < result.ptr && *p != 'e'; ++p) {
    if (*p != '.') {
      digits[num_digits++] = *p;
    }
  }
  int exponent = 0;
  if (p < result.ptr) {
    ++p;
    std::from_chars(*p == '+' ? p + 1 : p, result.ptr, exponent);
  }
  return LayOutFloating(out, digits, num_digits, exponent);
}

}  // namespace

ParseResult TakeDouble(const char*& p, const char* end, double& value) {
  const char* const begin = p;
  const bool negative = p < end && *p == '-';
  p += negative ? 1 : 0;
  const char* const first = p;
  uint64_t mantissa = TakeDigits(p, end);
  auto num_digits = p - first;
  if (num_digits == 0) {
    return ParseResult::kMalformed;
  }
  int64_t exponent = 0;
  if (p < end && *p == '.') {
    const char* const point = ++p;
    while (p < end && IsDigit(*p)) {
      mantissa = mantissa * 10 + static_cast<uint64_t>(*p - '0');
      ++p;
    }
    if (p == point) {
      return ParseResult::kMalformed;
    }
    num_digits += p - point;
    exponent = point - p;
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    const bool negative_exponent = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+') ? 1 : 0;
    const char* const exponent_first = p;
    int64_t written = 0;
    while (p < end && IsDigit(*p)) {
      written = std::min<int64_t>(written * 10 + (*p - '0'), 1 << 20);
      ++p;
    }
    if (p == exponent_first) {
      return ParseResult::kMalformed;
    }
    exponent += negative_exponent ? -written : written;
  }
  // Exact when mantissa and power of ten both are doubles: one correctly rounded operation (Clinger
  // 1990, the fast path).
  if (num_digits <= 19 && mantissa < (uint64_t{1} << 53) && exponent >= -22 && exponent <= 22)
      [[likely]] {
    const double magnitude =
        exponent < 0 ? static_cast<double>(mantissa) / kPowersOfTen[static_cast<size_t>(-exponent)]
                     : static_cast<double>(mantissa) * kPowersOfTen[static_cast<size_t>(exponent)];
    value = negative ? -magnitude : magnitude;
    return ParseResult::kOk;
  }
  const auto result = std::from_chars(begin, p, value);
  if (result.ec == std::errc::result_out_of_range) {
    // Too small is zero, as everywhere; too large is an error.
    const bool small = exponent + num_digits < 0;
    value = negative ? -0.0 : 0.0;
    return small ? ParseResult::kOk : ParseResult::kOutOfRange;
  }
  return result.ec == std::errc() && result.ptr == p ? ParseResult::kOk : ParseResult::kMalformed;
}

ParseResult ParseDecimal(std::string_view text, int width, int scale, Int128& value) {
  const char* p = text.data();
  const char* const end = p + text.size();
  DecimalDigits digits;
  if (!SplitNumber(p, end, digits) || p != end) {
    return ParseResult::kMalformed;
  }
  // Positions of digits count from the first whole digit; those before `kept` go into the value.
  const int64_t num_whole = digits.whole_end - digits.whole;
  const int64_t num_all = num_whole + (digits.fraction_end - digits.fraction);
  const int64_t kept = num_whole + digits.exponent + scale;
  const auto digit_at = [&](int64_t index) -> int {
    if (index < 0 || index >= num_all) {
      return 0;
    }
    return (index < num_whole ? digits.whole[index] : digits.fraction[index - num_whole]) - '0';
  };
  Uint128 magnitude = 0;
  int num_significant = 0;
  for (int64_t i = 0; i < kept; ++i) {
    if (i >= num_all && magnitude == 0) {
      break;
    }
    magnitude = magnitude * 10 + static_cast<Uint128>(digit_at(i));
    num_significant += magnitude != 0 ? 1 : 0;
    if (num_significant > width) {
      return ParseResult::kOutOfRange;
    }
  }
  if (kept >= 0 && digit_at(kept) >= 5) {
    ++magnitude;
    Uint128 limit = 1;
    for (int i = 0; i < width; ++i) {
      limit *= 10;
    }
    if (magnitude >= limit) {
      return ParseResult::kOutOfRange;
    }
  }
  value = digits.negative ? -static_cast<Int128>(magnitude) : static_cast<Int128>(magnitude);
  return ParseResult::kOk;
}

ParseResult ParseUint128(std::string_view text, Uint128& value) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
  }
  if (text.empty()) {
    return ParseResult::kMalformed;
  }
  value = 0;
  bool overflow = false;
  for (const char c : text) {
    if (!IsDigit(c)) {
      return ParseResult::kMalformed;
    }
    overflow |= __builtin_mul_overflow(value, Uint128{10}, &value);
    overflow |= __builtin_add_overflow(value, static_cast<Uint128>(c - '0'), &value);
  }
  return overflow ? ParseResult::kOutOfRange : ParseResult::kOk;
}

ParseResult ParseInt128(std::string_view text, Int128& value) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '+') {
      return ParseResult::kMalformed;
    }
  }
  Uint128 magnitude = 0;
  const ParseResult result = ParseUint128(text, magnitude);
  if (result != ParseResult::kOk) {
    return result;
  }
  const Uint128 limit = (Uint128{1} << 127) - (negative ? 0 : 1);
  if (magnitude > limit) {
    return ParseResult::kOutOfRange;
  }
  value = static_cast<Int128>(negative ? Uint128{0} - magnitude : magnitude);
  return ParseResult::kOk;
}

char* WriteUint64(char* out, uint64_t value) {
  const int num_digits = CountDigits(value);
  char* p = out + num_digits;
  while (value >= 100) {
    p -= 2;
    std::memcpy(p, &kDigitPairs[2 * (value % 100)], 2);
    value /= 100;
  }
  if (value >= 10) {
    std::memcpy(p - 2, &kDigitPairs[2 * value], 2);
  } else {
    *(p - 1) = static_cast<char>('0' + value);
  }
  return out + num_digits;
}

char* WriteInt64(char* out, int64_t value) {
  if (value < 0) {
    *out++ = '-';
    return WriteUint64(out, uint64_t{0} - static_cast<uint64_t>(value));
  }
  return WriteUint64(out, static_cast<uint64_t>(value));
}

char* WriteUint128(char* out, Uint128 value) {
  constexpr uint64_t kChunk = 10'000'000'000'000'000'000U;
  if (value < kChunk) {
    return WriteUint64(out, static_cast<uint64_t>(value));
  }
  out = WriteUint128(out, value / kChunk);
  auto low = static_cast<uint64_t>(value % kChunk);
  for (int i = 18; i >= 0; --i) {
    out[i] = static_cast<char>('0' + low % 10);
    low /= 10;
  }
  return out + 19;
}

char* WriteInt128(char* out, Int128 value) {
  if (value < 0) {
    *out++ = '-';
    return WriteUint128(out, Uint128{0} - static_cast<Uint128>(value));
  }
  return WriteUint128(out, static_cast<Uint128>(value));
}

char* WriteDecimal(char* out, Int128 value, int scale) {
  if (scale == 0) {
    return WriteInt128(out, value);
  }
  if (value < 0) {
    *out++ = '-';
  }
  const Uint128 magnitude =
      value < 0 ? Uint128{0} - static_cast<Uint128>(value) : static_cast<Uint128>(value);
  char digits[kNumberTextBytesMax];
  const auto num_digits = static_cast<int>(WriteUint128(digits, magnitude) - digits);
  const int num_whole = num_digits - scale;
  if (num_whole <= 0) {
    *out++ = '0';
  } else {
    std::memcpy(out, digits, static_cast<size_t>(num_whole));
    out += num_whole;
  }
  *out++ = '.';
  for (int i = num_whole; i < 0; ++i) {
    *out++ = '0';
  }
  const int from = num_whole > 0 ? num_whole : 0;
  std::memcpy(out, digits + from, static_cast<size_t>(num_digits - from));
  return out + (num_digits - from);
}

char* WriteDouble(char* out, double value) { return WriteFloating(out, value); }
char* WriteFloat(char* out, float value) { return WriteFloating(out, value); }

char* WritePadded(char* out, uint32_t value, int num_digits) {
  for (int i = num_digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + num_digits;
}

}  // namespace laminar::formats
