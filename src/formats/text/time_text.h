// Times from and to text: RFC 3339 timestamps in their usual fixed form, and numbers of units since
// 1970. Free functions, no allocation. Odd forms (BC, years beyond 9999, infinity) are left to
// DuckDB's parser by the callers.
#ifndef LAMINAR_FORMATS_TEXT_TIME_TEXT_H_
#define LAMINAR_FORMATS_TEXT_TIME_TEXT_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/text/number_text.h"

namespace laminar::formats {

/// How text formats write timestamps: as text or as a number of units since 1970-01-01 UTC.
enum class TimestampFormat { kRfc3339, kUnixSeconds, kUnixMillis, kUnixMicros, kUnixNanos };

/// "rfc3339", "unix_seconds", "unix_millis", "unix_micros", "unix_nanos".
std::optional<TimestampFormat> TimestampFormatFromName(std::string_view name);
/// Units of a number in this format per second; 0 for text.
int64_t UnitsPerSecond(TimestampFormat format);

/// A point in time with nanoseconds, wide enough for every timestamp type.
struct Instant {
  int64_t seconds = 0;  // since 1970-01-01 UTC, rounded down
  int32_t nanos = 0;    // 0..999 999 999
};

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar. REQUIRES: a valid month and
/// day.
int64_t DaysFromDate(int64_t year, int month, int day);

/// Reads `YYYY-MM-DD(T|t| )HH:MM:SS[.fraction][Z|z|(+|-)HH[[:]MM]]`, the whole text; no zone means
/// UTC; digits behind the ninth are cut off. Also a date alone. False for every other form and for
/// dates that do not exist.
bool ParseRfc3339(std::string_view text, Instant& instant);
/// As above, for many texts in a row: `date` is the one read last, which the next one mostly has
/// too.
struct LastDate {
  char text[10] = {};
  int64_t days = 0;
};
bool ParseRfc3339(std::string_view text, Instant& instant, LastDate& date);
/// Reads `YYYY-MM-DD`, the whole text.
bool ParseDate(std::string_view text, int64_t& days);

/// The count of units since 1970 as an instant; `text` may have a fraction.
ParseResult ParseUnixTime(std::string_view text, int64_t units_per_second, Instant& instant);

/// Days of 0001-01-01 and 9999-12-31: dates in this range have the usual text, others are left to
/// DuckDB.
inline constexpr int64_t kUsualDaysMin = -719162;
inline constexpr int64_t kUsualDaysMax = 2932896;

/// Enough for any time written below.
inline constexpr int kTimeTextBytesMax = 40;

/// The text of the date written last; streams are ordered by time, so it mostly is the next one's
/// too.
struct DateText {
  int64_t days = kUsualDaysMin - 1;
  char text[10] = {};
};

/// Writes `YYYY-MM-DD` and returns the end. REQUIRES: a usual date.
char* WriteDate(char* out, int64_t days);
/// Writes `HH:MM:SS` and the fraction: none when zero, else 3, 6 or 9 digits, whichever is exact.
char* WriteTime(char* out, int64_t nanos_of_day);
/// Writes `YYYY-MM-DD(separator)HH:MM:SS[.fraction]`, without zone. Null when the date is not
/// usual.
char* WriteTimestamp(char* out, Instant instant, char separator, DateText& date_text);
/// The instant of a count of units since 1970.
Instant InstantFromUnits(int64_t units, int64_t units_per_second);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_TIME_TEXT_H_
