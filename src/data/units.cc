// Durations and sizes as people write them; the declarations are in data/options.h.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "data/ascii.h"
#include "data/options.h"

namespace laminar::data {
namespace {

struct UnitName {
  const char* name;
  int64_t micros;
};

constexpr int64_t kSecond = 1'000'000;
constexpr UnitName kUnits[] = {
    {"us", 1},
    {"microsecond", 1},
    {"microseconds", 1},
    {"ms", 1'000},
    {"msec", 1'000},
    {"millisecond", 1'000},
    {"milliseconds", 1'000},
    {"s", kSecond},
    {"sec", kSecond},
    {"secs", kSecond},
    {"second", kSecond},
    {"seconds", kSecond},
    {"m", 60 * kSecond},
    {"min", 60 * kSecond},
    {"mins", 60 * kSecond},
    {"minute", 60 * kSecond},
    {"minutes", 60 * kSecond},
    {"h", 3600 * kSecond},
    {"hr", 3600 * kSecond},
    {"hour", 3600 * kSecond},
    {"hours", 3600 * kSecond},
    {"d", 86400 * kSecond},
    {"day", 86400 * kSecond},
    {"days", 86400 * kSecond},
    {"w", 7 * 86400 * kSecond},
    {"week", 7 * 86400 * kSecond},
    {"weeks", 7 * 86400 * kSecond},
};

int64_t UnitMicros(std::string_view unit) {
  for (const UnitName& candidate : kUnits) {
    if (unit == candidate.name) {
      return candidate.micros;
    }
  }
  return 0;
}

/// Takes the leading characters of `text` that satisfy `accept`.
template <typename Accept>
std::string_view Take(std::string_view& text, Accept accept) {
  size_t length = 0;
  while (length < text.size() && accept(static_cast<unsigned char>(text[length]))) {
    ++length;
  }
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

/// One number of a duration, whole or with a fraction, times its unit.
absl::StatusOr<int64_t> MultiplyUnit(std::string_view number, int64_t unit_micros) {
  int64_t whole = 0;
  auto result = std::from_chars(number.data(), number.data() + number.size(), whole);
  int64_t micros = 0;
  if (result.ec == std::errc() && result.ptr == number.data() + number.size()) {
    if (__builtin_mul_overflow(whole, unit_micros, &micros)) {
      return base::InvalidArgument("duration is out of range");
    }
    return micros;
  }
  double fraction = 0;
  result = std::from_chars(number.data(), number.data() + number.size(), fraction);
  if (result.ec != std::errc() || result.ptr != number.data() + number.size() ||
      std::abs(fraction * static_cast<double>(unit_micros)) > 9.0e18) {
    return base::InvalidArgument("duration is out of range");
  }
  return static_cast<int64_t>(std::llround(fraction * static_cast<double>(unit_micros)));
}

/// Reads hh:mm or hh:mm:ss, with at most microseconds.
absl::StatusOr<int64_t> ReadClockTime(std::string_view text) {
  int64_t micros = 0;
  for (const int64_t unit : {3600 * kSecond, 60 * kSecond, kSecond}) {
    const std::string_view number = Take(text, [&](unsigned char c) {
      return std::isdigit(c) != 0 || (c == '.' && unit == kSecond);
    });
    LAMINAR_ASSIGN_OR_RETURN(const int64_t part, MultiplyUnit(number, unit));
    if (__builtin_add_overflow(micros, part, &micros)) {
      return base::InvalidArgument("duration is out of range");
    }
    if (text.empty()) {
      return micros;
    }
    if (text.front() != ':') {
      return base::InvalidArgument("not a duration");
    }
    text.remove_prefix(1);
  }
  return base::InvalidArgument("not a duration");
}

bool IsClockTime(std::string_view text) {
  return text.find(':') != std::string_view::npos && text.size() <= 16 &&
         std::isdigit(static_cast<unsigned char>(text.back())) != 0 &&
         text.find_first_not_of("0123456789:.") == std::string_view::npos &&
         std::count(text.begin(), text.end(), ':') <= 2;
}

}  // namespace

absl::StatusOr<Duration> ParseDuration(std::string_view text) {
  const std::string given(text);
  const auto refuse = [&given](const std::string& why) {
    return base::InvalidArgument(
        why + ": '" + given + "'; write for example '10 seconds', '500ms' or '1 hour 30 minutes'");
  };
  const std::string lower = AsciiLower(AsciiTrim(text));
  std::string_view rest = lower;
  if (rest.empty()) {
    return refuse("duration is empty");
  }
  int64_t sign = 1;
  if (rest.front() == '-' || rest.front() == '+') {
    sign = rest.front() == '-' ? -1 : 1;
    rest.remove_prefix(1);
  }
  if (!rest.empty() && IsClockTime(rest)) {
    auto micros = ReadClockTime(rest);
    return micros.ok() ? absl::StatusOr<Duration>(Duration{sign * *micros})
                       : refuse("not a duration");
  }
  int64_t total = 0;
  bool any = false;
  while (!(rest = AsciiTrim(rest)).empty()) {
    const std::string_view number =
        Take(rest, [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
    rest = AsciiTrim(rest);
    const std::string_view unit = Take(rest, [](unsigned char c) { return std::isalpha(c) != 0; });
    if (number.empty() || unit.empty()) {
      return refuse("not a duration with a unit");
    }
    if (unit.starts_with("mon") || unit.starts_with("year") || unit.starts_with("quarter") ||
        unit == "y" || unit == "mo") {
      return refuse("months and years have no fixed length");
    }
    const int64_t unit_micros = UnitMicros(unit);
    if (unit_micros == 0) {
      return refuse("unknown unit of time");
    }
    auto part = MultiplyUnit(number, unit_micros);
    if (!part.ok() || __builtin_add_overflow(total, *part, &total)) {
      return refuse("duration is out of range");
    }
    any = true;
  }
  return any ? absl::StatusOr<Duration>(Duration{sign * total}) : refuse("not a duration");
}

absl::StatusOr<int64_t> ParseSize(std::string_view text) {
  const std::string lower = AsciiLower(AsciiTrim(text));
  std::string_view rest = lower;
  const std::string_view digits = Take(rest, [](unsigned char c) { return std::isdigit(c) != 0; });
  rest = AsciiTrim(rest);
  if (rest.ends_with("ib") && rest.size() == 3) {
    rest = rest.substr(0, 1);
  } else if (rest.ends_with("b") && rest.size() == 2) {
    rest = rest.substr(0, 1);
  }
  constexpr std::string_view kPrefixes = "bkmgtpe";
  const size_t power = rest.empty()       ? 0
                       : rest.size() == 1 ? kPrefixes.find(rest[0])
                                          : std::string_view::npos;
  int64_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || power == std::string_view::npos) {
    return base::InvalidArgument("not a size: '" + std::string(text) +
                                 "'; write for example '64mb'");
  }
  if (result.ec != std::errc() ||
      __builtin_mul_overflow(value, int64_t{1} << (10 * power), &value)) {
    return base::InvalidArgument("size is out of range: '" + std::string(text) + "'");
  }
  return value;
}

}  // namespace laminar::data
