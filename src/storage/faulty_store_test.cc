#include "storage/faulty_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "storage/memory_store_for_test.h"
#include "storage/object_store_contract_for_test.h"

namespace laminar::storage {
namespace {

using State = base::Outcome::State;

struct Wrapped {
  explicit Wrapped(FaultyStore::Options options) {
    auto owned = std::make_unique<MemoryStore>();
    memory = owned.get();
    store = std::make_unique<FaultyStore>(std::move(owned), std::move(options));
  }
  MemoryStore* memory = nullptr;
  std::unique_ptr<FaultyStore> store;
};

class FaultyStoreContractTest : public testing::TestWithParam<ContractCase> {};

TEST_P(FaultyStoreContractTest, HoldsWithoutFaults) {
  const std::string folder = base::MakeTemporaryFolder("laminar-faulty-store-test").value();
  const Wrapped wrapped({});
  GetParam().run(*wrapped.store, folder);
  (void)base::RemoveAll(folder);
}

INSTANTIATE_TEST_SUITE_P(FaultyStore,
                         FaultyStoreContractTest,
                         testing::ValuesIn(ObjectStoreContract()),
                         [](const auto& info) { return info.param.name; });

TEST(FaultyStore, FailsTheCallThatTheScriptNames) {
  const Wrapped wrapped({.script = {{StoreOperation::kPut, 2, StoreFault::kRefused},
                                    {StoreOperation::kPut, 3, StoreFault::kAnswerLost},
                                    {StoreOperation::kPut, 4, StoreFault::kRequestLost},
                                    {StoreOperation::kPut, 5, StoreFault::kRefusedForGood}}});
  EXPECT_TRUE(wrapped.store->Put("1", "x").applied());
  EXPECT_EQ(wrapped.store->Put("2", "x").state(), State::kNotApplied);
  EXPECT_EQ(wrapped.store->Put("3", "x").state(), State::kUnknown);
  EXPECT_EQ(wrapped.store->Put("4", "x").state(), State::kUnknown);
  EXPECT_EQ(wrapped.store->Put("5", "x").status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(wrapped.store->Put("6", "x").applied());
  EXPECT_TRUE(wrapped.memory->Head("1").ok());
  EXPECT_FALSE(wrapped.memory->Head("2").ok());
  EXPECT_TRUE(wrapped.memory->Head("3").ok());
  EXPECT_FALSE(wrapped.memory->Head("4").ok());
  EXPECT_EQ(wrapped.store->num_calls(StoreOperation::kPut), 6);
  EXPECT_EQ(wrapped.store->num_calls(StoreOperation::kGet), 0);
  EXPECT_EQ(wrapped.store->num_faults(), 4);
}

TEST(FaultyStore, FailsEveryKindOfCall) {
  const std::string folder = base::MakeTemporaryFolder("laminar-faulty-store-test").value();
  const std::string file = base::JoinPath(folder, "file");
  ASSERT_TRUE(base::WriteWholeFile(file, "x").ok());
  const Wrapped wrapped({.rates = {.refused = 1}});
  FaultyStore& store = *wrapped.store;
  ASSERT_TRUE(wrapped.memory->Put("a", "x").applied());
  for (const base::Outcome& outcome : {store.Put("b", "x"), store.PutIfAbsent("b", "x"),
                                       store.PutFile("b", file), store.Delete("a")}) {
    EXPECT_EQ(outcome.state(), State::kNotApplied);
    EXPECT_EQ(outcome.status().code(), absl::StatusCode::kUnavailable);
  }
  for (const absl::Status& status :
       {store.Get("a").status(), store.GetRange("a", 0, 1).status(), store.GetFile("a", file),
        store.Head("a").status(), store.List("").status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  }
  store.StopFaults();
  EXPECT_EQ(store.Get("a").value_or("?"), "x");
  (void)base::RemoveAll(folder);
}

TEST(FaultyStore, KeepsToItsRates) {
  for (const double rate : {0.0, 0.01, 0.05, 0.2}) {
    const Wrapped wrapped({.seed = 7, .rates = FaultRates::Failing(rate)});
    constexpr int kCalls = 10'000;
    int unknown = 0;
    for (int i = 0; i < kCalls; ++i) {
      unknown += wrapped.store->Put("a", "x").state() == State::kUnknown ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(wrapped.store->num_faults()) / kCalls, rate, 0.02);
    EXPECT_NEAR(static_cast<double>(unknown) / kCalls, rate * 2 / 3, 0.02);
  }
}

TEST(FaultyStore, SameSeedSameFaults) {
  std::vector<State> runs[2];
  for (std::vector<State>& run : runs) {
    const Wrapped wrapped({.seed = 3, .rates = FaultRates::Failing(0.5)});
    for (int i = 0; i < 200; ++i) {
      run.push_back(wrapped.store->Put("a", "x").state());
    }
  }
  EXPECT_EQ(runs[0], runs[1]);
}

TEST(FaultyStore, RatesOfAnOperationAreItsOwn) {
  const Wrapped wrapped({.rates_by_operation = {{StoreOperation::kList, {.request_lost = 1}}}});
  EXPECT_TRUE(wrapped.store->Put("a", "x").applied());
  EXPECT_EQ(wrapped.store->List("").status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(FaultyStore, DelaysAndStillServes) {
  int64_t slept = 0;
  const Wrapped wrapped({.rates = {.delayed = 1},
                         .delay_nanos_max = 1000,
                         .sleep = [&](int64_t nanos) { slept += nanos; }});
  EXPECT_TRUE(wrapped.store->Put("a", "x").applied());
  EXPECT_EQ(wrapped.store->Get("a").value_or("?"), "x");
  EXPECT_GT(slept, 0);
  EXPECT_LT(slept, 2000);
}

TEST(FaultyStore, DamagesOneBitOfWhatIsRead) {
  const Wrapped wrapped({.rates = {.damaged = 1}});
  ASSERT_TRUE(wrapped.memory->Put("a", "some bytes").applied());
  const std::string bytes = wrapped.store->Get("a").value();
  int flipped = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    flipped += __builtin_popcount(static_cast<unsigned char>(bytes[i] ^ "some bytes"[i]));
  }
  EXPECT_EQ(flipped, 1);
  EXPECT_EQ(wrapped.memory->Get("a").value_or("?"), "some bytes");
}

}  // namespace
}  // namespace laminar::storage
