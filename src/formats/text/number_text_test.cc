#include "formats/text/number_text.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "data/vector.h"

namespace laminar::formats {
namespace {

using data::LogicalType;
using data::Value;

std::string Text(char* (*write)(char*, double), double value) {
  char text[kNumberTextBytesMax];
  return {text, write(text, value)};
}

std::string Int128Text(Int128 value) {
  char text[kNumberTextBytesMax];
  return {text, WriteInt128(text, value)};
}

// Numbers that find the edges: few digits, many digits, powers of two and ten, every exponent.
std::vector<double> Doubles() {
  std::mt19937_64 random(7);
  std::vector<double> values = {0.0,
                                -0.0,
                                1.0,
                                0.1,
                                1e15,
                                1e16,
                                1e17,
                                1e-4,
                                1e-5,
                                5e-324,
                                1.7976931348623157e308,
                                2.2250738585072014e-308,
                                9007199254740993.0,
                                123456789012345680.0};
  for (int i = 0; i < 20000; ++i) {
    const uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    if (std::isfinite(value)) {
      values.push_back(value);
    }
    values.push_back(std::ldexp(static_cast<double>(bits >> 40), static_cast<int>(bits % 60) - 30));
    values.push_back(static_cast<double>(static_cast<int64_t>(bits % 2'000'000) - 1'000'000) / 100);
  }
  return values;
}

TEST(NumberText, WritesDoublesAsDuckDbDoes) {
  for (const double value : Doubles()) {
    EXPECT_EQ(Text(WriteDouble, value), Value::DOUBLE(value).ToString());
  }
  EXPECT_EQ(Text(WriteDouble, std::nan("")), "nan");
  EXPECT_EQ(Text(WriteDouble, -INFINITY), "-inf");
}

TEST(NumberText, WritesFloatsThatReadBack) {
  for (const double value : Doubles()) {
    const auto narrow = static_cast<float>(value);
    if (std::isfinite(narrow)) {
      char text[kNumberTextBytesMax];
      const std::string written(text, WriteFloat(text, narrow));
      EXPECT_EQ(std::strtof(written.c_str(), nullptr), narrow) << written;
    }
  }
}

TEST(NumberText, ReadsDoublesExactly) {
  for (const double value : Doubles()) {
    for (const int precision : {3, 9, 17, 25}) {
      char text[512];
      const int size = std::snprintf(text, sizeof(text), "%.*g", precision, value);
      const double expected = std::strtod(text, nullptr);
      if (std::isinf(expected)) {
        continue;
      }
      const char* p = text;
      double read = 0;
      ASSERT_EQ(TakeDouble(p, text + size, read), ParseResult::kOk) << text;
      EXPECT_EQ(p, text + size);
      EXPECT_EQ(read, expected) << text;
    }
  }
}

TEST(NumberText, RefusesWhatIsNoNumber) {
  for (const std::string text : {"", "-", ".5", "1.", "1e", "1e+", "x", "+1", "e5"}) {
    const char* p = text.data();
    double value = 0;
    EXPECT_EQ(TakeDouble(p, p + text.size(), value), ParseResult::kMalformed) << text;
  }
  const std::string large = "1e309";
  const char* p = large.data();
  double value = 0;
  EXPECT_EQ(TakeDouble(p, p + large.size(), value), ParseResult::kOutOfRange);
}

TEST(NumberText, ReadsAndWritesWholeNumbersOfEveryLength) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t number = random() >> (i % 64);
    char text[kNumberTextBytesMax];
    const std::string written(text, WriteUint64(text, number));
    ASSERT_EQ(written, std::to_string(number));
    const char* p = written.data();
    WholeNumber read;
    ASSERT_EQ(TakeWholeNumber(p, p + written.size(), read), ParseResult::kOk);
    ASSERT_EQ(read.magnitude, number);
    const auto as_signed = static_cast<int64_t>(number);
    const std::string signed_text(text, WriteInt64(text, as_signed));
    ASSERT_EQ(signed_text, std::to_string(as_signed));
    p = signed_text.data();
    ASSERT_EQ(TakeWholeNumber(p, p + signed_text.size(), read), ParseResult::kOk);
    int64_t value = 0;
    ASSERT_TRUE(ToSigned(read, value));
    ASSERT_EQ(value, as_signed);
  }
}

TEST(NumberText, KnowsTheEndsOfSixtyFourBits) {
  const auto read = [](const std::string& text, WholeNumber& number) {
    const char* p = text.data();
    return TakeWholeNumber(p, p + text.size(), number);
  };
  WholeNumber number;
  int64_t value = 0;
  EXPECT_EQ(read("18446744073709551615", number), ParseResult::kOk);
  EXPECT_EQ(number.magnitude, UINT64_MAX);
  EXPECT_EQ(read("18446744073709551616", number), ParseResult::kOutOfRange);
  EXPECT_EQ(read("00000000000000000000000000000000000001", number), ParseResult::kOk);
  EXPECT_EQ(number.magnitude, 1U);
  EXPECT_EQ(read("9223372036854775808", number), ParseResult::kOk);
  EXPECT_FALSE(ToSigned(number, value));
  EXPECT_EQ(read("-9223372036854775808", number), ParseResult::kOk);
  EXPECT_TRUE(ToSigned(number, value));
  EXPECT_EQ(value, INT64_MIN);
  EXPECT_EQ(read("-9223372036854775809", number), ParseResult::kOk);
  EXPECT_FALSE(ToSigned(number, value));
}

TEST(NumberText, ReadsAndWritesHundredAndTwentyEightBits) {
  Int128 value = 0;
  const std::string least = "-170141183460469231731687303715884105728";
  EXPECT_EQ(ParseInt128(least, value), ParseResult::kOk);
  EXPECT_EQ(Int128Text(value), least);
  EXPECT_EQ(ParseInt128("-170141183460469231731687303715884105729", value),
            ParseResult::kOutOfRange);
  EXPECT_EQ(ParseInt128("170141183460469231731687303715884105728", value),
            ParseResult::kOutOfRange);
  EXPECT_EQ(ParseInt128("10000000000000000000", value), ParseResult::kOk);
  EXPECT_EQ(Int128Text(value), "10000000000000000000");
  EXPECT_EQ(ParseInt128("-+1", value), ParseResult::kMalformed);
  EXPECT_EQ(ParseInt128("", value), ParseResult::kMalformed);
  EXPECT_EQ(ParseInt128("1x", value), ParseResult::kMalformed);
  Uint128 unsigned_value = 0;
  EXPECT_EQ(ParseUint128("340282366920938463463374607431768211455", unsigned_value),
            ParseResult::kOk);
  EXPECT_EQ(ParseUint128("340282366920938463463374607431768211456", unsigned_value),
            ParseResult::kOutOfRange);
}

TEST(NumberText, ReadsDecimalsAsDuckDbCastsThem) {
  std::mt19937_64 random(11);
  const std::vector<std::pair<int, int>> types = {{4, 2},   {9, 0},   {18, 6},
                                                  {38, 10}, {38, 37}, {5, 4}};
  for (int i = 0; i < 20'000; ++i) {
    std::string text = random() % 2 == 0 ? "-" : "";
    const auto digits = [&](uint64_t count) {
      for (uint64_t k = 0; k < count; ++k) {
        text += static_cast<char>('0' + random() % 10);
      }
    };
    digits(1 + random() % 12);
    if (random() % 4 != 0) {
      text += '.';
      digits(1 + random() % 14);
    }
    for (const auto& [width, scale] : types) {
      Int128 value = 0;
      const ParseResult result = ParseDecimal(text, width, scale, value);
      Value cast;
      std::string message;
      const bool fits = Value(text).DefaultTryCastAs(
          LogicalType::DECIMAL(static_cast<uint8_t>(width), static_cast<uint8_t>(scale)), cast,
          &message);
      ASSERT_EQ(result == ParseResult::kOk, fits) << text << " as " << width << "," << scale;
      if (fits) {
        char written[kNumberTextBytesMax];
        ASSERT_EQ(std::string(written, WriteDecimal(written, value, scale)), cast.ToString())
            << text;
      }
    }
  }
}

TEST(NumberText, ReadsDecimalsWithExponents) {
  const auto read = [](const std::string& text, int width, int scale) {
    Int128 value = 0;
    return ParseDecimal(text, width, scale, value) == ParseResult::kOk ? Int128Text(value) : "no";
  };
  EXPECT_EQ(read("1.5e3", 9, 2), "150000");
  EXPECT_EQ(read("15e-1", 9, 2), "150");
  EXPECT_EQ(read("1e-999999999999", 9, 2), "0");
  EXPECT_EQ(read("1e999999999999", 9, 2), "no");
  EXPECT_EQ(read("0e999999999999", 9, 2), "0");
  EXPECT_EQ(read("0.005", 9, 2), "1");
  EXPECT_EQ(read("-0.005", 9, 2), "-1");
  EXPECT_EQ(read("0.0049999", 9, 2), "0");
  EXPECT_EQ(read("99.995", 4, 2), "no");
  EXPECT_EQ(read("99.994", 4, 2), "9999");
  EXPECT_EQ(read("1e", 4, 2), "no");
  EXPECT_EQ(read(".", 4, 2), "no");
  EXPECT_EQ(read("1.2.3", 4, 2), "no");
}

}  // namespace
}  // namespace laminar::formats
