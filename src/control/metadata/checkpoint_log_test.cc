// What every checkpoint log does, whatever it is kept in.
#include "control/metadata/checkpoint_log.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/thread.h"
#include "control/metadata/epoch_record_for_test.h"
#include "control/metadata/object_log.h"
#include "control/metadata/sqlite_log.h"
#include "storage/local_store.h"
#include "storage/memory_store_for_test.h"

namespace laminar::control {
namespace {

using State = base::Outcome::State;

class LogHome {
 public:
  virtual ~LogHome() = default;
  virtual std::unique_ptr<CheckpointLog> Open() = 0;
};

class SqliteHome : public LogHome {
 public:
  SqliteHome() : folder_(base::MakeTemporaryFolder("sqlite-log").value()) {
    EXPECT_EQ(CreateSqliteLog(Path(), base::SystemClock()), absl::OkStatus());
  }
  ~SqliteHome() override { base::RemoveAll(folder_).IgnoreError(); }
  std::unique_ptr<CheckpointLog> Open() override {
    return OpenSqliteLog(Path(), base::SystemClock()).value();
  }

 private:
  std::string Path() const { return base::JoinPath(folder_, "metadata.sqlite"); }
  std::string folder_;
};

class MemoryHome : public LogHome {
 public:
  std::unique_ptr<CheckpointLog> Open() override { return MakeObjectLog(store_); }

 private:
  storage::MemoryStore store_;
};

class LocalHome : public LogHome {
 public:
  LocalHome() : folder_(base::MakeTemporaryFolder("object-log").value()), store_(folder_) {}
  ~LocalHome() override { base::RemoveAll(folder_).IgnoreError(); }
  std::unique_ptr<CheckpointLog> Open() override { return MakeObjectLog(store_); }

 private:
  std::string folder_;
  storage::LocalStore store_;
};

struct HomeKind {
  const char* name;
  std::function<std::unique_ptr<LogHome>()> make;
};

class CheckpointLogTest : public testing::TestWithParam<HomeKind> {
 protected:
  void SetUp() override {
    home_ = GetParam().make();
    log_ = home_->Open();
  }

  // Claims a generation and completes epochs 1 to `num_epochs`.
  data::Generation Begin(int64_t num_epochs) {
    const data::Generation generation = log_->ClaimGeneration("begin").value();
    for (int64_t epoch = 1; epoch <= num_epochs; ++epoch) {
      EXPECT_TRUE(log_->AppendEpoch(EpochRecordForTest(epoch, generation)).applied());
    }
    return generation;
  }

  std::vector<int64_t> Epochs() {
    std::vector<int64_t> epochs;
    const std::vector<EpochRecord> records = home_->Open()->ListEpochs().value();
    for (const EpochRecord& record : records) {
      epochs.push_back(record.epoch.value);
    }
    return epochs;
  }

  std::unique_ptr<LogHome> home_;
  std::unique_ptr<CheckpointLog> log_;
};

INSTANTIATE_TEST_SUITE_P(
    Kinds,
    CheckpointLogTest,
    testing::Values(HomeKind{"Sqlite", [] { return std::make_unique<SqliteHome>(); }},
                    HomeKind{"MemoryObjects", [] { return std::make_unique<MemoryHome>(); }},
                    HomeKind{"LocalObjects", [] { return std::make_unique<LocalHome>(); }}),
    [](const auto& info) { return info.param.name; });

TEST_P(CheckpointLogTest, IsEmptyAtFirst) {
  const CheckpointHistory history = log_->Read().value();
  EXPECT_EQ(history, CheckpointHistory());
}

TEST_P(CheckpointLogTest, CountsGenerationsUpwards) {
  EXPECT_EQ(log_->ClaimGeneration("a").value().value, 1);
  EXPECT_EQ(log_->ClaimGeneration("b").value().value, 2);
  EXPECT_EQ(home_->Open()->ClaimGeneration("c").value().value, 3);
  EXPECT_EQ(log_->Read().value().generation.value, 3);
}

TEST_P(CheckpointLogTest, GivesTheSameGenerationForTheSameNonce) {
  EXPECT_EQ(log_->ClaimGeneration("a").value().value, 1);
  EXPECT_EQ(log_->ClaimGeneration("a").value().value, 1);
  EXPECT_EQ(home_->Open()->ClaimGeneration("a").value().value, 1);
}

TEST_P(CheckpointLogTest, ListsCompleteEpochsNewestFirst) {
  const data::Generation generation = Begin(2);
  const std::vector<EpochRecord> epochs = home_->Open()->ListEpochs().value();
  EXPECT_THAT(epochs, testing::ElementsAre(EpochRecordForTest(2, generation),
                                           EpochRecordForTest(1, generation)));
  EXPECT_EQ(log_->Read().value().newest_epoch.value, 2);
}

TEST_P(CheckpointLogTest, KeepsTextsOfAnyBytes) {
  const data::Generation generation = Begin(0);
  EpochRecord record = EpochRecordForTest(1, generation);
  record.savepoint = "vor Ärger \xff";
  record.savepoint += "' \"";
  ASSERT_TRUE(log_->AppendEpoch(record).applied());
  EXPECT_THAT(home_->Open()->ListEpochs().value(), testing::ElementsAre(record));
}

TEST_P(CheckpointLogTest, AppliesARepeatedAppendOnce) {
  const data::Generation generation = Begin(1);
  EXPECT_TRUE(log_->AppendEpoch(EpochRecordForTest(1, generation)).applied());
  EXPECT_TRUE(home_->Open()->AppendEpoch(EpochRecordForTest(1, generation)).applied());
  EXPECT_THAT(Epochs(), testing::ElementsAre(1));
}

TEST_P(CheckpointLogTest, RefusesAnEpochOfAnOlderGenerationAndNamesTheNewer) {
  const data::Generation old = Begin(1);
  ASSERT_TRUE(home_->Open()->ClaimGeneration("other").ok());
  const base::Outcome outcome = log_->AppendEpoch(EpochRecordForTest(2, old));
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_TRUE(CheckpointLog::IsFenced(outcome.status()));
  EXPECT_THAT(std::string(outcome.status().message()), testing::HasSubstr("generation 2"));
  EXPECT_THAT(Epochs(), testing::ElementsAre(1));
}

TEST_P(CheckpointLogTest, RefusesAnEpochNumberThatWasUsed) {
  const data::Generation generation = Begin(2);
  EpochRecord record = EpochRecordForTest(2, generation);
  record.nonce = "of another attempt";
  const base::Outcome outcome = log_->AppendEpoch(record);
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_TRUE(absl::IsAlreadyExists(outcome.status())) << outcome.status();
  EXPECT_EQ(log_->AppendEpoch(EpochRecordForTest(1, {7})).state(), State::kNotApplied);
}

TEST_P(CheckpointLogTest, RefusesAGenerationThatWasNeverClaimed) {
  const base::Outcome outcome = log_->AppendEpoch(EpochRecordForTest(1, {1}));
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_FALSE(CheckpointLog::IsFenced(outcome.status()));
}

TEST_P(CheckpointLogTest, ReadsBackWhatBecameOfARecord) {
  const data::Generation generation = Begin(1);
  EXPECT_TRUE(log_->ReadBack(EpochRecordForTest(1, generation)).applied());
  EXPECT_EQ(log_->ReadBack(EpochRecordForTest(2, generation)).state(), State::kUnknown);
  ASSERT_TRUE(home_->Open()->ClaimGeneration("other").ok());
  EXPECT_TRUE(log_->ReadBack(EpochRecordForTest(1, generation)).applied());
  const base::Outcome fenced = log_->ReadBack(EpochRecordForTest(2, generation));
  EXPECT_EQ(fenced.state(), State::kNotApplied);
  EXPECT_TRUE(CheckpointLog::IsFenced(fenced.status()));
}

TEST_P(CheckpointLogTest, RemembersWhatIsCommitted) {
  const data::Generation generation = Begin(2);
  EXPECT_TRUE(log_->MarkCommitted({1}, generation).applied());
  EXPECT_TRUE(log_->MarkCommitted({1}, generation).applied());
  const CheckpointHistory history = home_->Open()->Read().value();
  EXPECT_TRUE(history.Find({1})->committed);
  EXPECT_FALSE(history.Find({2})->committed);
}

TEST_P(CheckpointLogTest, RefusesToMarkWhatIsNotThereOrIsAnothersNow) {
  const data::Generation generation = Begin(1);
  const base::Outcome missing = log_->MarkCommitted({9}, generation);
  EXPECT_EQ(missing.state(), State::kNotApplied);
  EXPECT_TRUE(absl::IsNotFound(missing.status()));
  ASSERT_TRUE(home_->Open()->ClaimGeneration("other").ok());
  EXPECT_TRUE(CheckpointLog::IsFenced(log_->MarkCommitted({1}, generation).status()));
  EXPECT_TRUE(CheckpointLog::IsFenced(log_->RemoveEpochs({{1}}, generation).status()));
}

TEST_P(CheckpointLogTest, ForgetsRemovedEpochsAndNeverUsesTheirNumbersAgain) {
  const data::Generation generation = Begin(4);
  EXPECT_TRUE(log_->RemoveEpochs({{1}, {3}, {77}}, generation).applied());
  EXPECT_TRUE(log_->RemoveEpochs({{1}}, generation).applied());
  EXPECT_THAT(Epochs(), testing::ElementsAre(4, 2));
  EpochRecord again = EpochRecordForTest(3, generation);
  EXPECT_EQ(log_->AppendEpoch(again).state(), State::kNotApplied);
}

TEST_P(CheckpointLogTest, NeverRemovesTheNewestEpoch) {
  const data::Generation generation = Begin(2);
  const base::Outcome outcome = log_->RemoveEpochs({{1}, {2}}, generation);
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_TRUE(absl::IsFailedPrecondition(outcome.status()));
  EXPECT_THAT(Epochs(), testing::ElementsAre(2, 1));
}

TEST_P(CheckpointLogTest, KeepsHistoryThroughManyChanges) {
  const data::Generation generation = Begin(1);
  for (int64_t epoch = 2; epoch <= 40; ++epoch) {
    ASSERT_TRUE(log_->AppendEpoch(EpochRecordForTest(epoch, generation)).applied());
    ASSERT_TRUE(log_->MarkCommitted({epoch}, generation).applied());
    ASSERT_TRUE(log_->RemoveEpochs({{epoch - 2}}, generation).applied());
  }
  EXPECT_THAT(Epochs(), testing::ElementsAre(40, 39));
}

TEST_P(CheckpointLogTest, LetsACommandRemoveEpochsBesideARunningJob) {
  const data::Generation generation = Begin(3);
  ASSERT_TRUE(home_->Open()->RemoveEpochs({{1}}, generation).applied());
  EXPECT_TRUE(log_->AppendEpoch(EpochRecordForTest(4, generation)).applied());
  EXPECT_THAT(Epochs(), testing::ElementsAre(4, 3, 2));
}

TEST_P(CheckpointLogTest, GivesEveryoneAtOnceAGenerationOfItsOwn) {
  constexpr int kNumWriters = 4;
  constexpr int kNumClaims = 5;
  std::vector<std::vector<int64_t>> claimed(kNumWriters);
  {
    std::vector<base::Thread> threads;
    for (int writer = 0; writer < kNumWriters; ++writer) {
      threads.emplace_back("writer", [this, writer, &claimed] {
        const std::unique_ptr<CheckpointLog> log = home_->Open();
        for (int i = 0; i < kNumClaims; ++i) {
          const std::string nonce = std::to_string(writer) + "/" + std::to_string(i);
          claimed[writer].push_back(log->ClaimGeneration(nonce).value().value);
        }
      });
    }
    for (base::Thread& thread : threads) {
      thread.Join();
    }
  }
  std::vector<int64_t> all;
  for (const std::vector<int64_t>& of_one : claimed) {
    EXPECT_TRUE(std::is_sorted(of_one.begin(), of_one.end()));
    all.insert(all.end(), of_one.begin(), of_one.end());
  }
  std::sort(all.begin(), all.end());
  // Whoever was overtaken at once has claimed another one, so numbers may be left out.
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_EQ(all.size(), static_cast<size_t>(kNumWriters * kNumClaims));
  EXPECT_EQ(log_->Read().value().generation.value, all.back());
}

TEST_P(CheckpointLogTest, LetsOneOfTwoCompleteAnEpoch) {
  const data::Generation generation = Begin(0);
  std::vector<int> num_applied(2);
  {
    std::vector<base::Thread> threads;
    for (int writer = 0; writer < 2; ++writer) {
      threads.emplace_back("writer", [this, writer, generation, &num_applied] {
        const std::unique_ptr<CheckpointLog> log = home_->Open();
        for (int64_t epoch = 1; epoch <= 10; ++epoch) {
          EpochRecord record = EpochRecordForTest(epoch, generation);
          record.nonce += std::to_string(writer);
          const base::Outcome outcome = log->AppendEpoch(record);
          EXPECT_NE(outcome.state(), State::kUnknown) << outcome.status();
          num_applied[writer] += outcome.applied() ? 1 : 0;
        }
      });
    }
    for (base::Thread& thread : threads) {
      thread.Join();
    }
  }
  EXPECT_EQ(num_applied[0] + num_applied[1], static_cast<int>(Epochs().size()));
}

}  // namespace
}  // namespace laminar::control
