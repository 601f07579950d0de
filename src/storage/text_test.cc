#include "storage/text.h"

#include <gtest/gtest.h>

#include "storage/digest.h"

namespace laminar::storage {
namespace {

TEST(Text, EncodesPercentsAsAmazonDoes) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a b/c=d+é"), "a%20b%2Fc%3Dd%2B%C3%A9");
  EXPECT_EQ(PercentEncode("a/b=c", true), "a/b%3Dc");
}

TEST(Text, DecodesPercentsOrNothing) {
  EXPECT_EQ(PercentDecode("a%20b%2fc").value_or("?"), "a b/c");
  EXPECT_EQ(PercentDecode("").value_or("?"), "");
  for (const char* bad : {"%", "%2", "%zz", "a%2"}) {
    EXPECT_FALSE(PercentDecode(bad).has_value()) << bad;
  }
}

// RFC 4648, section 10.
TEST(Text, EncodesBase64) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(Base64Encode(plain), encoded);
    EXPECT_EQ(Base64Decode(encoded).value_or("?"), plain);
  }
  EXPECT_EQ(Base64UrlEncode("\xfb\xff"), "-_8");
  EXPECT_EQ(Base64Encode("\xfb\xff"), "+/8=");
  for (const char* bad : {"A", "Zg!=", "Zm9-"}) {
    EXPECT_FALSE(Base64Decode(bad).has_value()) << bad;
  }
}

TEST(Text, SplitsTrimsAndReadsNumbers) {
  EXPECT_EQ(SplitText("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(SplitText("", ','), std::vector<std::string_view>{""});
  EXPECT_EQ(Trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(Trim(" \n"), "");
  EXPECT_EQ(ToLower("AbC-É"), "abc-É");
  EXPECT_EQ(ParseNumber("042"), 42);
  for (const char* bad : {"", "-1", "1x", " 1", "99999999999999999999"}) {
    EXPECT_FALSE(ParseNumber(bad).has_value()) << bad;
  }
}

// FIPS 180-4 and RFC 4231, test case 2.
TEST(Digest, HashesAsTheStandardsSay) {
  EXPECT_EQ(HexEncode(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Digest, RefusesWhatIsNoKey) {
  for (const char* key : {"", "secret text", "-----BEGIN PRIVATE KEY-----\nAAAA\n"}) {
    const auto signed_bytes = SignRsaSha256(key, "x");
    EXPECT_EQ(signed_bytes.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(signed_bytes.status().message().find("secret"), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace laminar::storage
