#include "engine/worker/worker_memory.h"

#include "gtest/gtest.h"

#include "base/file.h"

namespace laminar::engine {
namespace {

constexpr int64_t kMebibyte = 1 << 20;
// So large that what the process really has resident does not matter.
constexpr int64_t kLimit = int64_t{1} << 40;
constexpr int64_t kBlock = 64 << 10;

class WorkerSpill : public testing::Test {
 protected:
  WorkerSpill() : folder_(*base::MakeTemporaryFolder("spill")) {}
  ~WorkerSpill() override { base::RemoveAll(folder_).IgnoreError(); }

  WorkerSpillOptions Options(int64_t bytes_max = 0) const {
    return {.enabled = true, .folder = folder_, .bytes_max = bytes_max};
  }

  const std::string folder_;
};

TEST_F(WorkerSpill, BeginsAtHalfOfTheBudgetAndLaterForWhatIsUsedOften) {
  WorkerMemory memory(kLimit, Options());
  EXPECT_EQ(memory.SpillFor(kBlock, MemoryBudget::Use::kSeldom), nullptr);
  ASSERT_TRUE(memory.Charge("state", kLimit / 2).ok());
  EXPECT_NE(memory.SpillFor(kBlock, MemoryBudget::Use::kSeldom), nullptr);
  EXPECT_EQ(memory.SpillFor(kBlock, MemoryBudget::Use::kOften), nullptr);
  EXPECT_EQ(memory.SpillFor(100, MemoryBudget::Use::kSeldom), nullptr) << "too small";
  ASSERT_TRUE(memory.Charge("state", kLimit / 4).ok());
  EXPECT_NE(memory.SpillFor(kBlock, MemoryBudget::Use::kOften), nullptr);
  EXPECT_TRUE(memory.Charge("state", -kLimit / 4 * 3).ok());
  EXPECT_EQ(memory.SpillFor(kBlock, MemoryBudget::Use::kSeldom), nullptr);
}

TEST_F(WorkerSpill, BeginsSoonerWhereTheProcessHasMoreResidentThanIsCharged) {
  WorkerMemory memory(2 * kMebibyte, Options());
  EXPECT_EQ(memory.SpillFor(kBlock, MemoryBudget::Use::kSeldom), nullptr);
  ASSERT_TRUE(memory.Charge("state", kMebibyte * 6 / 10).ok());
  EXPECT_NE(memory.SpillFor(kBlock, MemoryBudget::Use::kSeldom), nullptr);
  EXPECT_TRUE(memory.Charge("state", -kMebibyte * 6 / 10).ok());
}

TEST_F(WorkerSpill, NamesBudgetFolderAndRemedyWhenBothAreUsedUp) {
  WorkerMemory memory(10 * kMebibyte, Options(kMebibyte));
  ASSERT_TRUE(memory.Charge("state", 9 * kMebibyte).ok());
  StateSpill* spill = memory.SpillFor(kMebibyte, MemoryBudget::Use::kSeldom);
  ASSERT_NE(spill, nullptr);
  uint8_t* block = spill->Allocate(kMebibyte);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(memory.spilled_bytes(), kMebibyte);
  EXPECT_EQ(spill->Allocate(kBlock), nullptr);
  EXPECT_EQ(memory.SpillFor(kBlock, MemoryBudget::Use::kSeldom), nullptr);
  EXPECT_EQ(memory.Charge("keyed state", 2 * kMebibyte).message(),
            "out of memory budget: keyed state asked for 2 MiB, 9 MiB of 10 MiB are in use; 1 MiB "
            "of state are in " +
                folder_ + ", which takes no more (spill limit reached: " + folder_ +
                "): give worker.spill-dir a disk with room, or raise worker.spill-limit or "
                "worker.memory-limit");
  spill->Free(block, kMebibyte);
  EXPECT_NE(memory.SpillFor(kBlock, MemoryBudget::Use::kSeldom), nullptr);
  EXPECT_TRUE(memory.Charge("state", -9 * kMebibyte).ok());
}

TEST_F(WorkerSpill, SaysThatWhatIsRefusedCannotSpill) {
  WorkerMemory memory(10 * kMebibyte, Options());
  EXPECT_EQ(memory.Charge("window", 11 * kMebibyte).message(),
            "out of memory budget: window asked for 11 MiB, 0 MiB of 10 MiB are in use; 0 MiB of "
            "state are in " +
                folder_ + ", and this cannot be put there: raise worker.memory-limit");
}

TEST_F(WorkerSpill, IsLeftOutUnlessEnabled) {
  WorkerMemory memory(10 * kMebibyte);
  ASSERT_TRUE(memory.Charge("state", 9 * kMebibyte).ok());
  EXPECT_EQ(memory.SpillFor(kBlock, MemoryBudget::Use::kSeldom), nullptr);
  EXPECT_TRUE(memory.Charge("state", -9 * kMebibyte).ok());
}

WorkerSpillOptions WithRocksDb(WorkerSpillOptions options) {
  options.backend = StateBackend::kRocksDb;
  return options;
}

TEST_F(WorkerSpill, RowsGoToTheRowStoreBeforeStateSpills) {
  constexpr int64_t kSixteenth = 16 * kMebibyte * 1024;
  WorkerMemory memory(16 * kSixteenth, WithRocksDb(Options()));
  EXPECT_EQ(memory.RowStoreFor(), nullptr);
  ASSERT_TRUE(memory.Charge("state", 15 * kSixteenth / 2).ok());
  EXPECT_EQ(memory.SpillFor(kBlock, MemoryBudget::Use::kSeldom), nullptr);
  RowStore* store = memory.RowStoreFor();
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(memory.RowStoreFor(), store);
  EXPECT_EQ(memory.used_bytes(),
            15 * kSixteenth / 2 + RowStore::MemoryBytesOf(memory.limit_bytes()));
  EXPECT_EQ(store->folder().find(folder_), 0U);
  ASSERT_TRUE(memory.Charge("state", -15 * kSixteenth / 2).ok());
  EXPECT_EQ(memory.RowStoreFor(), nullptr) << "there is room again";
}

TEST_F(WorkerSpill, RowsStayWhereTheRowStoreCannotBe) {
  WorkerSpillOptions options = WithRocksDb(Options());
  options.folder = "/dev/null";
  WorkerMemory memory(kLimit, options);
  ASSERT_TRUE(memory.Charge("state", kLimit / 2).ok());
  EXPECT_EQ(memory.RowStoreFor(), nullptr);
  EXPECT_EQ(memory.used_bytes(), kLimit / 2);
  ASSERT_TRUE(memory.Charge("state", -kLimit / 2).ok());
}

TEST_F(WorkerSpill, RowsStayWithTheBackendMemoryOrWithoutSpilling) {
  for (const WorkerSpillOptions& options : {Options(), WithRocksDb(WorkerSpillOptions{})}) {
    WorkerMemory memory(kLimit, options);
    ASSERT_TRUE(memory.Charge("state", kLimit / 2).ok());
    EXPECT_EQ(memory.RowStoreFor(), nullptr);
    ASSERT_TRUE(memory.Charge("state", -kLimit / 2).ok());
  }
}

}  // namespace
}  // namespace laminar::engine
