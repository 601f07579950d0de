#include "connectors/api/part_file_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "connectors/api/harness_for_test.h"

namespace laminar::connectors {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct MemberForTest final : PartFileSet::Member {
  MemberForTest(std::string name_in, std::vector<std::string>& calls_in)
      : name(std::move(name_in)), calls(calls_in) {}
  absl::Status Suspend() override { return Call("suspend "); }
  absl::Status Spill() override { return Call("spill "); }
  absl::Status Call(const std::string& what) {
    calls.push_back(what + name);
    return fails ? base::Unavailable(what + "failed") : absl::OkStatus();
  }

  const std::string name;
  std::vector<std::string>& calls;
  bool fails = false;
};

class PartFileSetTest : public ::testing::Test {
 protected:
  const TestFolder folder_;
  std::vector<std::string> calls_;
  MemberForTest a_{"a", calls_};
  MemberForTest b_{"b", calls_};
  MemberForTest c_{"c", calls_};
};

TEST_F(PartFileSetTest, SuspendsTheLeastRecentlyUsedFile) {
  PartFileSet set(folder_.path(), /*buffer_bytes_max=*/100, /*open_max=*/2);
  set.Used(a_);
  EXPECT_TRUE(set.HasRoom());
  set.Used(b_);
  EXPECT_FALSE(set.HasRoom());
  set.Used(a_);
  ASSERT_TRUE(set.MakeRoom().ok());
  EXPECT_THAT(calls_, ElementsAre("suspend b"));
  set.Used(c_);
  set.Closed(c_);
  set.Closed(c_);
  ASSERT_TRUE(set.MakeRoom().ok());
  EXPECT_THAT(calls_, ElementsAre("suspend b"));
  set.Used(b_);
  a_.fails = true;
  EXPECT_FALSE(set.MakeRoom().ok());
}

TEST_F(PartFileSetTest, SpillsTheLargestBuffers) {
  PartFileSet set(folder_.path(), /*buffer_bytes_max=*/100);
  set.SetBuffered(a_, 40);
  set.SetBuffered(b_, 60);
  ASSERT_TRUE(set.BoundBuffered().ok());
  EXPECT_THAT(calls_, IsEmpty());
  set.SetBuffered(c_, 50);
  ASSERT_TRUE(set.BoundBuffered().ok());
  EXPECT_THAT(calls_, ElementsAre("spill b"));
  EXPECT_EQ(set.bytes_buffered(), 90);
  set.SetBuffered(a_, 0);
  set.SetBuffered(c_, 200);
  c_.fails = true;
  EXPECT_FALSE(set.BoundBuffered().ok());
  EXPECT_EQ(set.bytes_buffered(), 0);
}

TEST_F(PartFileSetTest, KnowsWhichFoldersAreNotSynced) {
  const std::string root = folder_.File("root");
  PartFileSet set(root, /*buffer_bytes_max=*/100);
  ASSERT_TRUE(set.MakeFolder(root).ok());
  EXPECT_THAT(set.unsynced(), ElementsAre(folder_.path()));
  ASSERT_TRUE(set.SyncFolders().ok());
  EXPECT_THAT(set.unsynced(), IsEmpty());
  // Another writer may have made it, and not synced it yet.
  ASSERT_TRUE(base::MakeFolders(root + "/a=1/b=2").ok());
  ASSERT_TRUE(set.MakeFolder(root + "/a=1/b=2").ok());
  EXPECT_THAT(set.unsynced(), ElementsAre(root, root + "/a=1"));
  ASSERT_TRUE(set.MakeFolder(root).ok());
  ASSERT_TRUE(base::RemoveAll(root).ok());
  EXPECT_FALSE(set.SyncFolders().ok());
}

}  // namespace
}  // namespace laminar::connectors
