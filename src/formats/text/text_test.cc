#include <random>

#include <gtest/gtest.h>

#include "formats/text/base64.h"
#include "formats/text/byte_order_mark.h"
#include "formats/text/json_string.h"
#include "formats/text/utf8.h"

namespace laminar::formats {
namespace {

TEST(ByteOrderMark, IsFoundOnceItsBytesAreThere) {
  EXPECT_EQ(ByteOrderMarkLength("\xEF\xBB\xBFx", false), 3);
  EXPECT_EQ(ByteOrderMarkLength("\xEF\xBB\xBF", false), 3);
  EXPECT_EQ(ByteOrderMarkLength("\xEF\xBB", false), std::nullopt);
  EXPECT_EQ(ByteOrderMarkLength("", false), std::nullopt);
  EXPECT_EQ(ByteOrderMarkLength("\xEF\xBB", true), 0);
  EXPECT_EQ(ByteOrderMarkLength("x", false), 0);
  EXPECT_EQ(WithoutByteOrderMark("\xEF\xBB\xBFx"), "x");
  EXPECT_EQ(WithoutByteOrderMark(""), "");
}

TEST(Base64, ReadsBackWhatItWrites) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 200; ++size) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) {
      bytes.push_back(static_cast<char>(random()));
    }
    std::string text;
    AppendBase64(bytes, text);
    EXPECT_EQ(text.size(), Base64Length(size));
    std::string read;
    EXPECT_TRUE(DecodeBase64(text, read));
    EXPECT_EQ(read, bytes);
    EXPECT_TRUE(DecodeBase64(text.substr(0, text.find('=')), read));
    EXPECT_EQ(read, bytes);
  }
}

TEST(Base64, KnowsBothAlphabetsAndRefusesTheRest) {
  std::string bytes;
  EXPECT_TRUE(DecodeBase64("-_-_", bytes));
  EXPECT_EQ(bytes, "\xFB\xFF\xBF");
  EXPECT_TRUE(DecodeBase64("", bytes));
  for (const std::string text : {"a", "a===", "ab=c", "a b=", "\xFF\xFF==", "abcde"}) {
    EXPECT_FALSE(DecodeBase64(text, bytes)) << text;
  }
}

TEST(JsonString, ReadsBackWhatItWrites) {
  std::mt19937 random(2);
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    const size_t size = random() % 60;
    while (text.size() < size) {
      const uint32_t kind = random() % 8;
      text += kind == 0   ? static_cast<char>(random() % 32)
              : kind == 1 ? '"'
              : kind == 2 ? '\\'
                          : static_cast<char>(32 + random() % 95);
    }
    std::string json;
    AppendJsonString(text, json);
    ASSERT_EQ(json.front(), '"');
    ASSERT_EQ(json.back(), '"');
    std::string read(json.size(), '\0');
    const size_t length =
        UnescapeJsonString(std::string_view(json).substr(1, json.size() - 2), read.data());
    ASSERT_NE(length, kBadEscape);
    ASSERT_EQ(read.substr(0, length), text);
    ASSERT_LE(json.size(), JsonStringLengthMax(text.size()));
    for (const char c : json) {
      ASSERT_GE(static_cast<unsigned char>(c), 0x20);
    }
  }
}

TEST(Utf8, AgreesWithTheFastCheckOnEveryPrefix) {
  std::mt19937 random(3);
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes;
    const size_t size = random() % 8;
    for (size_t k = 0; k < size; ++k) {
      // Bytes that matter: leads, continuations and their neighbours.
      constexpr unsigned char kBytes[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                          0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED,
                                          0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
      bytes.push_back(static_cast<char>(kBytes[random() % sizeof(kBytes)]));
    }
    const size_t valid = Utf8PrefixLength(bytes);
    ASSERT_EQ(IsUtf8(bytes), valid == bytes.size());
    ASSERT_TRUE(IsUtf8(std::string_view(bytes).substr(0, valid)));
  }
}

}  // namespace
}  // namespace laminar::formats
