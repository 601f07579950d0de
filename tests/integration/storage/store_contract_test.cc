// The contract, and what users meet at start: the probe, wrong keys, missing buckets, dead servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "service_under_test.h"
#include "storage/http_client.h"
#include "storage/object_store_contract_for_test.h"
#include "storage/open_store.h"
#include "storage/probe.h"

namespace laminar::storage {
namespace {

using State = base::Outcome::State;
using testing::HasSubstr;

std::string MessageOf(const absl::Status& status) {
  return std::string(base::FromAbsl(status.message()));
}

class RealStoreContractTest : public testing::TestWithParam<ContractCase> {};

TEST_P(RealStoreContractTest, Holds) {
  const std::string folder = base::MakeTemporaryFolder("laminar-storage-integration").value();
  GetParam().run(*OpenFresh(), folder);
  (void)base::RemoveAll(folder);
}

INSTANTIATE_TEST_SUITE_P(RealStore,
                         RealStoreContractTest,
                         testing::ValuesIn(ObjectStoreContract()),
                         [](const auto& info) { return info.param.name; });

TEST(RealStore, PassesTheProbeAndIsLeftEmpty) {
  const auto store = OpenFresh();
  const absl::Status probed = ProbeStore(*store, "abc123");
  EXPECT_TRUE(probed.ok()) << probed;
  EXPECT_TRUE(store->List("").value().empty());
}

TEST(RealStore, WorksInTheRootOfABucket) {
  const auto store = OpenStore(Service().Url(""), Service().Options()).value();
  const std::string key = "root-" + FreshFolder();
  EXPECT_TRUE(store->Put(key, "x").applied());
  EXPECT_EQ(store->Get(key).value_or("?"), "x");
  EXPECT_EQ(store->List(key).value_or(std::vector<ObjectInfo>{}).size(), 1U);
}

TEST(RealStore, ListsMorePagesThanOne) {
  const auto store = OpenFresh();
  constexpr int kObjects = 1010;
  for (int i = 0; i < kObjects; ++i) {
    ASSERT_TRUE(store->Put("many/" + std::to_string(i), "").applied());
  }
  EXPECT_EQ(store->List("many/").value().size(), static_cast<size_t>(kObjects));
}

TEST(RealStore, NamesABucketThatIsMissing) {
  const auto store =
      OpenStore(Service().UrlIn("no-such-bucket", "folder"), Service().Options()).value();
  for (const absl::Status& status :
       {store->List("").status(), store->Put("a", "x").status(),
        store->PutIfAbsent("a", "x").status(), ProbeStore(*store, "abc")}) {
    EXPECT_FALSE(status.ok());
    EXPECT_NE(status.code(), absl::StatusCode::kAlreadyExists) << status;
    EXPECT_THAT(MessageOf(status), HasSubstr("no-such-bucket"));
    EXPECT_THAT(MessageOf(status), HasSubstr("does not exist"));
  }
  EXPECT_EQ(store->List("").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(RealStore, AServerThatIsNotThereIsNamedSoon) {
  StoreOptions options = Service().Options();
  options.call_timeout_ms = 1500;
  options.settings["endpoint"] = Service().kind == StoreKind::kAzure
                                     ? "http://127.0.0.1:1/devstoreaccount1"
                                     : "http://127.0.0.1:1";
  const auto store = OpenStore(Service().Url("folder"), options).value();
  const base::Outcome outcome = store->PutIfAbsent("a", "x");
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kUnavailable) << outcome.status();
  EXPECT_THAT(MessageOf(outcome.status()), HasSubstr("127.0.0.1:1"));
  EXPECT_EQ(store->Get("a").status().code(), absl::StatusCode::kUnavailable);
}

TEST(RealStore, RefusesAWrongSecretWithoutRepeatingIt) {
  if (Service().kind == StoreKind::kGcs) {
    // The emulator knows no keys: what is refused there is a key that is none.
    StoreOptions options = Service().Options();
    options.settings["service_account_key"] = R"({"type": "service_account"})";
    const auto store = OpenStore(Service().Url("folder"), options).value();
    EXPECT_THAT(MessageOf(store->Put("a", "x").status()), HasSubstr("client_email"));
    return;
  }
  StoreOptions options = Service().Options();
  const std::string secret = "c2VjcmV0LW9mLW1pbmU=";
  if (Service().kind == StoreKind::kS3) {
    options.settings = {{"access_key_id", Service().environment.at("AWS_ACCESS_KEY_ID")},
                        {"secret_access_key", secret}};
  } else {
    options.settings = {{"account_key", secret}};
  }
  const auto store = OpenStore(Service().Url("folder"), options).value();
  for (const absl::Status& status : {store->Put("a", "x").status(), store->Get("a").status(),
                                     store->List("").status(), ProbeStore(*store, "abc")}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
    EXPECT_THAT(MessageOf(status), HasSubstr("check"));
    EXPECT_THAT(MessageOf(status), testing::Not(HasSubstr(secret)));
  }
}

class SkewedClock : public base::Clock {
 public:
  base::MonotonicTime Now() const override { return base::SystemClock().Now(); }
  base::WallTime Wall() const override {
    return {base::SystemClock().Wall().micros - int64_t{3600} * 1'000'000};
  }
};

TEST(RealStore, NamesAClockThatIsWrong) {
  if (Service().kind != StoreKind::kS3) {
    // The two emulators do not look at the time of a request.
    return;
  }
  const SkewedClock clock;
  const auto store =
      OpenThrough(std::make_shared<HttpClient>(HttpClient::Options{}), clock, FreshFolder());
  const absl::Status probed = ProbeStore(*store, "abc");
  EXPECT_EQ(probed.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(MessageOf(probed), HasSubstr("RequestTimeTooSkewed"));
  EXPECT_THAT(MessageOf(probed), HasSubstr("set the clock"));
}

TEST(RealStore, TakesKeysFromAProfileFile) {
  if (Service().kind != StoreKind::kS3) {
    return;
  }
  const std::string folder = base::MakeTemporaryFolder("laminar-storage-integration").value();
  const std::string file = base::JoinPath(folder, "credentials");
  const auto& variables = Service().environment;
  ASSERT_TRUE(base::WriteWholeFile(
                  file,
                  "[default]\naws_access_key_id = wrong\n"
                  "aws_secret_access_key = wrong\n[mine]\n"
                  "aws_access_key_id = " +
                      variables.at("AWS_ACCESS_KEY_ID") +
                      "\naws_secret_access_key = " + variables.at("AWS_SECRET_ACCESS_KEY") + "\n")
                  .ok());
  StoreOptions options = Service().Options();
  options.environment = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "AWS_SHARED_CREDENTIALS_FILE") {
      return file;
    }
    if (name == "AWS_PROFILE") {
      return "mine";
    }
    return name == "AWS_ENDPOINT_URL" ? std::optional(Service().endpoint) : std::nullopt;
  };
  const auto store = OpenStore(Service().Url(FreshFolder()), options).value();
  EXPECT_TRUE(ProbeStore(*store, "abc").ok());
  (void)base::RemoveAll(folder);
}

TEST(RealStore, OpensByTheUrlOfAServerThatSpeaksS3) {
  if (Service().kind != StoreKind::kS3) {
    return;
  }
  StoreOptions options = Service().Options();
  const auto store =
      OpenStore("s3::" + Service().endpoint + "/" + Service().bucket + "/" + FreshFolder(), options)
          .value();
  EXPECT_TRUE(ProbeStore(*store, "abc").ok());
}

}  // namespace
}  // namespace laminar::storage
