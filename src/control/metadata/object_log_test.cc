#include "control/metadata/object_log.h"

#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/metadata/epoch_record_for_test.h"
#include "storage/faulty_store.h"
#include "storage/memory_store_for_test.h"

namespace laminar::control {
namespace {

TEST(ObjectLog, NamesItsEntriesByPosition) {
  EXPECT_EQ(LogEntryKey(17), "log/000000000017.json");
  EXPECT_EQ(LogEntryPosition("log/000000000017.json"), 17);
  for (const char* key : {"log/17.json", "log/000000000000.json", "log/00000000001x.json",
                          "log/000000000017.json2", "other/000000000017.json", "log/", ""}) {
    EXPECT_EQ(LogEntryPosition(key), std::nullopt) << key;
  }
}

TEST(ObjectLog, OverlooksWhatIsNoEntry) {
  storage::MemoryStore store;
  ASSERT_TRUE(store.Put("log/notes.txt", "hello").applied());
  const auto log = MakeObjectLog(store);
  EXPECT_EQ(log->ClaimGeneration("a").value().value, 1);
  EXPECT_TRUE(store.Head("log/000000000001.json").ok());
}

// Somebody removes the newest entry. That it was there nobody can tell: the entry before it is what
// a process leaves that dies before it writes the newest. So each kind is one that can be repeated.
class ObjectLogWithoutItsNewestEntry : public testing::Test {
 protected:
  ObjectLogWithoutItsNewestEntry() {
    const auto log = MakeObjectLog(store_);
    EXPECT_TRUE(log->ClaimGeneration("a").ok());
    for (int64_t epoch = 1; epoch <= 3; ++epoch) {
      EXPECT_TRUE(log->AppendEpoch(EpochRecordForTest(epoch, kFirst)).applied());
      EXPECT_TRUE(log->MarkCommitted({epoch}, kFirst).applied());
    }
  }
  CheckpointHistory ReadWithoutIt() {
    const auto objects = store_.List(std::string(kObjectLogPrefix));
    EXPECT_TRUE(store_.Delete(objects->back().key).applied());
    return MakeObjectLog(store_)->Read().value();
  }

  static constexpr data::Generation kFirst{1};
  storage::MemoryStore store_;
};

TEST_F(ObjectLogWithoutItsNewestEntry, PublishesTheNewestEpochOnceMore) {
  const CheckpointHistory history = ReadWithoutIt();
  ASSERT_EQ(history.epochs.size(), 3U);
  EXPECT_EQ(history.newest_epoch.value, 3);
  EXPECT_FALSE(history.epochs[0].committed);
  EXPECT_TRUE(history.epochs[1].committed);
}

TEST_F(ObjectLogWithoutItsNewestEntry, RemovesEpochsOnceMore) {
  ASSERT_TRUE(MakeObjectLog(store_)->RemoveEpochs({{1}}, kFirst).applied());
  const CheckpointHistory history = ReadWithoutIt();
  EXPECT_EQ(history.epochs.size(), 3U);
  EXPECT_TRUE(history.epochs[0].committed);
}

TEST_F(ObjectLogWithoutItsNewestEntry, ClaimsItsGenerationOnceMore) {
  ASSERT_EQ(MakeObjectLog(store_)->ClaimGeneration("b")->value, 2);
  const CheckpointHistory history = ReadWithoutIt();
  EXPECT_EQ(history.generation, kFirst);
  EXPECT_EQ(history.newest_epoch.value, 3);
  EXPECT_EQ(MakeObjectLog(store_)->ClaimGeneration("c")->value, 2);
}

TEST(ObjectLog, LosesNothingInAStoreThatFailsEveryFifthCall) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    storage::FaultyStore store(std::make_unique<storage::MemoryStore>(),
                               {.seed = seed, .rates = storage::FaultRates::Failing(0.2)});
    const auto log = MakeObjectLog(store);
    absl::StatusOr<data::Generation> generation = log->ClaimGeneration("a");
    while (!generation.ok()) {
      generation = log->ClaimGeneration("a");
    }
    for (int64_t epoch = 1; epoch <= 30; ++epoch) {
      const EpochRecord record = EpochRecordForTest(epoch, *generation);
      while (!log->AppendEpoch(record).applied()) {
      }
      while (!log->MarkCommitted({epoch}, *generation).applied()) {
      }
    }
    store.StopFaults();
    const CheckpointHistory history = log->Read().value();
    EXPECT_EQ(history.epochs.size(), 30u);
    EXPECT_EQ(history.generation.value, 1);
    EXPECT_GT(store.num_faults(), 20);
  }
}

}  // namespace
}  // namespace laminar::control
