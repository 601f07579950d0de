#include "base/process_identity.h"

#include <set>

#include <gtest/gtest.h>

#include "base/entropy.h"

namespace laminar::base {
namespace {

TEST(ProcessIdentity, NamesProcessAndMachine) {
  EXPECT_GT(ProcessId(), 0);
  EXPECT_FALSE(HostName().empty());
}

TEST(SystemEntropy, NeverRepeats) {
  std::set<uint64_t> numbers;
  for (int i = 0; i < 1000; ++i) {
    numbers.insert(SystemEntropy());
  }
  EXPECT_EQ(numbers.size(), 1000u);
}

}  // namespace
}  // namespace laminar::base
