#include "control/checkpoint/savepoint.h"

#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/checkpoint/state_directory_for_test.h"
#include "storage/faulty_store.h"
#include "storage/memory_store_for_test.h"

namespace laminar::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SavepointTest : public testing::Test {
 protected:
  SavepointTest()
      : directory_(StateDirectory::OpenOver(std::make_unique<BorrowedStoreForTest>(store_),
                                            StateOptionsForTest())
                       .value()) {
    for (int subtask = 0; subtask < 2; ++subtask) {
      EXPECT_TRUE(store_.Put(StateFileKeyForTest(7, 2, subtask), StateFileBytesForTest(7, subtask))
                      .applied());
    }
  }
  absl::Status Create(const std::string& name) {
    return CreateSavepoint(store_, ManifestForTest(), name);
  }

  storage::MemoryStore store_;
  StateDirectory directory_;
};

TEST_F(SavepointTest, OutlivesItsCheckpoint) {
  ASSERT_EQ(Create("nightly"), absl::OkStatus());
  for (int subtask = 0; subtask < 2; ++subtask) {
    ASSERT_TRUE(store_.Delete(StateFileKeyForTest(7, 2, subtask)).applied());
  }
  const VerifyReport report = VerifySavepoint(store_, "nightly");
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.num_objects, 3);
  const Manifest manifest = ReadSavepoint(store_, "nightly").value();
  EXPECT_EQ(manifest.header.savepoint, "nightly");
  EXPECT_EQ(manifest.header.epoch.value, 7);
  EXPECT_EQ(manifest.sinks, ManifestForTest().sinks);
  EXPECT_EQ(ReachableObjects(manifest)[0].key,
            "savepoints/nightly/" + StateFileKeyForTest(7, 2, 0));
}

TEST_F(SavepointTest, CanBeMadeOfASavepoint) {
  ASSERT_EQ(Create("first"), absl::OkStatus());
  ASSERT_EQ(CreateSavepoint(store_, ReadSavepoint(store_, "first").value(), "second"),
            absl::OkStatus());
  ASSERT_EQ(RemoveSavepoint(directory_, "first"), absl::OkStatus());
  EXPECT_TRUE(VerifySavepoint(store_, "second").ok());
  EXPECT_EQ(ReachableObjects(ReadSavepoint(store_, "second").value())[0].key,
            "savepoints/second/" + StateFileKeyForTest(7, 2, 0));
}

TEST_F(SavepointTest, IsListedAndRemoved) {
  EXPECT_THAT(ListSavepoints(store_).value(), ElementsAre());
  ASSERT_EQ(Create("b"), absl::OkStatus());
  ASSERT_EQ(Create("a"), absl::OkStatus());
  EXPECT_THAT(ListSavepoints(store_).value(), ElementsAre("a", "b"));
  EXPECT_EQ(RemoveSavepoint(directory_, "a"), absl::OkStatus());
  EXPECT_THAT(ListSavepoints(store_).value(), ElementsAre("b"));
  EXPECT_TRUE(store_.List("savepoints/a/").value().empty());
  EXPECT_TRUE(VerifySavepoint(store_, "b").ok());
  EXPECT_TRUE(absl::IsNotFound(RemoveSavepoint(directory_, "a")));
  EXPECT_TRUE(absl::IsNotFound(ReadSavepoint(store_, "a").status()));
}

// Completes an epoch of a job that went on from the savepoint: it names objects of it beside one of
// its own.
Manifest GoOnFrom(StateDirectory& directory, const std::string& savepoint) {
  Manifest manifest = ReadSavepoint(directory.store(), savepoint).value();
  manifest.header.pipeline = directory.pipeline();
  manifest.header.epoch = {8};
  manifest.header.generation = directory.log().ClaimGeneration("next").value();
  manifest.operators[0].tables[0].files.push_back(
      {.object = StoredObjectForTest(StateFileKeyForTest(7, 2, 0), "of this pipeline"),
       .epoch = {8},
       .key_group_begin = 0,
       .key_group_end = 128,
       .num_rows = 1});
  EXPECT_TRUE(directory.store().Put(StateFileKeyForTest(7, 2, 0), "of this pipeline").applied());
  const std::string bytes = EncodeManifest(manifest);
  EpochRecord record;
  record.epoch = manifest.header.epoch;
  record.generation = manifest.header.generation;
  record.manifest = StoredObjectForTest("manifests/g1-e8.json", bytes);
  record.nonce = "x";
  EXPECT_TRUE(directory.store().Put(record.manifest.key, bytes).applied());
  EXPECT_TRUE(directory.log().AppendEpoch(record).applied());
  return manifest;
}

TEST_F(SavepointTest, StaysWhileACheckpointNeedsIt) {
  ASSERT_EQ(Create("first"), absl::OkStatus());
  GoOnFrom(directory_, "first");
  const absl::Status status = RemoveSavepoint(directory_, "first");
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("checkpoint 8"));
  EXPECT_TRUE(VerifySavepoint(store_, "first").ok());
}

TEST_F(SavepointTest, KeepsObjectsApartThatHadOneNameInTwoPlaces) {
  ASSERT_EQ(Create("first"), absl::OkStatus());
  const Manifest manifest = GoOnFrom(directory_, "first");
  ASSERT_EQ(CreateSavepoint(store_, manifest, "second"), absl::OkStatus());
  const VerifyReport report = VerifySavepoint(store_, "second");
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.num_objects, 4);
  ASSERT_EQ(CreateSavepoint(store_, ReadSavepoint(store_, "second").value(), "third"),
            absl::OkStatus());
  EXPECT_TRUE(VerifySavepoint(store_, "third").ok());
}

TEST_F(SavepointTest, NeverReplacesAnother) {
  ASSERT_EQ(Create("nightly"), absl::OkStatus());
  EXPECT_TRUE(absl::IsAlreadyExists(Create("nightly")));
}

TEST_F(SavepointTest, RefusesNamesThatCannotBeKeysOrMeanSomethingElse) {
  const std::string names[] = {
      "", "a/b", "..", "a b", "17", "ä", "latest", "none", "a.b", "-a", std::string(101, 'a')};
  for (const std::string& name : names) {
    EXPECT_TRUE(absl::IsInvalidArgument(Create(name))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(RemoveSavepoint(directory_, name))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(ReadSavepoint(store_, name).status())) << name;
  }
  EXPECT_EQ(Create("2026-11_x"), absl::OkStatus());
  EXPECT_TRUE(store_.List("savepoints/a").value().empty());
}

TEST_F(SavepointTest, OfADamagedCheckpointIsNotMade) {
  store_.Damage(StateFileKeyForTest(7, 2, 1), StateFileBytesForTest(7, 0));
  const absl::Status status = Create("nightly");
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(StateFileKeyForTest(7, 2, 1)));
  EXPECT_THAT(ListSavepoints(store_).value(), ElementsAre());
}

TEST_F(SavepointTest, IsMadeAgainWhereAnAttemptWasCutOff) {
  ASSERT_TRUE(store_.Put("savepoints/nightly/data/left/over", "x").applied());
  ASSERT_EQ(Create("nightly"), absl::OkStatus());
  EXPECT_TRUE(absl::IsNotFound(store_.Head("savepoints/nightly/data/left/over").status()));
  ASSERT_TRUE(store_.Delete(SavepointManifestKey("nightly")).applied());
  EXPECT_THAT(ListSavepoints(store_).value(), ElementsAre());
  EXPECT_EQ(RemoveSavepoint(directory_, "nightly"), absl::OkStatus());
  EXPECT_TRUE(store_.List("savepoints/").value().empty());
}

TEST_F(SavepointTest, IsMadeWholeOrNotAtAllInAFailingStore) {
  int num_made = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    storage::FaultyStore store(std::make_unique<BorrowedStoreForTest>(store_),
                               {.seed = seed, .rates = storage::FaultRates::Failing(0.05)});
    const std::string name = "s" + std::to_string(seed);
    const absl::Status status = CreateSavepoint(store, ManifestForTest(), name);
    const bool listed = ReadSavepoint(store_, name).ok();
    if (status.ok()) {
      EXPECT_TRUE(listed);
      ++num_made;
    }
    if (listed) {
      EXPECT_TRUE(VerifySavepoint(store_, name).ok());
    }
  }
  EXPECT_GT(num_made, 5);
  EXPECT_LT(num_made, 60);
}

}  // namespace
}  // namespace laminar::control
