#include "formats/text/time_text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace laminar::formats {
namespace {

constexpr int64_t kSecondsPerDay = 86400;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

constexpr std::array<int64_t, 10> kPowersOfTen = {1,      10,      100,      1000,      10000,
                                                  100000, 1000000, 10000000, 100000000, 1000000000};

struct NamedFormat {
  std::string_view name;
  TimestampFormat format;
  int64_t units_per_second;
};
constexpr std::array<NamedFormat, 5> kFormats = {{
    {"rfc3339", TimestampFormat::kRfc3339, 0},
    {"unix_seconds", TimestampFormat::kUnixSeconds, 1},
    {"unix_millis", TimestampFormat::kUnixMillis, 1000},
    {"unix_micros", TimestampFormat::kUnixMicros, 1'000'000},
    {"unix_nanos", TimestampFormat::kUnixNanos, kNanosPerSecond},
}};

// Two digits, or a number above 99 when they are not.
inline int TwoDigits(const char* p) {
  const int high = static_cast<unsigned char>(p[0] - '0');
  const int low = static_cast<unsigned char>(p[1] - '0');
  return high > 9 || low > 9 ? 100 : high * 10 + low;
}

int DaysOfMonth(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

// Reads YYYY-MM-DD. REQUIRES: ten readable characters.
inline bool TakeDate(const char* p, int64_t& days) {
  const int century = TwoDigits(p);
  const int year_of_century = TwoDigits(p + 2);
  const int month = TwoDigits(p + 5);
  const int day = TwoDigits(p + 8);
  if (century > 99 || year_of_century > 99 || p[4] != '-' || p[7] != '-' || month < 1 ||
      month > 12 || day < 1) {
    return false;
  }
  const int year = century * 100 + year_of_century;
  if (day > 28 && day > DaysOfMonth(year, month)) {
    return false;
  }
  days = DaysFromDate(year, month, day);
  return true;
}

// Reads HH:MM:SS, all eight characters at once.
inline bool TakeClock(const char* p, int64_t& seconds) {
  uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  // What each character is above '0', or ':' where colons are; digits must be below 10.
  const uint64_t digits = word - 0x30303A30303A3030;
  if (((digits + 0x76767F76767F7676) | digits) & 0x8080808080808080) {
    return false;
  }
  const auto two = [&](int shift) {
    return static_cast<int64_t>((digits >> shift & 0xFF) * 10 + (digits >> (shift + 8) & 0xFF));
  };
  const int64_t hour = two(0);
  const int64_t minute = two(24);
  const int64_t second = two(48);
  seconds = hour * 3600 + minute * 60 + second;
  return hour <= 23 && minute <= 59 && second <= 59;
}

// Reads [Z|z|(+|-)HH[[:]MM]] to the end.
bool TakeZone(const char* p, const char* end, int64_t& offset_seconds) {
  offset_seconds = 0;
  if (p == end) {
    return true;
  }
  if (*p == 'Z' || *p == 'z') {
    return p + 1 == end;
  }
  if (*p != '+' && *p != '-') {
    return false;
  }
  const bool negative = *p++ == '-';
  const auto length = end - p;
  if (length != 2 && length != 4 && (length != 5 || p[2] != ':')) {
    return false;
  }
  const int hours = TwoDigits(p);
  const int minutes = length == 2 ? 0 : TwoDigits(end - 2);
  if (hours > 23 || minutes > 59) {
    return false;
  }
  offset_seconds = (hours * 60 + minutes) * int64_t{60} * (negative ? -1 : 1);
  return true;
}

char* WriteTwoDigits(char* out, uint32_t value) {
  out[0] = static_cast<char>('0' + value / 10);
  out[1] = static_cast<char>('0' + value % 10);
  return out + 2;
}

// A floor division, also for negative numbers.
int64_t DivideDown(int64_t value, int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

}  // namespace

std::optional<TimestampFormat> TimestampFormatFromName(std::string_view name) {
  for (const NamedFormat& known : kFormats) {
    if (known.name == name) {
      return known.format;
    }
  }
  return std::nullopt;
}

int64_t UnitsPerSecond(TimestampFormat format) {
  return kFormats[static_cast<size_t>(format)].units_per_second;
}

int64_t DaysFromDate(int64_t year, int month, int day) {
  // Years begin in March, so that the leap day is the last; 400 years are 146097 days.
  const int64_t shifted = year - (month <= 2 ? 1 : 0);
  const int64_t era = DivideDown(shifted, 400);
  const int64_t year_of_era = shifted - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

bool ParseDate(std::string_view text, int64_t& days) {
  return text.size() == 10 && TakeDate(text.data(), days);
}

bool ParseRfc3339(std::string_view text, Instant& instant) {
  LastDate date;
  return ParseRfc3339(text, instant, date);
}

bool ParseRfc3339(std::string_view text, Instant& instant, LastDate& date) {
  const char* p = text.data();
  const char* const end = p + text.size();
  if (text.size() < 10) {
    return false;
  }
  if (std::memcmp(p, date.text, sizeof(date.text)) != 0) {
    int64_t days = 0;
    if (!TakeDate(p, days)) {
      return false;
    }
    std::memcpy(date.text, p, sizeof(date.text));
    date.days = days;
  }
  instant = {date.days * kSecondsPerDay, 0};
  if (text.size() == 10) {
    return true;
  }
  int64_t clock_seconds = 0;
  if (text.size() < 19 || (p[10] != 'T' && p[10] != ' ' && p[10] != 't') ||
      !TakeClock(p + 11, clock_seconds)) {
    return false;
  }
  p += 19;
  if (p < end && *p == '.') {
    ++p;
    const char* const first = p;
    const uint64_t digits = TakeDigits(p, std::min(end, p + 9));
    if (p == first) {
      return false;
    }
    instant.nanos = static_cast<int32_t>(digits * kPowersOfTen[9 - (p - first)]);
    while (p < end && IsDigit(*p)) {
      ++p;
    }
  }
  int64_t offset_seconds = 0;
  if (!TakeZone(p, end, offset_seconds)) {
    return false;
  }
  instant.seconds += clock_seconds - offset_seconds;
  return true;
}

ParseResult ParseUnixTime(std::string_view text, int64_t units_per_second, Instant& instant) {
  const char* p = text.data();
  const char* const end = p + text.size();
  WholeNumber number;
  const ParseResult result = TakeWholeNumber(p, end, number);
  int64_t units = 0;
  if (result == ParseResult::kOk && p == end) {
    if (!ToSigned(number, units)) {
      return ParseResult::kOutOfRange;
    }
    instant = InstantFromUnits(units, units_per_second);
    return ParseResult::kOk;
  }
  // A fraction or an exponent: as nanoseconds in a decimal.
  int scale = 9;
  for (int64_t units_left = units_per_second; units_left > 1; units_left /= 10) {
    --scale;
  }
  Int128 nanos = 0;
  const ParseResult decimal = ParseDecimal(text, 38, scale, nanos);
  if (decimal != ParseResult::kOk) {
    return decimal;
  }
  Int128 seconds = nanos / kNanosPerSecond;
  Int128 rest = nanos % kNanosPerSecond;
  if (rest < 0) {
    --seconds;
    rest += kNanosPerSecond;
  }
  if (seconds > std::numeric_limits<int64_t>::max() ||
      seconds < std::numeric_limits<int64_t>::min()) {
    return ParseResult::kOutOfRange;
  }
  instant = {static_cast<int64_t>(seconds), static_cast<int32_t>(rest)};
  return ParseResult::kOk;
}

char* WriteDate(char* out, int64_t days) {
  // The inverse of DaysFromDate.
  const int64_t shifted = days + 719468;
  const int64_t era = DivideDown(shifted, 146097);
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<uint32_t>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  const auto month =
      static_cast<uint32_t>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  const auto year = static_cast<uint32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  out = WriteTwoDigits(out, year / 100);
  out = WriteTwoDigits(out, year % 100);
  *out++ = '-';
  out = WriteTwoDigits(out, month);
  *out++ = '-';
  return WriteTwoDigits(out, day);
}

char* WriteTime(char* out, int64_t nanos_of_day) {
  const auto seconds = static_cast<uint32_t>(nanos_of_day / kNanosPerSecond);
  const auto nanos = static_cast<uint32_t>(nanos_of_day % kNanosPerSecond);
  out = WriteTwoDigits(out, seconds / 3600);
  *out++ = ':';
  out = WriteTwoDigits(out, seconds / 60 % 60);
  *out++ = ':';
  out = WriteTwoDigits(out, seconds % 60);
  if (nanos == 0) {
    return out;
  }
  *out++ = '.';
  if (nanos % 1'000'000 == 0) {
    return WritePadded(out, nanos / 1'000'000, 3);
  }
  if (nanos % 1000 == 0) {
    return WritePadded(out, nanos / 1000, 6);
  }
  return WritePadded(out, nanos, 9);
}

char* WriteTimestamp(char* out, Instant instant, char separator, DateText& date_text) {
  const int64_t days = DivideDown(instant.seconds, kSecondsPerDay);
  if (days != date_text.days) [[unlikely]] {
    if (days < kUsualDaysMin || days > kUsualDaysMax) {
      return nullptr;
    }
    WriteDate(date_text.text, days);
    date_text.days = days;
  }
  std::memcpy(out, date_text.text, sizeof(date_text.text));
  out += sizeof(date_text.text);
  *out++ = separator;
  return WriteTime(out,
                   (instant.seconds - days * kSecondsPerDay) * kNanosPerSecond + instant.nanos);
}

Instant InstantFromUnits(int64_t units, int64_t units_per_second) {
  const int64_t seconds = DivideDown(units, units_per_second);
  return {seconds, static_cast<int32_t>((units - seconds * units_per_second) *
                                        (kNanosPerSecond / units_per_second))};
}

}  // namespace laminar::formats
