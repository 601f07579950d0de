#include "formats/compression/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laminar::formats {
namespace {

using ::testing::HasSubstr;

std::string Text(size_t size) {
  std::string text;
  uint64_t word = 1;
  while (text.size() < size) {
    word = word * 6364136223846793005 + 1442695040888963407;
    text += "line " + std::to_string(word >> 40) + "\n";
  }
  return text;
}

std::string Compress(Codec codec, std::string_view text, bool flush = false) {
  const auto compressor = MakeCompressor(codec);
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 1000) {
    EXPECT_TRUE(compressor->Compress(text.substr(i, 1000), bytes).ok());
    if (flush) {
      EXPECT_TRUE(compressor->Flush(bytes).ok());
    }
  }
  EXPECT_TRUE(compressor->Finish(bytes).ok());
  return bytes;
}

// Decompresses in pieces; the text, or the error.
std::string Decompress(Codec codec, std::string_view bytes, size_t piece, size_t output_max) {
  const auto decompressor = MakeDecompressor(codec);
  std::string text;
  std::string_view waiting;
  size_t given = 0;
  while (true) {
    waiting = bytes.substr(given, piece);
    const size_t before = text.size();
    const auto used = decompressor->Decompress(waiting, output_max, text);
    if (!used.ok()) {
      return used.status().ToString();
    }
    EXPECT_LE(text.size() - before, output_max);
    given += *used;
    if (given == bytes.size() && text.size() - before < output_max) {
      break;
    }
  }
  const absl::Status status = decompressor->Finish();
  return status.ok() ? text : status.ToString();
}

class CodecTest : public testing::TestWithParam<Codec> {};
INSTANTIATE_TEST_SUITE_P(All, CodecTest, testing::Values(Codec::kGzip, Codec::kZstd));

TEST_P(CodecTest, ReadsBackWhatItWroteInPiecesOfAnySize) {
  const std::string text = Text(300'000);
  for (const bool flush : {false, true}) {
    const std::string bytes = Compress(GetParam(), text, flush);
    EXPECT_LT(bytes.size(), text.size());
    for (const size_t piece : {size_t{1}, size_t{1000}, bytes.size()}) {
      EXPECT_EQ(Decompress(GetParam(), bytes, piece, 777), text);
      EXPECT_EQ(Decompress(GetParam(), bytes, piece, 1 << 20), text);
    }
  }
}

TEST_P(CodecTest, ReadsSeveralStreamsInARow) {
  const std::string bytes =
      Compress(GetParam(), "one\n") + Compress(GetParam(), "") + Compress(GetParam(), "two\n");
  EXPECT_EQ(Decompress(GetParam(), bytes, 1, 1), "one\ntwo\n");
  EXPECT_EQ(Decompress(GetParam(), bytes, bytes.size(), 100), "one\ntwo\n");
}

TEST_P(CodecTest, FlushesSoThatAReaderSeesEverything) {
  const auto compressor = MakeCompressor(GetParam());
  std::string bytes;
  ASSERT_TRUE(compressor->Compress("visible", bytes).ok());
  ASSERT_TRUE(compressor->Flush(bytes).ok());
  const auto decompressor = MakeDecompressor(GetParam());
  std::string text;
  ASSERT_TRUE(decompressor->Decompress(bytes, 100, text).ok());
  EXPECT_EQ(text, "visible");
}

TEST_P(CodecTest, SaysThatDataIsTruncated) {
  const std::string bytes = Compress(GetParam(), Text(10'000));
  for (const size_t size : {size_t{5}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_THAT(Decompress(GetParam(), bytes.substr(0, size), size, 1 << 20),
                HasSubstr("truncated"));
  }
  EXPECT_EQ(Decompress(GetParam(), "", 1, 100), "");
}

TEST_P(CodecTest, SaysThatDataIsDamaged) {
  std::string bytes = Compress(GetParam(), Text(10'000));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  const std::string result = Decompress(GetParam(), bytes, bytes.size(), 1 << 20);
  EXPECT_THAT(result, HasSubstr("DATA_LOSS"));
  EXPECT_THAT(Decompress(GetParam(), "plain text", 10, 100), HasSubstr("damaged"));
}

TEST_P(CodecTest, NeverCrashesOnDamage) {
  const std::string bytes = Compress(GetParam(), Text(5'000));
  for (size_t i = 0; i < bytes.size(); i += 7) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] + 1 + static_cast<char>(i % 200));
    Decompress(GetParam(), damaged, 100, 1000);
  }
}

TEST(Codec, IsKnownByNamePathAndMagic) {
  EXPECT_EQ(CodecFromName("gzip"), Codec::kGzip);
  EXPECT_EQ(CodecFromName("zstd"), Codec::kZstd);
  EXPECT_EQ(CodecFromName("uncompressed"), Codec::kNone);
  EXPECT_EQ(CodecFromName("none"), Codec::kNone);
  EXPECT_EQ(CodecFromName("lzma"), std::nullopt);
  EXPECT_EQ(CodecFromPath("/a/b.json.gz"), Codec::kGzip);
  EXPECT_EQ(CodecFromPath("b.csv.zst"), Codec::kZstd);
  EXPECT_EQ(CodecFromPath("b.csv"), Codec::kNone);
  EXPECT_EQ(CodecFromMagic(Compress(Codec::kGzip, "x")), Codec::kGzip);
  EXPECT_EQ(CodecFromMagic(Compress(Codec::kZstd, "x")), Codec::kZstd);
  EXPECT_EQ(CodecFromMagic("{}"), Codec::kNone);
}

TEST(Gzip, LeavesOutZerosBehindTheLastMember) {
  EXPECT_EQ(Decompress(Codec::kGzip, Compress(Codec::kGzip, "x") + std::string(512, '\0'), 100, 10),
            "x");
  EXPECT_THAT(Decompress(Codec::kGzip, Compress(Codec::kGzip, "x") + "garbage", 100, 10),
              HasSubstr("damaged"));
}

}  // namespace
}  // namespace laminar::formats
