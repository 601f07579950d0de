#include "app/checkpoint_savepoint.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/checkpoint_catalog.h"
#include "control/checkpoint/state_directory_for_test.h"
#include "storage/memory_store_for_test.h"

namespace laminar::app {
namespace {

using control::StateFileKeyForTest;
using testing::ElementsAre;
using testing::HasSubstr;

// A bucket with checkpoints 1 to 3 of generation 1, of which all but the last are published.
class CheckpointSavepoint : public testing::Test {
 protected:
  CheckpointSavepoint()
      : directory_(control::StateDirectory::OpenOver(
                       std::make_unique<control::BorrowedStoreForTest>(store_),
                       control::StateOptionsForTest())
                       .value()) {
    EXPECT_TRUE(directory_.log().ClaimGeneration("run").ok());
    for (int64_t epoch = 1; epoch <= 3; ++epoch) {
      control::AddCheckpointForTest(directory_, epoch, 1);
    }
    EXPECT_TRUE(directory_.log().MarkCommitted({1}, {1}).applied());
  }

  std::vector<std::string> Ids() const {
    std::vector<std::string> ids;
    const absl::StatusOr<std::vector<CheckpointSummary>> summaries = ListCheckpoints(directory_);
    for (const CheckpointSummary& summary : *summaries) {
      ids.push_back(summary.id);
    }
    return ids;
  }
  bool IsThere(int64_t epoch) {
    return store_.Head(StateFileKeyForTest(epoch, 1, 0)).ok() &&
           store_.Head(StateFileKeyForTest(epoch, 1, 1)).ok();
  }

  storage::MemoryStore store_;
  control::StateDirectory directory_;
};

TEST_F(CheckpointSavepoint, RemovesACheckpointWithWhatNoOtherNeeds) {
  const absl::StatusOr<Removed> removed = RemoveCheckpoint(directory_, "1", /*force=*/false);
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(removed->what, "checkpoint 1");
  EXPECT_EQ(removed->num_objects, 3);
  EXPECT_GT(removed->bytes, 400);
  EXPECT_FALSE(store_.Head(StateFileKeyForTest(1, 1, 0)).ok());
  EXPECT_TRUE(IsThere(2));
  EXPECT_TRUE(IsThere(3));
  EXPECT_THAT(Ids(), ElementsAre("3", "2"));
}

TEST_F(CheckpointSavepoint, RemovesOutputThatIsNotPublishedOnlyByForce) {
  const absl::Status refused = RemoveCheckpoint(directory_, "2", /*force=*/false).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("--force"));
  EXPECT_TRUE(IsThere(2));
  EXPECT_TRUE(RemoveCheckpoint(directory_, "2", /*force=*/true).ok());
  EXPECT_THAT(Ids(), ElementsAre("3", "1"));
}

TEST_F(CheckpointSavepoint, NeverRemovesTheNewestCheckpoint) {
  EXPECT_TRUE(
      absl::IsFailedPrecondition(RemoveCheckpoint(directory_, "3", /*force=*/true).status()));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(RemoveCheckpoint(directory_, "latest", /*force=*/true).status()));
  EXPECT_TRUE(IsThere(3));
}

TEST_F(CheckpointSavepoint, RemovesNothingWhileItIsUnknownWhatOthersNeed) {
  store_.Damage(control::ManifestKey({1}, {2}), "{}");
  const absl::Status refused = RemoveCheckpoint(directory_, "1", /*force=*/false).status();
  EXPECT_TRUE(absl::IsDataLoss(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr(control::ManifestKey({1}, {2})));
  EXPECT_THAT(Ids(), ElementsAre("3", "2", "1"));
  EXPECT_TRUE(IsThere(1));
}

TEST_F(CheckpointSavepoint, CopiesTheNewestCheckpoint) {
  const absl::StatusOr<MadeSavepoint> made = MakeSavepoint(directory_, "nightly");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->epoch.value, 3);
  EXPECT_THAT(Ids(), ElementsAre("3", "2", "1", "nightly"));
  const absl::StatusOr<std::vector<CheckpointVerification>> verified =
      VerifyCheckpoints(directory_, "");
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(verified->size(), 4u);
  for (const CheckpointVerification& one : *verified) {
    EXPECT_TRUE(one.report.ok()) << one.id;
  }
  EXPECT_TRUE(absl::IsAlreadyExists(MakeSavepoint(directory_, "nightly").status()));
  const absl::StatusOr<Removed> removed = RemoveCheckpoint(directory_, "nightly", /*force=*/false);
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(removed->what, "savepoint nightly");
  EXPECT_EQ(removed->num_objects, 3);
  EXPECT_TRUE(IsThere(3));
}

TEST_F(CheckpointSavepoint, SaysWhichObjectOfTheNewestIsDamaged) {
  store_.Damage(StateFileKeyForTest(3, 1, 0), "other bytes");
  const absl::Status refused = MakeSavepoint(directory_, "nightly").status();
  EXPECT_TRUE(absl::IsDataLoss(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr(StateFileKeyForTest(3, 1, 0)));
  EXPECT_THAT(Ids(), ElementsAre("3", "2", "1"));
}

TEST_F(CheckpointSavepoint, NamesWhatThereIsWhenSomethingIsNot) {
  EXPECT_THAT(std::string(FindCheckpoint(directory_, "9").status().message()),
              HasSubstr("there are: 3, 2, 1"));
  EXPECT_TRUE(absl::IsNotFound(FindCheckpoint(directory_, "nightly").status()));
  EXPECT_TRUE(absl::IsNotFound(VerifyCheckpoints(directory_, "nightly").status()));
  EXPECT_TRUE(absl::IsNotFound(RemoveCheckpoint(directory_, "nightly", false).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(FindCheckpoint(directory_, "none").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(MakeSavepoint(directory_, "17").status()));
}

}  // namespace
}  // namespace laminar::app
