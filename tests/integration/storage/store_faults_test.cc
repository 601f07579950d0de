// A log of conditional creates over a real store that fails: whatever is lost, one writer wins each
// position and knows it. And answers of the real store that are lost on the way.
#include <deque>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "service_under_test.h"
#include "storage/faulty_store.h"
#include "storage/http_client.h"
#include "storage/object_store_contract_for_test.h"
#include "storage/open_store.h"

namespace laminar::storage {
namespace {

using State = base::Outcome::State;

constexpr int kAttemptsMax = 200;

std::unique_ptr<FaultyStore> OpenFaulty(const std::string& folder, FaultyStore::Options options) {
  return std::make_unique<FaultyStore>(
      OpenStore(Service().Url(folder), Service().Options()).value(), std::move(options));
}

// Whether `mine` is what stands at the position, whatever it takes to find out.
bool Append(ObjectStore& store, const std::string& key, const std::string& mine) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const base::Outcome outcome = store.PutIfAbsent(key, mine);
    if (outcome.applied()) {
      return true;
    }
    if (outcome.state() == State::kNotApplied &&
        outcome.status().code() != absl::StatusCode::kAlreadyExists) {
      continue;
    }
    const auto there = store.Get(key);
    if (there.ok()) {
      return *there == mine;
    }
  }
  ADD_FAILURE() << "no end: " << key;
  return false;
}

template <typename T>
T Insist(const std::function<absl::StatusOr<T>()>& read) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    auto result = read();
    if (result.ok()) {
      return *std::move(result);
    }
  }
  ADD_FAILURE() << "no end";
  return T();
}

class FaultRateTest : public testing::TestWithParam<double> {};

TEST_P(FaultRateTest, EachPositionOfALogHasOneWriterWhoKnows) {
  constexpr int kWriters = 3;
  constexpr int kPositions = 40;
  const std::string folder = FreshFolder();
  std::vector<std::set<int>> won(kWriters);
  {
    std::deque<base::Thread> threads;
    for (int writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back("writer", [&, writer] {
        FaultyStore::Options options;
        options.seed = static_cast<uint64_t>(writer);
        options.rates = FaultRates::Failing(GetParam());
        const auto store = OpenFaulty(folder, options);
        for (int position = 0; position < kPositions; ++position) {
          if (Append(*store, "log/" + std::to_string(position),
                     "writer " + std::to_string(writer))) {
            won[writer].insert(position);
          }
        }
      });
    }
  }
  const auto store = OpenFaulty(folder, {});
  ASSERT_EQ(store->List("log/").value().size(), static_cast<size_t>(kPositions));
  for (int position = 0; position < kPositions; ++position) {
    const std::string there = store->Get("log/" + std::to_string(position)).value();
    for (int writer = 0; writer < kWriters; ++writer) {
      EXPECT_EQ(won[writer].contains(position), there == "writer " + std::to_string(writer))
          << position;
    }
  }
}

TEST_P(FaultRateTest, ObjectsThatWereWrittenAreWhole) {
  FaultyStore::Options options;
  options.seed = 11;
  options.rates = FaultRates::Failing(GetParam());
  const auto store = OpenFaulty(FreshFolder(), options);
  for (int object = 0; object < 30; ++object) {
    const std::string key = "data/" + std::to_string(object);
    const std::string bytes = PatternBytes(static_cast<size_t>(object) * 1000, object);
    for (int attempt = 0; !store->Put(key, bytes).applied(); ++attempt) {
      ASSERT_LT(attempt, kAttemptsMax);
    }
    EXPECT_TRUE(Insist<std::string>([&] { return store->Get(key); }) == bytes);
  }
  EXPECT_EQ(Insist<std::vector<ObjectInfo>>([&] { return store->List("data/"); }).size(), 30U);
}

INSTANTIATE_TEST_SUITE_P(RealStore,
                         FaultRateTest,
                         testing::Values(0.0, 0.01, 0.05, 0.2),
                         [](const auto& info) {
                           return "At" + std::to_string(static_cast<int>(info.param * 100)) +
                                  "Percent";
                         });

TEST(RealStore, EverySingleFaultLeavesOneWinner) {
  for (const StoreOperation operation : {StoreOperation::kPutIfAbsent, StoreOperation::kGet}) {
    for (const StoreFault fault : {StoreFault::kRefused, StoreFault::kAnswerLost,
                                   StoreFault::kRequestLost, StoreFault::kDelayed}) {
      for (int64_t nth = 1; nth <= 3; ++nth) {
        const std::string folder = FreshFolder();
        FaultyStore::Options options;
        options.script = {{operation, nth, fault}};
        const auto mine = OpenFaulty(folder, options);
        const auto other = OpenFaulty(folder, {});
        EXPECT_TRUE(Append(*mine, "log/1", "mine"));
        EXPECT_FALSE(Append(*other, "log/1", "other"));
        EXPECT_TRUE(Append(*other, "log/2", "other"));
        EXPECT_FALSE(Append(*mine, "log/2", "mine"));
        EXPECT_TRUE(Append(*mine, "log/3", "mine"));
        EXPECT_EQ(other->Get("log/1").value_or("?"), "mine");
        EXPECT_EQ(other->Get("log/2").value_or("?"), "other");
        EXPECT_EQ(other->Get("log/3").value_or("?"), "mine");
      }
    }
  }
}

// Does all that a writer of checkpoints does, over a store of which one call fails, and says what
// is there in the end.
std::string WorkThrough(ObjectStore& store, const std::string& folder) {
  const std::string file = base::JoinPath(folder, "file");
  EXPECT_TRUE(base::WriteWholeFile(file, "bytes of a file").ok());
  const auto insist = [](const std::function<base::Outcome()>& change) {
    for (int attempt = 0; !change().applied(); ++attempt) {
      ASSERT_LT(attempt, kAttemptsMax);
    }
  };
  insist([&] { return store.Put("data/a", "bytes"); });
  insist([&] { return store.PutFile("data/b", file); });
  insist([&] { return store.Put("data/c", "not wanted"); });
  insist([&] { return store.Delete("data/c"); });
  EXPECT_TRUE(Append(store, "log/1", "mine"));
  EXPECT_FALSE(Append(store, "log/1", "other"));
  const std::string copy = base::JoinPath(folder, "copy");
  Insist<int>([&]() -> absl::StatusOr<int> {
    LAMINAR_RETURN_IF_ERROR(store.GetFile("data/b", copy));
    return 0;
  });
  std::string seen = base::ReadWholeFile(copy).value_or("?");
  seen += "," + Insist<std::string>([&] { return store.Get("data/a"); });
  seen += "," + Insist<std::string>([&] { return store.GetRange("data/b", 9, 2); });
  seen += "," + std::to_string(Insist<ObjectInfo>([&] { return store.Head("data/a"); }).bytes);
  for (const ObjectInfo& info : Insist<std::vector<ObjectInfo>>([&] { return store.List(""); })) {
    seen += "," + info.key;
  }
  return seen;
}

TEST(RealStore, NoSingleFaultChangesWhatIsThereInTheEnd) {
  const std::string folder = base::MakeTemporaryFolder("laminar-storage-integration").value();
  for (size_t operation = 0; operation < kNumStoreOperations; ++operation) {
    for (const StoreFault fault : {StoreFault::kRefused, StoreFault::kAnswerLost,
                                   StoreFault::kRequestLost, StoreFault::kDelayed}) {
      for (int64_t nth = 1; nth <= 2; ++nth) {
        FaultyStore::Options options;
        options.script = {{static_cast<StoreOperation>(operation), nth, fault}};
        const auto store = OpenFaulty(FreshFolder(), options);
        EXPECT_EQ(WorkThrough(*store, folder), "bytes of a file,bytes,a ,5,data/a,data/b,log/1")
            << "operation " << operation << ", fault " << static_cast<int>(fault) << ", call "
            << nth;
      }
    }
  }
  (void)base::RemoveAll(folder);
}

// Sends every request, and loses the answers to some.
class LossyTransport : public HttpTransport {
 public:
  explicit LossyTransport(std::function<bool(const HttpRequest&, int)> loses)
      : loses_(std::move(loses)) {}

  HttpResult Send(const HttpRequest& request) override {
    HttpResult result = client_.Send(request);
    const base::MutexLock lock(mutex_);
    if (loses_(request, ++num_requests_)) {
      return HttpResult::NoAnswer(base::Unavailable("connection reset (injected)"));
    }
    return result;
  }

 private:
  HttpClient client_{HttpClient::Options{}};
  const std::function<bool(const HttpRequest&, int)> loses_;
  base::Mutex mutex_;
  int num_requests_ LAMINAR_GUARDED_BY(mutex_) = 0;
};

TEST(RealStore, ACreateKnowsItsOwnFirstSuccess) {
  const std::string folder = FreshFolder();
  const auto store = OpenThrough(
      std::make_shared<LossyTransport>([](const HttpRequest&, int number) { return number == 1; }),
      base::SystemClock(), folder);
  EXPECT_TRUE(store->PutIfAbsent("log/1", "mine").applied());
  EXPECT_EQ(store->Get("log/1").value_or("?"), "mine");
}

TEST(RealStore, ACreateDoesNotTakeAnothersSuccessForItsOwn) {
  const std::string folder = FreshFolder();
  ASSERT_TRUE(
      OpenThrough(std::make_shared<HttpClient>(HttpClient::Options{}), base::SystemClock(), folder)
          ->PutIfAbsent("log/1", "other")
          .applied());
  const auto store = OpenThrough(
      std::make_shared<LossyTransport>([](const HttpRequest&, int number) { return number == 1; }),
      base::SystemClock(), folder);
  const base::Outcome outcome = store->PutIfAbsent("log/1", "mine");
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kAlreadyExists);
}

TEST(RealStore, ALargeFileArrivesThoughAnswersAreLost) {
  if (Service().kind == StoreKind::kGcs) {
    // The emulator appends a part that is sent again, where Google's store passes over it.
    return;
  }
  const std::string folder = base::MakeTemporaryFolder("laminar-storage-integration").value();
  const std::string from = base::JoinPath(folder, "from");
  const std::string bytes = PatternBytes((size_t{12} << 20) + 7);
  ASSERT_TRUE(base::WriteWholeFile(from, bytes).ok());
  for (int lost = 2; lost <= 5; ++lost) {
    const auto store =
        OpenThrough(std::make_shared<LossyTransport>(
                        [lost](const HttpRequest&, int number) { return number == lost; }),
                    base::SystemClock(), FreshFolder());
    const base::Outcome outcome = store->PutFile("large", from);
    EXPECT_TRUE(outcome.applied()) << lost << ": " << outcome.status();
    EXPECT_TRUE(store->Get("large").value_or("?") == bytes) << lost;
  }
  (void)base::RemoveAll(folder);
}

}  // namespace
}  // namespace laminar::storage
