#include "base/machine_memory.h"

#include <limits>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/shared_budget.h"

namespace laminar::base {
namespace {

class MachineMemory : public testing::Test {
 protected:
  ~MachineMemory() override { RemoveAll(root_).IgnoreError(); }
  void Write(const std::string& folder, const std::string& file, const std::string& text) {
    ASSERT_TRUE(MakeFolders(root_ + folder).ok());
    ASSERT_TRUE(WriteWholeFile(root_ + folder + "/" + file, text).ok());
  }

  // Of this test alone: others run at the same time.
  const std::string root_ = *MakeTemporaryFolder("laminar_machine_memory_test");
};

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

TEST_F(MachineMemory, IsPositive) {
  EXPECT_GT(MachineMemoryBytes(), 64 << 20);
  EXPECT_LT(MachineMemoryBytes(), int64_t{1} << 50);
}

TEST_F(MachineMemory, IsTheLeastLimitOfTheGroupsOfVersion2) {
  Write("/a", "memory.max", "5000000000\n");
  Write("/a/b", "memory.max", "max\n");
  EXPECT_EQ(ControlGroupMemoryBytes("0::/a/b\n", root_), 5'000'000'000);
  Write("/a/b", "memory.max", "4096\n");
  EXPECT_EQ(ControlGroupMemoryBytes("0::/a/b\n", root_), 4096);
}

TEST_F(MachineMemory, IsTheLimitOfTheMemoryGroupOfVersion1) {
  Write("/memory/c", "memory.limit_in_bytes", "123456\n");
  Write("/memory", "memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(ControlGroupMemoryBytes("3:cpu:/x\n9:hugetlb,memory:/c\n", root_), 123456);
}

TEST_F(MachineMemory, HasNoLimitWithoutGroupsOrWithUnreadableText) {
  EXPECT_EQ(ControlGroupMemoryBytes("", root_), kNoLimit);
  EXPECT_EQ(ControlGroupMemoryBytes("nonsense\n0:\n0::x\n0::/gone\n", root_), kNoLimit);
}

TEST(SharedBudget, RefusesWhatExceedsTheLimitAndTakesNothingThen) {
  SharedBudget budget(100);
  EXPECT_TRUE(budget.TryTake(60));
  EXPECT_FALSE(budget.TryTake(41));
  EXPECT_EQ(budget.used(), 60);
  EXPECT_TRUE(budget.TryTake(40));
  budget.GiveBack(100);
  EXPECT_EQ(budget.used(), 0);
}

}  // namespace
}  // namespace laminar::base
