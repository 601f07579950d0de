#include "base/scratch_folder.h"

#include <algorithm>
#include <csignal>
#include <optional>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"

namespace laminar::base {
namespace {

// Each test has a prefix that nobody else uses.
class ScratchFolderTest : public testing::Test {
 protected:
  ScratchFolderTest() : own_(*MakeTemporaryFolder("laminar-scratch-test")) {}
  ~ScratchFolderTest() override { RemoveAll(own_).IgnoreError(); }

  std::string Prefix() const { return std::string(FileName(own_)) + "-"; }
  ScratchFolder Make() const { return *ScratchFolder::Make(Prefix()); }
  // Folders and files beside them.
  int64_t NumLeft() const {
    const std::vector<std::string> names = *ListFolder(std::string(FolderName(own_)));
    return std::ranges::count_if(
        names, [this](const std::string& name) { return name.starts_with(Prefix()); });
  }

  const std::string own_;
};

TEST_F(ScratchFolderTest, IsEmptyAndItsOwn) {
  const ScratchFolder first = Make();
  const ScratchFolder second = Make();
  EXPECT_NE(first.path(), second.path());
  EXPECT_TRUE(ListFolder(first.path())->empty());
}

TEST_F(ScratchFolderTest, GoesWithItsOwnerWhoeverThatIs) {
  {
    ScratchFolder first = Make();
    ASSERT_TRUE(WriteWholeFile(JoinPath(first.path(), "file"), "bytes").ok());
    const ScratchFolder second = std::move(first);
    EXPECT_TRUE(FileExists(JoinPath(second.path(), "file")));
  }
  EXPECT_EQ(NumLeft(), 0);
}

TEST_F(ScratchFolderTest, LiesWhereItIsWanted) {
  {
    const ScratchFolder folder = *ScratchFolder::Make("files", own_);
    EXPECT_EQ(FolderName(folder.path()), own_);
    EXPECT_TRUE(IsFolder(folder.path()));
  }
  EXPECT_TRUE(ListFolder(own_)->empty());
  const auto nowhere = ScratchFolder::Make("files", JoinPath(own_, "none"));
  EXPECT_EQ(nowhere.status().code(), absl::StatusCode::kNotFound) << nowhere.status();
}

TEST_F(ScratchFolderTest, OfOneThatLivesStays) {
  const ScratchFolder first = Make();
  ASSERT_TRUE(WriteWholeFile(JoinPath(first.path(), "file"), "bytes").ok());
  const ScratchFolder second = Make();
  EXPECT_TRUE(FileExists(JoinPath(first.path(), "file")));
}

TEST_F(ScratchFolderTest, OfOneThatWasKilledGoesWithTheNext) {
  EXPECT_EXIT(
      {
        const ScratchFolder folder = Make();
        WriteWholeFile(JoinPath(folder.path(), "file"), "bytes").IgnoreError();
        kill(getpid(), SIGKILL);
      },
      testing::KilledBySignal(SIGKILL), "");
  EXPECT_EQ(NumLeft(), 2);
  {
    const ScratchFolder next = Make();
  }
  EXPECT_EQ(NumLeft(), 0);
}

TEST_F(ScratchFolderTest, OfWhomNobodyKnowsWhetherHeLivesStays) {
  const std::string unknown = JoinPath(FolderName(own_), Prefix() + ".unknown");
  ASSERT_TRUE(MakeFolders(unknown).ok());
  {
    const ScratchFolder next = Make();
  }
  EXPECT_TRUE(IsFolder(unknown));
  EXPECT_TRUE(RemoveAll(unknown).ok());
}

TEST_F(ScratchFolderTest, ThatCannotBeMadeIsAnError) {
  EXPECT_FALSE(ScratchFolder::Make("no/such/folder").ok());
}

}  // namespace
}  // namespace laminar::base
