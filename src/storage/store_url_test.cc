#include "storage/store_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace laminar::storage {
namespace {

using testing::HasSubstr;
using testing::Not;

// Kind, path or bucket, prefix, endpoint, region, account: those that are not empty, by commas.
std::string Understood(std::string_view url) {
  const auto parsed = ParseStoreUrl(url);
  if (!parsed.ok()) {
    return std::string(base::FromAbsl(parsed.status().message()));
  }
  constexpr const char* kKinds[] = {"local", "s3", "gcs", "azure"};
  std::string text = kKinds[static_cast<int>(parsed->kind)];
  for (const std::string& part : {parsed->path, parsed->bucket, parsed->prefix, parsed->endpoint,
                                  parsed->region, parsed->account}) {
    text += part.empty() ? "" : "," + part;
  }
  return text + (parsed->is_r2 ? ",r2" : "");
}

struct Case {
  const char* url;
  const char* understood;
};

TEST(StoreUrl, UnderstandsFolders) {
  for (const auto& [url, understood] :
       std::initializer_list<Case>{{"/var/lib/laminar", "local,/var/lib/laminar"},
                                   {"state", "local,state"},
                                   {"./a b", "local,./a b"},
                                   {"../x:y/z", "local,../x:y/z"},
                                   {"a:b", "local,a:b"},
                                   {"file:/path", "local,/path"},
                                   {"file:///path/to", "local,/path/to"},
                                   {"FILE:///path", "local,/path"},
                                   {"file://localhost/path", "local,/path"},
                                   {"file:///a%20b%25", "local,/a b%"}}) {
    EXPECT_EQ(Understood(url), understood) << url;
  }
}

TEST(StoreUrl, UnderstandsAmazon) {
  for (const auto& [url, understood] : std::initializer_list<Case>{
           {"s3://bucket", "s3,bucket"},
           {"s3://bucket/", "s3,bucket"},
           {"s3://bucket/a/b=c/", "s3,bucket,a/b=c"},
           {"s3a://bucket/k", "s3,bucket,k"},
           {"S3://bucket/k", "s3,bucket,k"},
           {"https://s3.amazonaws.com/bucket/k", "s3,bucket,k"},
           {"https://s3.eu-west-1.amazonaws.com/bucket/k", "s3,bucket,k,eu-west-1"},
           {"https://s3-eu-west-1.amazonaws.com/bucket", "s3,bucket,eu-west-1"},
           {"https://bucket.s3.amazonaws.com/k/l", "s3,bucket,k/l"},
           {"https://bucket.s3.eu-west-1.amazonaws.com/k", "s3,bucket,k,eu-west-1"},
           {"https://bucket.s3-eu-west-1.amazonaws.com/k", "s3,bucket,k,eu-west-1"},
           {"https://my.dotted.bucket.s3.us-east-2.amazonaws.com", "s3,my.dotted.bucket,us-east-2"},
           {"https://bucket.s3.dualstack.us-west-2.amazonaws.com/k", "s3,bucket,k,us-west-2"},
           {"https://bucket.s3.cn-north-1.amazonaws.com.cn/k", "s3,bucket,k,cn-north-1"},
           {"s3::https://s3.us-west-2.amazonaws.com/bucket/k", "s3,bucket,k,us-west-2"}}) {
    EXPECT_EQ(Understood(url), understood) << url;
  }
}

TEST(StoreUrl, UnderstandsServersThatSpeakS3) {
  for (const auto& [url, understood] : std::initializer_list<Case>{
           {"s3::http://localhost:9000/bucket/k", "s3,bucket,k,http://localhost:9000"},
           {"s3::https://minio.example.com/bucket", "s3,bucket,https://minio.example.com"},
           {"s3::http://[::1]:9000/bucket", "s3,bucket,http://[::1]:9000"},
           {"S3::HTTP://Minio:9000/bucket", "s3,bucket,http://minio:9000"}}) {
    EXPECT_EQ(Understood(url), understood) << url;
  }
}

TEST(StoreUrl, UnderstandsR2) {
  constexpr char kEndpoint[] = "https://abc.r2.cloudflarestorage.com";
  const std::string with_folder = std::string("s3,bucket,k,") + kEndpoint + ",auto,abc,r2";
  EXPECT_EQ(Understood("r2://bucket/k"), "s3,bucket,k,auto,r2");
  EXPECT_EQ(Understood("r2://abc@bucket/k"), with_folder);
  EXPECT_EQ(Understood("https://abc.r2.cloudflarestorage.com/bucket/k"), with_folder);
  EXPECT_EQ(Understood("https://bucket.abc.r2.cloudflarestorage.com/k"), with_folder);
  EXPECT_EQ(Understood("https://abc.eu.r2.cloudflarestorage.com/bucket"),
            "s3,bucket,https://abc.eu.r2.cloudflarestorage.com,auto,abc,r2");
}

TEST(StoreUrl, UnderstandsGoogle) {
  for (const auto& [url, understood] :
       std::initializer_list<Case>{{"gs://bucket/k", "gcs,bucket,k"},
                                   {"gs://my_bucket.example.com", "gcs,my_bucket.example.com"},
                                   {"https://storage.googleapis.com/bucket/k", "gcs,bucket,k"},
                                   {"https://bucket.storage.googleapis.com/k", "gcs,bucket,k"},
                                   {"https://storage.cloud.google.com/bucket/k", "gcs,bucket,k"}}) {
    EXPECT_EQ(Understood(url), understood) << url;
  }
}

TEST(StoreUrl, UnderstandsAzure) {
  constexpr char kWhole[] = "azure,box,k,https://me.blob.core.windows.net,me";
  EXPECT_EQ(Understood("abfss://box@me.dfs.core.windows.net/k"), kWhole);
  EXPECT_EQ(Understood("abfs://box@me.dfs.core.windows.net/k/"), kWhole);
  EXPECT_EQ(Understood("https://me.blob.core.windows.net/box/k"), kWhole);
  EXPECT_EQ(Understood("https://me.dfs.core.windows.net/box/k"), kWhole);
  EXPECT_EQ(Understood("abfss://box/k"), "azure,box,k");
  EXPECT_EQ(Understood("https://me.blob.core.chinacloudapi.cn/box"),
            "azure,box,https://me.blob.core.chinacloudapi.cn,me");
}

TEST(StoreUrl, RefusesOthersAndSaysHowToWriteThem) {
  for (const auto& [url, remedy] :
       std::initializer_list<Case>{{"", "write a path"},
                                   {"ftp://host/path", "s3://BUCKET/FOLDER"},
                                   {"s3:/bucket", "//"},
                                   {"s3:bucket", "//"},
                                   {"s3://", "no bucket"},
                                   {"s3:///key", "no bucket"},
                                   {"s3://b", "cannot exist"},
                                   {"s3://-bucket", "cannot exist"},
                                   {"s3://buc..ket", "cannot exist"},
                                   {"s3://user@bucket", "an @"},
                                   {"s3://bucket:80/k", "a port"},
                                   {"s3://bucket/a//b", "folder"},
                                   {"s3://bucket/../b", "folder"},
                                   {"s3://bucket/a b", "folder"},
                                   {"s3::ftp://host/bucket", "http:// or https://"},
                                   {"s3::http://host:port/bucket", "port"},
                                   {"s3::http://host", "no bucket"},
                                   {"s3::http:///bucket", "host"},
                                   {"https://example.com/bucket/k", "s3::https://"},
                                   {"https://storage.googleapis.com", "no bucket"},
                                   {"abfss://box@example.com/k", "dfs.core.windows.net"},
                                   {"abfss://box@me.dfs.core.windows.net:80/k", "port"},
                                   {"file:relative", "file:///PATH"},
                                   {"file://host/path", "file:///PATH"},
                                   {"file:///a%2", "%25"},
                                   {"https://.r2.cloudflarestorage.com/bucket", ""}}) {
    const auto parsed = ParseStoreUrl(url);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(remedy)) << url;
  }
  EXPECT_FALSE(ParseStoreUrl("s3://bucket/" + std::string(600, 'a')).ok());
  EXPECT_FALSE(ParseStoreUrl("/" + std::string(5000, 'a')).ok());
  EXPECT_FALSE(ParseStoreUrl(std::string_view("/a\0b", 4)).ok());
}

TEST(StoreUrl, RepeatsNoSecret) {
  for (const char* url :
       {"https://me.blob.core.windows.net/box?sig=hushhush",
        "https://user:hushhush@s3.amazonaws.com/bucket", "s3://key:hushhush@bucket/k",
        "ftp://key:hushhush@host/", "r2://a:hushhush@bucket", "s3::http://u:hushhush@host/bucket",
        "gs://bucket/k#hushhush"}) {
    const auto parsed = ParseStoreUrl(url);
    EXPECT_FALSE(parsed.ok()) << url;
    EXPECT_THAT(std::string(parsed.status().message()), Not(HasSubstr("hushhush"))) << url;
  }
}

TEST(StoreUrl, TakesAnyBytes) {
  base::Random random(1);
  const std::vector<std::string> pieces = {"s3",
                                           "s3a",
                                           "::",
                                           ":",
                                           "//",
                                           "/",
                                           "https",
                                           "http",
                                           "@",
                                           ".",
                                           "..",
                                           "abfss",
                                           "gs",
                                           "r2",
                                           "file",
                                           "bucket",
                                           "amazonaws.com",
                                           ".s3.",
                                           "blob.core.windows.net",
                                           "%",
                                           "%41",
                                           "[",
                                           "]",
                                           "?",
                                           "#",
                                           "[::1]",
                                           ":80",
                                           ".r2.cloudflarestorage.com",
                                           std::string(1, '\0'),
                                           "\xff"};
  for (int i = 0; i < 100'000; ++i) {
    std::string url;
    for (uint64_t n = random.Uniform(9); n > 0; --n) {
      url += pieces[random.Uniform(pieces.size())];
    }
    const auto parsed = ParseStoreUrl(url);
    if (parsed.ok() && parsed->kind != StoreKind::kLocal) {
      EXPECT_FALSE(parsed->bucket.empty()) << url;
    }
    (void)RedactUrl(url);
  }
}

TEST(StoreUrl, JoinsKeys) {
  EXPECT_EQ(JoinKey("", "a/b"), "a/b");
  EXPECT_EQ(JoinKey("p/q", "a"), "p/q/a");
}

}  // namespace
}  // namespace laminar::storage
