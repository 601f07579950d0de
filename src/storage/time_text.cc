#include "storage/time_text.h"

#include <array>
#include <chrono>
#include <cstdint>

#include <fmt/format.h>

#include "storage/text.h"

namespace laminar::storage {
namespace {

struct Civil {
  std::chrono::year_month_day day = {};
  std::chrono::hh_mm_ss<std::chrono::seconds> time = {};
  unsigned weekday = 0;  // from Sunday
};

Civil CivilOf(base::WallTime time) {
  const std::chrono::sys_time<std::chrono::microseconds> point{
      std::chrono::microseconds(time.micros)};
  const auto days = std::chrono::floor<std::chrono::days>(point);
  return {std::chrono::year_month_day(days),
          std::chrono::hh_mm_ss(std::chrono::floor<std::chrono::seconds>(point - days)),
          std::chrono::weekday(days).c_encoding()};
}

std::optional<int> Digits(std::string_view text, size_t at, size_t count) {
  if (text.size() < at + count) {
    return std::nullopt;
  }
  const auto number = ParseNumber(text.substr(at, count));
  return number.has_value() ? std::optional<int>(static_cast<int>(*number)) : std::nullopt;
}

// Behind the seconds: [.FRACTION] then Z or +HH:MM or -HH:MM; the offset in minutes.
std::optional<int> OffsetMinutes(std::string_view rest) {
  if (rest.starts_with('.')) {
    const size_t end = rest.find_first_not_of("0123456789", 1);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  }
  if (rest == "Z") {
    return 0;
  }
  const auto hours = Digits(rest, 1, 2);
  const auto minutes = Digits(rest, 4, 2);
  if (rest.size() != 6 || rest[3] != ':' || !hours || !minutes ||
      (rest[0] != '+' && rest[0] != '-')) {
    return std::nullopt;
  }
  const int offset = *hours * 60 + *minutes;
  return rest[0] == '-' ? -offset : offset;
}

}  // namespace

std::string BasicTime(base::WallTime time) {
  const Civil civil = CivilOf(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(civil.day.year()),
                     static_cast<unsigned>(civil.day.month()),
                     static_cast<unsigned>(civil.day.day()), civil.time.hours().count(),
                     civil.time.minutes().count(), civil.time.seconds().count());
}

std::string HttpTime(base::WallTime time) {
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Civil civil = CivilOf(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[civil.weekday],
                     static_cast<unsigned>(civil.day.day()),
                     kMonths[static_cast<unsigned>(civil.day.month()) - 1],
                     static_cast<int>(civil.day.year()), civil.time.hours().count(),
                     civil.time.minutes().count(), civil.time.seconds().count());
}

std::optional<base::WallTime> ParseIsoTime(std::string_view text) {
  const auto year = Digits(text, 0, 4);
  const auto month = Digits(text, 5, 2);
  const auto day = Digits(text, 8, 2);
  const auto hour = Digits(text, 11, 2);
  const auto minute = Digits(text, 14, 2);
  const auto second = Digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  const auto offset = OffsetMinutes(text.substr(19));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60 || !offset) {
    return std::nullopt;
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds =
      days * 86'400 + *hour * 3600 + *minute * 60 + *second - int64_t{*offset} * 60;
  return base::WallTime{seconds * 1'000'000};
}

}  // namespace laminar::storage
