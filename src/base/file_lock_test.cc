#include "base/file_lock.h"

#include <optional>

#include <gtest/gtest.h>

#include "base/file.h"

namespace laminar::base {
namespace {

class FileLockTest : public testing::Test {
 protected:
  FileLockTest() : folder_(MakeTemporaryFolder("laminar-file-lock-test").value()) {}
  ~FileLockTest() override { (void)RemoveAll(folder_); }
  std::string Path(const std::string& name) const { return JoinPath(folder_, name); }

  std::string folder_;
};

TEST_F(FileLockTest, IsHeldByOneAtATime) {
  std::optional<FileLock> first = FileLock::TryAcquire(Path("lock")).value();
  const auto second = FileLock::TryAcquire(Path("lock"));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_NE(FromAbsl(second.status().message()).find(Path("lock")), std::string_view::npos);
  first.reset();
  EXPECT_TRUE(FileLock::TryAcquire(Path("lock")).ok());
}

TEST_F(FileLockTest, MovesWithItsOwner) {
  FileLock first = FileLock::TryAcquire(Path("lock")).value();
  const FileLock second = std::move(first);
  EXPECT_FALSE(FileLock::TryAcquire(Path("lock")).ok());
  EXPECT_EQ(second.path(), Path("lock"));
}

TEST_F(FileLockTest, MadeNewLeavesFilesThatAreThereAlone) {
  ASSERT_TRUE(WriteWholeFile(Path("lock"), "").ok());
  EXPECT_EQ(FileLock::TryAcquireNew(Path("lock")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(FileLock::TryAcquireNew(Path("other")).ok());
}

TEST_F(FileLockTest, RemovesItsFile) {
  FileLock lock = FileLock::TryAcquire(Path("lock")).value();
  lock.RemoveFile();
  EXPECT_FALSE(FileExists(Path("lock")));
  lock.RemoveFile();
  EXPECT_TRUE(FileLock::TryAcquireNew(Path("lock")).ok());
}

TEST_F(FileLockTest, NamesAFolderThatIsMissing) {
  EXPECT_EQ(FileLock::TryAcquire(Path("no/lock")).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FileLockTest, RemovesOnlyFoldersThatAreEmpty) {
  ASSERT_TRUE(MakeFolders(Path("full")).ok());
  ASSERT_TRUE(WriteWholeFile(Path("full/file"), "x").ok());
  ASSERT_TRUE(MakeFolders(Path("empty")).ok());
  EXPECT_EQ(TryRemoveFolder(Path("full")).value(), false);
  EXPECT_EQ(TryRemoveFolder(Path("empty")).value(), true);
  EXPECT_EQ(TryRemoveFolder(Path("empty")).value(), false);
  EXPECT_EQ(TryRemoveFolder(Path("full/file")).value(), false);
  EXPECT_TRUE(FileExists(Path("full/file")));
}

}  // namespace
}  // namespace laminar::base
