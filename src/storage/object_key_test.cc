#include "storage/object_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laminar::storage {
namespace {

TEST(ObjectKey, TakesPartsOfLettersDigitsAndFourSigns) {
  for (const char* key : {"a", "laminar.json", "data/g1/e2/0123abcd/counts-0-1.parquet",
                          "log/000000000001.json", "day=2024-01-01/A_b", "...", "a/.hidden"}) {
    EXPECT_TRUE(CheckKey(key).ok()) << key;
  }
}

TEST(ObjectKey, RefusesWhatStoresUnderstandDifferently) {
  for (const char* key :
       {"", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a b", "a%2Fb", "a\\b", "a?b",
        "\xc3\xa4", ".laminar-unfinished/1", ".laminar-unfinished"}) {
    EXPECT_EQ(CheckKey(key).code(), absl::StatusCode::kInvalidArgument) << key;
  }
  EXPECT_FALSE(CheckKey(std::string("a\0b", 3)).ok());
}

TEST(ObjectKey, BoundsLengthAndDepth) {
  EXPECT_TRUE(CheckKey(std::string(255, 'a')).ok());
  EXPECT_FALSE(CheckKey(std::string(256, 'a')).ok());
  std::string deep = "a";
  for (int i = 1; i < 64; ++i) {
    deep += "/a";
  }
  EXPECT_TRUE(CheckKey(deep).ok());
  EXPECT_FALSE(CheckKey(deep + "/a").ok());
  std::string wide;
  for (int i = 0; i < 5; ++i) {
    wide += std::string(250, 'a') + "/";
  }
  EXPECT_THAT(CheckKey(wide + "a").message(), testing::HasSubstr("1024"));
}

TEST(ObjectKey, LetsAPrefixEndAnywhere) {
  for (const char* prefix : {"", "a", "a/", "a/b.", "a/.", "log/0000"}) {
    EXPECT_TRUE(CheckPrefix(prefix).ok()) << prefix;
  }
  for (const char* prefix : {"/", "a//", "../a", "a b"}) {
    EXPECT_FALSE(CheckPrefix(prefix).ok()) << prefix;
  }
}

}  // namespace
}  // namespace laminar::storage
