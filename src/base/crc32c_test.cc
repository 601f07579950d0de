#include "base/crc32c.h"

#include <string>

#include <gtest/gtest.h>

namespace laminar::base {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, MatchesTheExamplesOfItsSpecification) {
  std::string ascending;
  std::string descending;
  for (char byte = 0; byte < 32; ++byte) {
    ascending.push_back(byte);
    descending.push_back(static_cast<char>(31 - byte));
  }
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c(ascending), 0x46dd794eu);
  EXPECT_EQ(Crc32c(descending), 0x113fdb5cu);
}

TEST(Crc32c, IsTheSameInPartsAsInOne) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (size_t split = 0; split <= text.size(); ++split) {
    EXPECT_EQ(Crc32c(text.substr(split), Crc32c(text.substr(0, split))), Crc32c(text)) << split;
  }
}

TEST(Crc32c, TellsEveryFlippedBit) {
  std::string text = "laminar";
  const uint32_t right = Crc32c(text);
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(Crc32c(text), right) << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
  }
}

}  // namespace
}  // namespace laminar::base
