#include "formats/text/time_text.h"

#include <random>

#include <gtest/gtest.h>

#include "data/vector.h"

namespace laminar::formats {
namespace {

using data::LogicalType;
using data::Value;

std::string Timestamp(Instant instant) {
  char text[kTimeTextBytesMax];
  DateText date_text;
  char* const end = WriteTimestamp(text, instant, ' ', date_text);
  return end == nullptr ? "unusual" : std::string(text, end);
}

TEST(TimeText, ReadsAndWritesEveryDayAsDuckDbDoes) {
  // A prime step, so that every day of month and year is met.
  for (int64_t days = kUsualDaysMin; days <= kUsualDaysMax; days += 97) {
    char text[kTimeTextBytesMax];
    const std::string written(text, WriteDate(text, days));
    ASSERT_EQ(written, duckdb::Date::ToString(duckdb::date_t(static_cast<int32_t>(days))));
    int64_t read = 0;
    ASSERT_TRUE(ParseDate(written, read));
    ASSERT_EQ(read, days);
  }
  for (const int64_t days : {kUsualDaysMin, kUsualDaysMax}) {
    char text[kTimeTextBytesMax];
    const std::string written(text, WriteDate(text, days));
    EXPECT_EQ(written, duckdb::Date::ToString(duckdb::date_t(static_cast<int32_t>(days))));
  }
}

TEST(TimeText, ReadsTimestampsAsDuckDbDoes) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 50'000; ++i) {
    const auto micros =
        static_cast<int64_t>(random() % (315'000'000'000'000'000 + 62'000'000'000'000'000)) -
        62'000'000'000'000'000;
    const std::string text =
        Value::TIMESTAMP(duckdb::timestamp_t(i % 2 == 0 ? micros : micros / 1000 * 1000))
            .ToString();
    Instant instant;
    if (text[4] != '-' || text.find('B') != std::string::npos) {
      continue;  // beyond the usual years
    }
    ASSERT_TRUE(ParseRfc3339(text, instant)) << text;
    const Value cast = Value(text).DefaultCastAs(LogicalType::TIMESTAMP);
    ASSERT_EQ(instant.seconds * 1'000'000 + instant.nanos / 1000, cast.GetValueUnsafe<int64_t>())
        << text;
    const std::string written = Timestamp(instant);
    ASSERT_EQ(Value(written).DefaultCastAs(LogicalType::TIMESTAMP), cast) << written;
  }
}

TEST(TimeText, RefusesTimesThatDoNotExist) {
  Instant instant;
  for (const std::string text : {"",
                                 "2024",
                                 "2024-13-01",
                                 "2024-00-01",
                                 "2024-01-00",
                                 "2023-02-29",
                                 "1900-02-29",
                                 "2024-04-31",
                                 "2024-01-01T",
                                 "2024-01-01T24:00:00",
                                 "2024-01-01T00:60:00",
                                 "2024-01-01T00:00:60",
                                 "2024-01-01T00:00",
                                 "2024-01-01T00:00:00.",
                                 "2024-01-01T00:00:00+",
                                 "2024-01-01T00:00:00+1",
                                 "2024-01-01T00:00:00+24:00",
                                 "2024-01-01T00:00:00+00:60",
                                 "2024-01-01T00:00:00ZZ",
                                 "2024-01-01x00:00:00",
                                 "2024/01/01",
                                 "20240101",
                                 "2024-01-01T00:00:00+01:0"}) {
    EXPECT_FALSE(ParseRfc3339(text, instant)) << text;
  }
  EXPECT_TRUE(ParseRfc3339("2000-02-29t23:59:59.999999999z", instant));
  EXPECT_EQ(instant.nanos, 999'999'999);
  EXPECT_TRUE(ParseRfc3339("2000-02-29T00:00:00.1234567891234", instant));
  EXPECT_EQ(instant.nanos, 123'456'789);
}

TEST(TimeText, ReadsUnixTimesInEveryUnit) {
  const auto read = [](const std::string& text, TimestampFormat format) {
    Instant instant;
    const ParseResult result = ParseUnixTime(text, UnitsPerSecond(format), instant);
    return result == ParseResult::kOk ? Timestamp(instant) : "no";
  };
  EXPECT_EQ(read("0", TimestampFormat::kUnixSeconds), "1970-01-01 00:00:00");
  EXPECT_EQ(read("-1", TimestampFormat::kUnixNanos), "1969-12-31 23:59:59.999999999");
  EXPECT_EQ(read("-1", TimestampFormat::kUnixMicros), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(read("1500.5", TimestampFormat::kUnixMillis), "1970-01-01 00:00:01.500500");
  EXPECT_EQ(read("-0.5", TimestampFormat::kUnixSeconds), "1969-12-31 23:59:59.500");
  EXPECT_EQ(read("1e3", TimestampFormat::kUnixSeconds), "1970-01-01 00:16:40");
  EXPECT_EQ(read("x", TimestampFormat::kUnixSeconds), "no");
  EXPECT_EQ(read("99999999999999999999999999", TimestampFormat::kUnixSeconds), "no");
  EXPECT_EQ(read("9223372036854775807", TimestampFormat::kUnixSeconds), "unusual");
}

TEST(TimeText, KnowsItsFormats) {
  EXPECT_EQ(TimestampFormatFromName("unix_millis"), TimestampFormat::kUnixMillis);
  EXPECT_EQ(TimestampFormatFromName("iso"), std::nullopt);
  EXPECT_EQ(UnitsPerSecond(TimestampFormat::kRfc3339), 0);
}

}  // namespace
}  // namespace laminar::formats
