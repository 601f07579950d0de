#include "control/checkpoint/state_directory.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/process_identity.h"
#include "control/checkpoint/state_directory_check.h"
#include "control/checkpoint/state_directory_for_test.h"
#include "control/checkpoint/state_directory_identity.h"
#include "storage/faulty_store.h"
#include "storage/memory_store_for_test.h"

namespace laminar::control {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class StateFolderTest : public testing::Test {
 protected:
  StateFolderTest()
      : parent_(base::MakeTemporaryFolder("state").value()),
        folder_(base::JoinPath(parent_, "state")) {}
  ~StateFolderTest() override { base::RemoveAll(parent_).IgnoreError(); }

  absl::StatusOr<StateDirectory> Open(StateAccess access = StateAccess::kRun) {
    return StateDirectory::Open(StateOptionsForTest(folder_, access));
  }
  std::string Path(const std::string& name) const { return base::JoinPath(folder_, name); }
  // Makes a state directory with two checkpoints.
  void Fill() {
    StateDirectory directory = Open().value();
    ASSERT_EQ(directory.log().ClaimGeneration("a").value().value, 1);
    AddCheckpointForTest(directory, 1, 1);
    AddCheckpointForTest(directory, 2, 1);
  }
  // What opening says, with the place in it.
  absl::Status Problem(StateAccess access = StateAccess::kRun) {
    const absl::Status status = Open(access).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr(folder_));
    return status;
  }

  std::string parent_;
  std::string folder_;
};

TEST_F(StateFolderTest, IsMadeOnceAndKeepsItsPipeline) {
  std::string pipeline;
  {
    const StateDirectory directory = Open().value();
    EXPECT_TRUE(directory.is_new());
    pipeline = directory.pipeline();
    EXPECT_THAT(pipeline, testing::MatchesRegex("pl-[a-z0-9]{20}"));
  }
  const StateDirectory directory = Open().value();
  EXPECT_FALSE(directory.is_new());
  EXPECT_EQ(directory.pipeline(), pipeline);
}

TEST_F(StateFolderTest, MayBeAnEmptyFolderThatIsThere) {
  ASSERT_EQ(base::MakeFolders(Path("lost+found")), absl::OkStatus());
  ASSERT_EQ(base::WriteWholeFile(Path(".DS_Store"), "x"), absl::OkStatus());
  EXPECT_TRUE(Open().value().is_new());
}

TEST_F(StateFolderTest, KeepsCheckpointsBetweenProcesses) {
  Fill();
  StateDirectory directory = Open().value();
  EXPECT_EQ(directory.log().ListEpochs().value().size(), 2u);
}

TEST_F(StateFolderTest, InUseIsRefusedAndNamesTheProcess) {
  const StateDirectory directory = Open().value();
  const absl::Status status = Problem();
  EXPECT_TRUE(absl::IsAlreadyExists(status));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(std::to_string(base::ProcessId())), HasSubstr(base::HostName())));
  EXPECT_TRUE(absl::IsAlreadyExists(Problem(StateAccess::kChange)));
  EXPECT_TRUE(Open(StateAccess::kInspect).ok());
}

TEST_F(StateFolderTest, InUseIsRefusedEvenWhenNobodyKnowsByWhom) {
  const StateDirectory directory = Open().value();
  ASSERT_EQ(base::WriteWholeFile(Path(kOwnerFileName), "damaged"), absl::OkStatus());
  EXPECT_THAT(std::string(Problem().message()), HasSubstr("another process"));
  ASSERT_EQ(base::RemoveFile(Path(kOwnerFileName)), absl::OkStatus());
  EXPECT_THAT(std::string(Problem().message()), HasSubstr("another process"));
}

TEST_F(StateFolderTest, IsNotMadeByCommandsThatLookAtIt) {
  EXPECT_TRUE(absl::IsNotFound(Problem(StateAccess::kInspect)));
  EXPECT_TRUE(absl::IsNotFound(Problem(StateAccess::kChange)));
  EXPECT_FALSE(base::FileExists(folder_));
  ASSERT_EQ(base::MakeFolders(folder_), absl::OkStatus());
  EXPECT_TRUE(absl::IsNotFound(Problem(StateAccess::kInspect)));
}

TEST_F(StateFolderTest, MustNotBeAFile) {
  ASSERT_EQ(base::WriteWholeFile(folder_, "x"), absl::OkStatus());
  EXPECT_TRUE(absl::IsInvalidArgument(Problem()));
}

TEST_F(StateFolderTest, NeedsAParent) {
  folder_ = base::JoinPath(folder_, "deeper");
  const absl::Status status = Problem();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("mkdir -p"));
}

TEST_F(StateFolderTest, IsNotLookedForBelowAFile) {
  ASSERT_EQ(base::WriteWholeFile(folder_, "x"), absl::OkStatus());
  const std::string file = folder_;
  for (const char* below : {"state", "some/state"}) {
    folder_ = base::JoinPath(file, below);
    const absl::Status status = Problem();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr(file + " is a file"));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("mkdir")));
  }
}

TEST_F(StateFolderTest, MustBeWritable) {
  folder_ = "/proc/self/state";  // also root cannot make it
  const absl::Status status = Open().status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be written"));
}

TEST_F(StateFolderTest, HoldsNothingForeign) {
  ASSERT_EQ(base::MakeFolders(folder_), absl::OkStatus());
  ASSERT_EQ(base::WriteWholeFile(Path("thesis.txt"), "x"), absl::OkStatus());
  absl::Status status = Problem();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("thesis.txt"));
  ASSERT_EQ(base::RemoveFile(Path("thesis.txt")), absl::OkStatus());
  Fill();
  ASSERT_EQ(base::WriteWholeFile(Path("thesis.txt"), "x"), absl::OkStatus());
  EXPECT_TRUE(absl::IsFailedPrecondition(Problem()));
}

TEST_F(StateFolderTest, WithoutLaminarJsonIsNoEmptyStart) {
  Fill();
  ASSERT_EQ(base::RemoveFile(Path("laminar.json")), absl::OkStatus());
  for (const auto access : {StateAccess::kRun, StateAccess::kChange, StateAccess::kInspect}) {
    const absl::Status status = Problem(access);
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("laminar.json is gone"));
  }
  // Even when nothing but the log is left.
  for (const char* name : {"manifests", "data"}) {
    ASSERT_EQ(base::RemoveAll(Path(name)), absl::OkStatus());
  }
  EXPECT_TRUE(absl::IsDataLoss(Problem()));
}

TEST_F(StateFolderTest, WithoutItsLogIsNoEmptyStart) {
  Fill();
  ASSERT_EQ(base::RemoveFile(Path("metadata.sqlite")), absl::OkStatus());
  const absl::Status status = Problem();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("metadata.sqlite is gone"));
  EXPECT_FALSE(base::FileExists(Path("metadata.sqlite")));
}

TEST_F(StateFolderTest, WithAnotherLogIsNoEmptyStart) {
  Fill();
  const std::string filled = folder_;
  folder_ = base::JoinPath(parent_, "other");
  ASSERT_TRUE(Open().ok());
  ASSERT_EQ(base::RenameFile(Path("metadata.sqlite"), base::JoinPath(filled, "metadata.sqlite")),
            absl::OkStatus());
  folder_ = filled;
  const absl::Status status = Problem();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("manifests/g1-e1.json"));
}

TEST_F(StateFolderTest, GoesOnMakingWhatWasCutOff) {
  ASSERT_EQ(base::MakeFolders(folder_), absl::OkStatus());
  ASSERT_EQ(base::WriteWholeFile(Path("metadata.sqlite"), ""), absl::OkStatus());
  EXPECT_TRUE(Open().value().is_new());
  ASSERT_EQ(base::RemoveFile(Path("laminar.json")), absl::OkStatus());
  EXPECT_TRUE(Open().value().is_new());
}

TEST_F(StateFolderTest, OfALaterVersionIsRefusedNamingBothVersions) {
  ASSERT_TRUE(Open().ok());
  ASSERT_EQ(base::WriteWholeFile(Path("laminar.json"),
                                 EncodeStateIdentity({.format_version = kStateFormatVersion + 1,
                                                      .pipeline = "pl-x",
                                                      .created_by = "9.9.9",
                                                      .created = {}})),
            absl::OkStatus());
  const absl::Status status = Problem();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("laminar 9.9.9"), HasSubstr("laminar 0.1.0"), HasSubstr("format 2"),
                    HasSubstr("another state directory")));
}

TEST_F(StateFolderTest, NoticesEveryFlipInLaminarJson) {
  ASSERT_TRUE(Open().ok());
  const std::string bytes = base::ReadWholeFile(Path("laminar.json")).value();
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
    ASSERT_EQ(base::WriteWholeFile(Path("laminar.json"), damaged), absl::OkStatus());
    const absl::Status status = Problem(StateAccess::kInspect);
    EXPECT_TRUE(absl::IsDataLoss(status)) << i;
    EXPECT_THAT(std::string(status.message()), HasSubstr("laminar.json"));
  }
}

TEST(StateIdentity, RefusesIdsThatAreNone) {
  for (const char* id : {"", "a/b", "a_b", "ä", "a b"}) {
    const StateIdentity identity{
        .format_version = 1, .pipeline = id, .created_by = "0.1.0", .created = {}};
    EXPECT_TRUE(
        absl::IsDataLoss(DecodeStateIdentity(EncodeStateIdentity(identity), "x", "0.1.0").status()))
        << id;
  }
}

TEST(StateDirectoryLocation, MustBeOne) {
  EXPECT_FALSE(StateDirectory::Open(StateOptionsForTest("")).ok());
  EXPECT_FALSE(StateDirectory::Open(StateOptionsForTest("ftp://somewhere/x")).ok());
}

// A store that several state directories share, as a bucket is shared.
class RemoteStateTest : public testing::Test {
 protected:
  absl::StatusOr<StateDirectory> Open(StateAccess access = StateAccess::kRun) {
    return StateDirectory::OpenOver(std::make_unique<BorrowedStoreForTest>(store_),
                                    StateOptionsForTest("", access));
  }
  void Fill() {
    StateDirectory directory = Open().value();
    ASSERT_EQ(directory.log().ClaimGeneration("a").value().value, 1);
    AddCheckpointForTest(directory, 1, 1);
  }
  void RemoveBelow(const std::string& prefix) {
    const auto objects = store_.List(prefix).value();
    for (const storage::ObjectInfo& object : objects) {
      ASSERT_TRUE(store_.Delete(object.key).applied());
    }
  }

  storage::MemoryStore store_;
};

TEST_F(RemoteStateTest, IsMadeOnceAndKeepsItsPipeline) {
  const StateDirectory first = Open().value();
  const StateDirectory second = Open().value();
  EXPECT_TRUE(first.is_new());
  EXPECT_FALSE(second.is_new());
  EXPECT_EQ(first.pipeline(), second.pipeline());
}

TEST_F(RemoteStateTest, IsNotMadeByCommandsThatLookAtIt) {
  EXPECT_TRUE(absl::IsNotFound(Open(StateAccess::kInspect).status()));
  EXPECT_TRUE(absl::IsNotFound(Open(StateAccess::kChange).status()));
}

TEST_F(RemoteStateTest, ThatCannotBeReachedIsAnsweredWithTheRemedy) {
  for (const StateAccess access : {StateAccess::kRun, StateAccess::kInspect}) {
    const storage::FaultRates all = {.refused = 1};
    const absl::Status status =
        StateDirectory::OpenOver(
            std::make_unique<storage::FaultyStore>(std::make_unique<BorrowedStoreForTest>(store_),
                                                   storage::FaultyStore::Options{.rates = all}),
            StateOptionsForTest("", access))
            .status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("unavailable (injected)"), HasSubstr("check the URL")));
  }
}

TEST_F(RemoteStateTest, WithoutLaminarJsonIsNoEmptyStart) {
  Fill();
  RemoveBelow("laminar.json");
  EXPECT_TRUE(absl::IsDataLoss(Open().status()));
  EXPECT_TRUE(absl::IsDataLoss(Open(StateAccess::kInspect).status()));
  RemoveBelow("manifests/");
  RemoveBelow("data/");
  EXPECT_TRUE(absl::IsDataLoss(Open().status()));
  RemoveBelow("log/");
  EXPECT_TRUE(Open().value().is_new());
}

TEST_F(RemoteStateTest, WithoutItsLogIsNoEmptyStart) {
  Fill();
  RemoveBelow("log/");
  const absl::Status status = Open().status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("log of checkpoints was lost"));
}

// Opens a new state directory in a store with one fault in its n-th PutIfAbsent.
absl::Status OpenWithFault(int64_t nth, storage::StoreFault fault) {
  storage::FaultyStore::Options options;
  options.script = {
      {.operation = storage::StoreOperation::kPutIfAbsent, .nth = nth, .fault = fault}};
  return StateDirectory::OpenOver(std::make_unique<storage::FaultyStore>(
                                      std::make_unique<storage::MemoryStore>(), options),
                                  StateOptionsForTest())
      .status();
}

TEST_F(RemoteStateTest, IsMadeWhenAnswersAreLost) {
  constexpr int64_t kBehindTheProbe = 3;
  EXPECT_EQ(OpenWithFault(kBehindTheProbe, storage::StoreFault::kAnswerLost), absl::OkStatus());
  EXPECT_EQ(OpenWithFault(kBehindTheProbe, storage::StoreFault::kRequestLost), absl::OkStatus());
  EXPECT_TRUE(absl::IsUnavailable(OpenWithFault(kBehindTheProbe, storage::StoreFault::kRefused)));
}

// A store that overwrites what it should refuse to.
class CarelessStore : public BorrowedStoreForTest {
 public:
  using BorrowedStoreForTest::BorrowedStoreForTest;
  base::Outcome PutIfAbsent(const std::string& key, std::string_view bytes) override {
    return Put(key, bytes);
  }
};

TEST_F(RemoteStateTest, NeedsAStoreThatKeepsTwoWritersApart) {
  const absl::Status status =
      StateDirectory::OpenOver(std::make_unique<CarelessStore>(store_), StateOptionsForTest())
          .status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_TRUE(store_.List("").value().empty());
}

}  // namespace
}  // namespace laminar::control
