#include "control/checkpoint/recovery.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/checkpoint/savepoint.h"
#include "control/checkpoint/state_directory_for_test.h"
#include "control/checkpoint/verify.h"
#include "storage/memory_store_for_test.h"

namespace laminar::control {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

RestoreChoice Choice(const std::string& text) { return ParseRestoreChoice(text).value(); }

TEST(RestoreChoice, IsAWordANumberOrASavepoint) {
  EXPECT_EQ(Choice("latest").kind, RestoreChoice::Kind::kLatest);
  EXPECT_EQ(Choice("none").kind, RestoreChoice::Kind::kNone);
  EXPECT_EQ(Choice("17").epoch.value, 17);
  EXPECT_EQ(Choice("nightly_2").savepoint, "nightly_2");
  for (const char* text : {"", "0", "-1", "99999999999999999999", "a/b", "..", "a b"}) {
    const absl::Status status = ParseRestoreChoice(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
  }
}

class RecoveryTest : public testing::Test {
 protected:
  RecoveryTest() : directory_(Open()) {}

  StateDirectory Open() {
    return StateDirectory::OpenOver(std::make_unique<BorrowedStoreForTest>(store_),
                                    StateOptionsForTest())
        .value();
  }
  void Fill(int64_t num_epochs) {
    EXPECT_EQ(directory_.log().ClaimGeneration("a").value().value, 1);
    for (int64_t epoch = 1; epoch <= num_epochs; ++epoch) {
      AddCheckpointForTest(directory_, epoch, 1);
    }
  }
  absl::StatusOr<std::optional<RestorePoint>> Find(const std::string& choice = "latest") {
    return FindRestorePoint(directory_, Choice(choice));
  }
  std::string Message(const std::string& choice = "latest") {
    return std::string(Find(choice).status().message());
  }
  void MakeSavepoint(int64_t epoch, const std::string& name) {
    const CheckpointHistory history = directory_.log().Read().value();
    ASSERT_EQ(
        CreateSavepoint(store_,
                        ReadManifest(store_, directory_.pipeline(), *history.Find({epoch})).value(),
                        name),
        absl::OkStatus());
  }

  storage::MemoryStore store_;
  StateDirectory directory_;
};

TEST_F(RecoveryTest, BeginsAnewWhereNoEpochWasEverComplete) {
  EXPECT_FALSE(Find().value().has_value());
  ASSERT_TRUE(directory_.log().ClaimGeneration("a").ok());
  EXPECT_FALSE(Find().value().has_value());
}

TEST_F(RecoveryTest, GoesOnFromTheNewestCompleteEpoch) {
  Fill(3);
  const RestorePoint point = Find().value().value();
  EXPECT_EQ(point.manifest.header.epoch.value, 3);
  EXPECT_EQ(point.record->epoch.value, 3);
  EXPECT_TRUE(point.left_behind.empty());
  EXPECT_EQ(point.Name(), "checkpoint 3");
  // A manifest without a record is of an epoch that was never complete.
  const std::string bytes = EncodeManifest(ManifestForTest(4, 1));
  ASSERT_TRUE(store_.Put("manifests/g1-e4.json", bytes).applied());
  EXPECT_EQ(Find().value()->manifest.header.epoch.value, 3);
}

TEST_F(RecoveryTest, GoesOnFromAnOlderEpochWhenToldAndSaysWhatIsLeftBehind) {
  Fill(3);
  const RestorePoint point = Find("1").value().value();
  EXPECT_EQ(point.manifest.header.epoch.value, 1);
  ASSERT_EQ(point.left_behind.size(), 2u);
  EXPECT_EQ(point.left_behind[0].epoch.value, 3);
}

TEST_F(RecoveryTest, BeginsAnewWhenToldTo) {
  Fill(3);
  EXPECT_FALSE(Find("none").value().has_value());
}

TEST_F(RecoveryTest, NamesWhatThereIsWhenTheChosenOneIsNot) {
  Fill(2);
  MakeSavepoint(2, "nightly");
  EXPECT_TRUE(absl::IsNotFound(Find("7").status()));
  EXPECT_THAT(Message("7"), HasSubstr("there are: 2, 1, nightly"));
  EXPECT_TRUE(absl::IsNotFound(Find("weekly").status()));
  EXPECT_THAT(Message("weekly"), HasSubstr("there are: 2, 1, nightly"));
}

TEST_F(RecoveryTest, StopsAtADamagedManifestAndExplainsTheChoice) {
  Fill(6);
  MakeSavepoint(2, "nightly");
  store_.Damage("manifests/g1-e6.json", "{}");
  ASSERT_TRUE(store_.Delete(StateFileKeyForTest(4, 1, 0)).applied());
  EXPECT_TRUE(absl::IsDataLoss(Find().status()));
  EXPECT_THAT(Message(),
              AllOf(HasSubstr("checkpoint 6 cannot be restored"), HasSubstr("manifests/g1-e6.json"),
                    HasSubstr("--restore 5 (it verifies)"), HasSubstr("--restore 4 (no use, 1"),
                    HasSubstr("--restore 3 (it verifies)"), Not(HasSubstr("--restore 2")),
                    HasSubstr("--restore nightly"), HasSubstr("--restore none")));
  EXPECT_EQ(Find("5").value()->manifest.header.epoch.value, 5);
}

TEST_F(RecoveryTest, StopsAtAMissingObject) {
  Fill(2);
  ASSERT_TRUE(store_.Delete(StateFileKeyForTest(2, 1, 1)).applied());
  EXPECT_TRUE(absl::IsDataLoss(Find().status()));
  EXPECT_THAT(Message(), AllOf(HasSubstr(StateFileKeyForTest(2, 1, 1)), HasSubstr("is missing")));
}

TEST_F(RecoveryTest, StopsAtAMissingManifest) {
  Fill(2);
  ASSERT_TRUE(store_.Delete("manifests/g1-e2.json").applied());
  EXPECT_TRUE(absl::IsDataLoss(Find().status()));
  EXPECT_THAT(Message(), HasSubstr("manifests/g1-e2.json"));
}

TEST_F(RecoveryTest, ExplainsDamageThatShowsWhileLoading) {
  Fill(2);
  const RestorePoint point = Find().value().value();
  const absl::Status status = ExplainDamage(directory_, point, base::DataLoss("data/x is damaged"));
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("data/x is damaged"), HasSubstr("--restore 1 (it verifies)")));
}

TEST_F(RecoveryTest, GoesOnFromASavepoint) {
  Fill(3);
  MakeSavepoint(2, "nightly");
  const RestorePoint point = Find("nightly").value().value();
  EXPECT_EQ(point.Name(), "savepoint nightly");
  EXPECT_EQ(point.manifest.header.epoch.value, 2);
  EXPECT_FALSE(point.record.has_value());
  EXPECT_FALSE(point.foreign);
  ASSERT_EQ(point.left_behind.size(), 1u);
}

TEST_F(RecoveryTest, GoesOnFromACheckpointThatWasAskedForAsASavepoint) {
  Fill(1);
  EpochRecord record = directory_.log().ListEpochs().value().front();
  Manifest manifest = ReadManifest(store_, directory_.pipeline(), record).value();
  manifest.header.epoch = {2};
  const std::string bytes = EncodeManifest(manifest);
  record.epoch = {2};
  record.manifest = StoredObjectForTest("manifests/g1-e2.json", bytes);
  record.nonce = "asked for";
  record.savepoint = "nightly";
  ASSERT_TRUE(store_.Put(record.manifest.key, bytes).applied());
  ASSERT_TRUE(directory_.log().AppendEpoch(record).applied());
  AddCheckpointForTest(directory_, 3, 1);
  EXPECT_EQ(Find("nightly").value()->Name(), "checkpoint 2");
  EXPECT_THAT(Message("weekly"), HasSubstr("there are: 3, 2 (nightly), 1"));
}

TEST_F(RecoveryTest, StopsAtADamagedSavepoint) {
  Fill(2);
  MakeSavepoint(2, "nightly");
  MakeSavepoint(2, "weekly");
  store_.Damage("savepoints/nightly/manifest.json", "x");
  EXPECT_TRUE(absl::IsDataLoss(Find("nightly").status()));
  EXPECT_THAT(Message("nightly"),
              AllOf(HasSubstr("savepoints/nightly/manifest.json"), HasSubstr("--restore weekly"),
                    HasSubstr("--restore 2 (it verifies)"), Not(HasSubstr("--restore nightly"))));
}

TEST_F(RecoveryTest, KnowsASavepointOfAnotherPipeline) {
  Fill(1);
  MakeSavepoint(1, "nightly");
  // Its folder is copied to another store, under another name.
  storage::MemoryStore other;
  const auto objects = store_.List("savepoints/nightly/").value();
  for (const storage::ObjectInfo& object : objects) {
    const std::string rest = object.key.substr(std::string("savepoints/nightly/").size());
    ASSERT_TRUE(other.Put("savepoints/moved/" + rest, store_.Get(object.key).value()).applied());
  }
  StateDirectoryOptions options = StateOptionsForTest();
  options.random = [] { return 77; };
  const StateDirectory directory =
      StateDirectory::OpenOver(std::make_unique<BorrowedStoreForTest>(other), options).value();
  const RestorePoint point = FindRestorePoint(directory, Choice("moved")).value().value();
  EXPECT_TRUE(point.foreign);
  EXPECT_EQ(point.Name(), "savepoint moved");
  EXPECT_TRUE(VerifySavepoint(other, "moved").ok());
}

}  // namespace
}  // namespace laminar::control
