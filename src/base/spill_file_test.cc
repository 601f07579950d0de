#include "base/spill_file.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/disk_space.h"
#include "base/file.h"
#include "base/resident_memory.h"
#include "base/thread.h"

namespace laminar::base {
namespace {

constexpr int64_t kMebibyte = 1 << 20;

class SpillFileTest : public testing::Test {
 protected:
  SpillFileTest() : folder_(*MakeTemporaryFolder("spill")) {}
  ~SpillFileTest() override { RemoveAll(folder_).IgnoreError(); }

  std::unique_ptr<SpillFile> Open(int64_t bytes_max = 256 * kMebibyte,
                                  int64_t resident_bytes_max = int64_t{1} << 40) {
    return *SpillFile::Open(
        {.folder = folder_, .bytes_max = bytes_max, .resident_bytes_max = resident_bytes_max});
  }

  const std::string folder_;
};

TEST_F(SpillFileTest, HandsOutZeroedBlocksThatKeepWhatIsWritten) {
  const auto file = Open();
  uint8_t* const first = *file->Allocate(10'000);
  uint8_t* const second = *file->Allocate(300'000);
  EXPECT_EQ(file->used_bytes(), 12'288 + 303'104);
  EXPECT_TRUE(std::all_of(second, second + 300'000, [](uint8_t byte) { return byte == 0; }));
  std::memset(first, 1, 10'000);
  std::memset(second, 2, 300'000);
  EXPECT_EQ(first[9'999], 1);
  EXPECT_EQ(second[0], 2);
  file->Free(first, 10'000);
  uint8_t* const again = *file->Allocate(10'000);
  EXPECT_TRUE(std::all_of(again, again + 10'000, [](uint8_t byte) { return byte == 0; }));
  file->Free(again, 10'000);
  file->Free(second, 300'000);
  EXPECT_EQ(file->used_bytes(), 0);
}

// Else the mapping would be longer than the file, and an access behind its end a signal.
TEST_F(SpillFileTest, SaysWhenTheFileCannotBeAsLargeAsItsMapping) {
  const auto limited = [this] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {static_cast<rlim_t>(kMebibyte), static_cast<rlim_t>(kMebibyte)};
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto file = SpillFile::Open(
        {.folder = folder_, .bytes_max = 256 * kMebibyte, .resident_bytes_max = int64_t{1} << 40});
    const bool says_so =
        file.status().message().find("cannot make a spill file") != std::string_view::npos;
    _exit(says_so ? 0 : 1);
  };
  EXPECT_EXIT(limited(), testing::ExitedWithCode(0), "");
}

TEST_F(SpillFileTest, LeavesNoNameInItsFolder) {
  const auto file = Open();
  EXPECT_TRUE(ListFolder(folder_)->empty());
}

TEST_F(SpillFileTest, GivesTheDiskBackWithTheBlocks) {
  const auto file = Open();
  std::vector<uint8_t*> blocks;
  for (int i = 0; i < 64; ++i) {
    blocks.push_back(*file->Allocate(kMebibyte));
    std::memset(blocks.back(), i, kMebibyte);
  }
  EXPECT_GE(file->DiskBytes(), 64 * kMebibyte);
  for (uint8_t* block : blocks) {
    file->Free(block, kMebibyte);
  }
  for (int i = 0; i < 1000 && file->DiskBytes() > 10 * kMebibyte; ++i) {
    SleepNanos(10'000'000);
  }
  EXPECT_LT(file->DiskBytes(), 10 * kMebibyte);
}

TEST_F(SpillFileTest, KeepsTheProcessWithinWhatMayBeResidentAndLosesNothing) {
  const int64_t limit = ResidentMemory() + 16 * kMebibyte;
  const auto file = Open(256 * kMebibyte, limit);
  std::vector<uint8_t*> blocks;
  int64_t highest = 0;
  for (int i = 0; i < 512; ++i) {
    blocks.push_back(*file->Allocate(256 << 10));
    std::memset(blocks.back(), i & 0xff, 256 << 10);
    highest = std::max(highest, ResidentMemory());
  }
  EXPECT_LT(highest, limit + 4 * kMebibyte);
  for (size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_TRUE(std::all_of(blocks[i], blocks[i] + (256 << 10),
                            [&](uint8_t byte) { return byte == (i & 0xff); }));
    file->TrimResidency();
    highest = std::max(highest, ResidentMemory());
    file->Free(blocks[i], 256 << 10);
  }
  EXPECT_LT(highest, limit + 4 * kMebibyte);
}

TEST_F(SpillFileTest, RefusesMoreThanItMayHoldAndTakesBlocksAgainOnceSomeCameBack) {
  const auto file = Open(kMebibyte);
  uint8_t* const block = *file->Allocate(kMebibyte / 2);
  const absl::Status refused = file->Allocate(kMebibyte).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(refused.message(), "spill limit reached: " + folder_);
  file->Free(block, kMebibyte / 2);
  uint8_t* const again = *file->Allocate(kMebibyte);
  file->Free(again, kMebibyte);
}

TEST_F(SpillFileTest, ReportsAFullDiskAsAnErrorBeforeABlockIsUsed) {
  int64_t left = 9 * kMebibyte;
  const auto file = *SpillFile::Open({.folder = folder_,
                                      .bytes_max = 256 * kMebibyte,
                                      .resident_bytes_max = int64_t{1} << 40,
                                      .reserve = [&](int, int64_t, int64_t bytes) {
                                        if (bytes > left) {
                                          return ENOSPC;
                                        }
                                        left -= bytes;
                                        return 0;
                                      }});
  uint8_t* const first = *file->Allocate(8 * kMebibyte);
  uint8_t* const second = *file->Allocate(kMebibyte);  // less than a step is left
  const absl::Status full = file->Allocate(4096).status();
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(full.message().find(ToAbsl(folder_)), absl::string_view::npos);
  file->Free(first, 8 * kMebibyte);
  file->Free(second, kMebibyte);
}

TEST_F(SpillFileTest, StopsAtTheEndOfARealDisk) {
  const std::string disk = folder_ + "/small";
  ASSERT_TRUE(MakeFolders(disk).ok());
  if (mount("none", disk.c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "may not mount a small disk here; the injected one stands for it";
  }
  {
    EXPECT_TRUE(GetDiskSpace(disk)->in_memory);
    const auto file = *SpillFile::Open(
        {.folder = disk, .bytes_max = 256 * kMebibyte, .resident_bytes_max = int64_t{1} << 40});
    std::vector<uint8_t*> blocks;
    absl::StatusOr<uint8_t*> block = file->Allocate(kMebibyte);
    for (; block.ok(); block = file->Allocate(kMebibyte)) {
      std::memset(*block, 1, kMebibyte);
      blocks.push_back(*block);
    }
    EXPECT_EQ(block.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(blocks.size(), 4U);
    for (uint8_t* at : blocks) {
      file->Free(at, kMebibyte);
    }
    block = file->Allocate(kMebibyte);
    ASSERT_TRUE(block.ok());
    file->Free(*block, kMebibyte);
  }
  EXPECT_EQ(umount(disk.c_str()), 0);
}

TEST_F(SpillFileTest, NamesAFolderThatCannotHoldIt) {
  const absl::Status status =
      SpillFile::Open({.folder = folder_ + "/absent", .bytes_max = 1, .resident_bytes_max = 1})
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(status.message().find(ToAbsl(folder_ + "/absent")), absl::string_view::npos);
}

TEST_F(SpillFileTest, PrefersFoldersOnADiskThatMayBeWritten) {
  EXPECT_EQ(ChooseDiskFolder({folder_ + "/absent", "/dev/shm", folder_}), folder_);
  EXPECT_EQ(ChooseDiskFolder({folder_ + "/absent"}), folder_ + "/absent");
  EXPECT_EQ(ChooseDiskFolder({}), "");
  EXPECT_GT(GetDiskSpace(folder_)->free_bytes, 0);
  EXPECT_EQ(GetDiskSpace(folder_ + "/absent").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace laminar::base
