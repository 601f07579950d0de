#include "storage/open_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "storage/probe.h"

namespace laminar::storage {
namespace {

using testing::HasSubstr;

StoreOptions WithoutEnvironment() {
  StoreOptions options;
  options.environment = [](const std::string&) { return std::nullopt; };
  return options;
}

TEST(OpenStore, OpensAFolderByPathAndUrl) {
  const std::string folder = base::MakeTemporaryFolder("laminar-open-store-test").value();
  for (const std::string& url : {folder + "/a", "file://" + folder + "/b", "file:" + folder}) {
    const auto store = OpenStore(url);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE(ProbeStore(**store, "n1").ok());
  }
  (void)base::RemoveAll(folder);
}

TEST(OpenStore, OpensEachKindAndSaysWhereItIs) {
  for (const auto& [url, shown] : std::initializer_list<std::pair<const char*, const char*>>{
           {"s3://bucket/k/", "s3://bucket/k"},
           {"s3a://bucket", "s3://bucket"},
           {"s3::http://minio:9000/bucket/k", "s3://bucket/k"},
           {"https://bucket.s3.eu-west-1.amazonaws.com/k", "s3://bucket/k"},
           {"r2://account@bucket/k", "r2://bucket/k"},
           {"gs://bucket/k", "gs://bucket/k"},
           {"abfss://box@me.dfs.core.windows.net/k", "abfss://box@me.dfs.core.windows.net/k"}}) {
    const auto store = OpenStore(url, WithoutEnvironment());
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->url(), shown);
  }
}

TEST(OpenStore, RefusesWhatItDoesNotKnow) {
  StoreOptions options = WithoutEnvironment();
  EXPECT_EQ(OpenStore("ftp://host/x", options).status().code(), absl::StatusCode::kInvalidArgument);
  options.settings = {{"region", "x"}};
  EXPECT_EQ(OpenStore("/tmp/x", options).status().code(), absl::StatusCode::kInvalidArgument);
  options.settings = {{"service_account_file", "x"}};
  EXPECT_THAT(std::string(OpenStore("s3://bucket", options).status().message()),
              HasSubstr("no such storage setting here: service_account_file"));
}

}  // namespace
}  // namespace laminar::storage
