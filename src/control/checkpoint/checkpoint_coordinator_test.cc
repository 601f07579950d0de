#include "control/checkpoint/checkpoint_coordinator.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "control/metadata/object_log.h"
#include "storage/faulty_store.h"
#include "storage/memory_store_for_test.h"

namespace laminar::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kMillisecond = 1'000'000;

// Waits for `condition` on another thread's doings; false after ten seconds.
bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) {
      return true;
    }
    base::SleepNanos(kMillisecond);
  }
  return false;
}

// A job of one task, which stores an object for every barrier at once.
class FakeJob : public CheckpointTarget {
 public:
  FakeJob(storage::ObjectStore& store, data::Generation generation)
      : store_(store), generation_(generation) {}

  void SendBarrier(data::Barrier barrier) override {
    {
      base::MutexLock lock(mutex_);
      barriers_.push_back(barrier);
    }
    if (answers_barriers_) {
      Report(barrier.epoch, /*ended=*/false);
    }
  }
  base::Outcome Commit(const rpc::SinkCommit& commit) override {
    base::MutexLock lock(mutex_);
    if (num_unknown_ > 0) {
      --num_unknown_;
      return base::Outcome::Unknown(base::Unavailable("the sink is away"));
    }
    published_.push_back(commit.commit);
    return base::Outcome::Applied();
  }

  void Report(data::Epoch epoch, bool ended) {
    const std::string bytes = "rows of epoch " + std::to_string(epoch.value);
    const rpc::StoredObject object = {.key = "data/g" + std::to_string(generation_.value) + "/e" +
                                             std::to_string(epoch.value) +
                                             "/0000000000000001/t-0-1.parquet",
                                      .bytes = static_cast<int64_t>(bytes.size()),
                                      .crc32c = base::Crc32c(bytes)};
    while (stores_objects_ && !store_.Put(object.key, bytes).applied()) {
    }
    rpc::TaskSnapshot part;
    part.task = "all_0/0";
    part.generation = generation_;
    part.epoch = epoch;
    part.ended = ended;
    rpc::TableState table;
    table.name = "t";
    table.files = {{.object = object, .epoch = epoch, .key_group_begin = 0, .key_group_end = 256}};
    part.operators = {{.op = {1}, .name = "all", .description = "", .tables = {table}}};
    part.sink = rpc::SinkState{.op = {1}, .name = "all", .subtask = 0, .state = "", .commits = {}};
    part.sink->commits = {"output " + std::to_string(epoch.value)};
    coordinator_->OnTaskSnapshot(std::move(part));
  }
  std::vector<std::string> published() const {
    base::MutexLock lock(mutex_);
    return published_;
  }
  bool stopping() const {
    base::MutexLock lock(mutex_);
    return !barriers_.empty() && barriers_.back().stop;
  }

  storage::ObjectStore& store_;
  const data::Generation generation_;
  CheckpointCoordinator* coordinator_ = nullptr;
  bool answers_barriers_ = true;
  bool stores_objects_ = true;
  mutable base::Mutex mutex_;
  int num_unknown_ LAMINAR_GUARDED_BY(mutex_) = 0;
  std::vector<data::Barrier> barriers_ LAMINAR_GUARDED_BY(mutex_);
  std::vector<std::string> published_ LAMINAR_GUARDED_BY(mutex_);
};

// One attempt: claims a generation and runs a coordinator over a fake job.
class Attempt {
 public:
  Attempt(storage::ObjectStore& store, const std::string& nonce, int64_t interval_nanos)
      : log_(MakeObjectLog(store)), nonce_(nonce), job_(store, Claim(*log_, nonce)) {
    options_.core.interval_nanos = interval_nanos;
    options_.core.pauses = {.first_nanos = kMillisecond, .max_nanos = 5 * kMillisecond};
    options_.retention.num_complete = 2;
    options_.header.generation = job_.generation_;
    options_.header.num_key_groups = 256;
    options_.nonce = nonce_;
  }

  static data::Generation Claim(CheckpointLog& log, const std::string& nonce) {
    while (true) {
      if (const auto generation = log.ClaimGeneration(nonce); generation.ok()) {
        return *generation;
      }
    }
  }
  CheckpointHistory History() {
    while (true) {
      if (auto history = log_->Read(); history.ok()) {
        return *std::move(history);
      }
    }
  }
  void Start() {
    const CheckpointHistory history = History();
    CoordinatorStart start;
    start.generation = job_.generation_;
    start.newest_epoch = history.newest_epoch;
    start.tasks = {"all_0/0"};
    coordinator_ = std::make_unique<CheckpointCoordinator>(
        options_, std::move(start), base::SystemClock(), job_.store_, *log_, job_,
        [this](EndReason reason, const absl::Status& status, data::Epoch epoch) {
          base::MutexLock lock(mutex_);
          ended_ = {{reason, status, epoch}};
        });
    job_.coordinator_ = coordinator_.get();
    coordinator_->Start();
  }
  bool WaitForComplete(int64_t epoch) {
    return Eventually([&] { return coordinator_->Progress().committed.value >= epoch; });
  }
  std::optional<effect::Ended> WaitForEnd() {
    Eventually([&] { return ended().has_value(); });
    return ended();
  }
  std::optional<effect::Ended> ended() {
    base::MutexLock lock(mutex_);
    return ended_;
  }

  std::unique_ptr<CheckpointLog> log_;
  std::string nonce_;
  FakeJob job_;
  CheckpointCoordinatorOptions options_;
  base::Mutex mutex_;
  std::optional<effect::Ended> ended_ LAMINAR_GUARDED_BY(mutex_);
  std::unique_ptr<CheckpointCoordinator> coordinator_;
};

// What a request was answered with, on whatever thread.
class Answer {
 public:
  void Take(absl::StatusOr<data::Epoch> epoch) {
    base::MutexLock lock(mutex_);
    epoch_ = std::move(epoch);
  }
  std::optional<absl::StatusOr<data::Epoch>> Get() {
    base::MutexLock lock(mutex_);
    return epoch_;
  }

 private:
  base::Mutex mutex_;
  std::optional<absl::StatusOr<data::Epoch>> epoch_ LAMINAR_GUARDED_BY(mutex_);
};

std::vector<std::string> KeysOf(storage::ObjectStore& store, const std::string& prefix) {
  std::vector<std::string> keys;
  const std::vector<storage::ObjectInfo> listed = *store.List(prefix);
  for (const storage::ObjectInfo& info : listed) {
    keys.push_back(info.key);
  }
  return keys;
}

TEST(CheckpointCoordinator, TakesCheckpointsAndStopsWithALastOne) {
  storage::MemoryStore store;
  Attempt attempt(store, "first", kMillisecond);
  attempt.Start();
  ASSERT_TRUE(attempt.WaitForComplete(5));
  attempt.coordinator_->RequestStop();
  const auto ended = attempt.WaitForEnd();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->reason, EndReason::kStopped);
  EXPECT_TRUE(ended->status.ok());
  EXPECT_TRUE(attempt.job_.stopping());
  const CheckpointHistory history = attempt.History();
  EXPECT_EQ(history.newest_epoch, ended->epoch);
  EXPECT_TRUE(history.epochs.front().committed);
  const std::vector<std::string> published = attempt.job_.published();
  EXPECT_EQ(published.size(), ended->epoch.value);
  EXPECT_EQ(published.back(), "output " + std::to_string(ended->epoch.value));
  const Manifest manifest = *DecodeManifest(*store.Get(history.epochs.front().manifest.key),
                                            history.epochs.front().manifest.key);
  EXPECT_TRUE(manifest.header.stopped);
}

TEST(CheckpointCoordinator, LeavesNothingThatNoKeptCheckpointReaches) {
  storage::MemoryStore store;
  ASSERT_TRUE(store.Put("data/g0/not-ours", "x").applied());
  {
    Attempt attempt(store, "first", kMillisecond);
    ASSERT_TRUE(store.Put("data/g1/e1/0000000000000001/t-9-9.parquet", "a leftover").applied());
    attempt.Start();
    ASSERT_TRUE(attempt.WaitForComplete(7));
    attempt.coordinator_->RequestStop();
    ASSERT_TRUE(attempt.WaitForEnd().has_value());
    EXPECT_EQ(KeysOf(store, "manifests/").size(), 2);
    EXPECT_EQ(KeysOf(store, "data/g1/").size(), 3);  // two epochs, and what may be on its way
  }
  Attempt attempt(store, "second", 0);
  attempt.Start();
  ASSERT_TRUE(Eventually([&] { return KeysOf(store, "data/g1/").size() == 2; }));
  EXPECT_EQ(KeysOf(store, "data/g0/").size(), 1);
}

TEST(CheckpointCoordinator, FinishesWhenEveryTaskHasEnded) {
  storage::MemoryStore store;
  Attempt attempt(store, "first", 0);
  attempt.Start();
  attempt.job_.Report({1}, /*ended=*/true);
  const auto ended = attempt.WaitForEnd();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->reason, EndReason::kFinished);
  EXPECT_THAT(attempt.job_.published(), ElementsAre("output 1"));
}

TEST(CheckpointCoordinator, KeepsSavepointsAndSaysWhenTheyAreComplete) {
  storage::MemoryStore store;
  Attempt attempt(store, "first", kMillisecond);
  attempt.Start();
  Answer taken;
  attempt.coordinator_->TriggerCheckpoint(
      "before-upgrade", [&](absl::StatusOr<data::Epoch> epoch) { taken.Take(std::move(epoch)); });
  ASSERT_TRUE(Eventually([&] { return taken.Get().has_value(); }));
  const auto answer = taken.Get();
  ASSERT_TRUE(answer->ok());
  ASSERT_TRUE(attempt.WaitForComplete((*answer)->value + 8));
  attempt.coordinator_->RequestStop();
  ASSERT_TRUE(attempt.WaitForEnd().has_value());
  const CheckpointHistory history = attempt.History();
  ASSERT_NE(history.Find(**answer), nullptr);
  EXPECT_EQ(history.Find(**answer)->savepoint, "before-upgrade");
  EXPECT_EQ(history.epochs.size(), 3);
}

TEST(CheckpointCoordinator, StopsWhenALaterGenerationHasBegun) {
  storage::MemoryStore store;
  Attempt attempt(store, "first", kMillisecond);
  attempt.Start();
  ASSERT_TRUE(attempt.WaitForComplete(2));
  Attempt later(store, "second", 0);
  const auto ended = attempt.WaitForEnd();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->reason, EndReason::kFenced);
}

TEST(CheckpointCoordinator, FailsWhenATaskNamesAnObjectThatIsNotThere) {
  storage::MemoryStore store;
  Attempt attempt(store, "first", kMillisecond);
  attempt.job_.stores_objects_ = false;
  attempt.Start();
  const auto ended = attempt.WaitForEnd();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->reason, EndReason::kFailed);
  EXPECT_THAT(std::string(ended->status.message()), HasSubstr("data/g1/e1/"));
  EXPECT_THAT(KeysOf(store, "manifests/"), IsEmpty());
}

TEST(CheckpointCoordinator, PublishesOnceThoughStoreAndSinkFailAgainAndAgain) {
  storage::FaultyStore store(std::make_unique<storage::MemoryStore>(),
                             {.seed = 7, .rates = storage::FaultRates::Failing(0.2)});
  Attempt attempt(store, "first", kMillisecond);
  {
    base::MutexLock lock(attempt.job_.mutex_);
    attempt.job_.num_unknown_ = 10;
  }
  attempt.Start();
  ASSERT_TRUE(attempt.WaitForComplete(20));
  attempt.coordinator_->RequestStop();
  const auto ended = attempt.WaitForEnd();
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->reason, EndReason::kStopped);
  std::vector<std::string> expected;
  for (int64_t epoch = 1; epoch <= ended->epoch.value; ++epoch) {
    expected.push_back("output " + std::to_string(epoch));
  }
  EXPECT_EQ(attempt.job_.published(), expected);
}

TEST(CheckpointCoordinator, SaysWhatItWaitsForAndGivesUpWhenDestroyed) {
  storage::MemoryStore store;
  Attempt attempt(store, "first", kMillisecond);
  attempt.job_.answers_barriers_ = false;
  attempt.Start();
  ASSERT_TRUE(Eventually([&] {
    return attempt.coordinator_->Progress().waits_for.find("all_0/0") != std::string::npos;
  }));
  attempt.coordinator_.reset();
  EXPECT_FALSE(attempt.ended().has_value());
}

}  // namespace
}  // namespace laminar::control
