// A share of the simulation's seeds, and of the mistakes that it must find. More seeds:
// build/laminar-sim.
#include <cstdint>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "cluster.h"

namespace laminar::simulation {
namespace {

// Seeds within which every mistake has to be found; most are found within ten.
constexpr uint64_t kSeedsPerBug = 500;
constexpr uint64_t kSeedsPerShare = 400;

TEST(Simulation, GivesTheSameHistoryForTheSameSeed) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const HistoryResult first = RunHistory({.seed = seed});
    const HistoryResult second = RunHistory({.seed = seed});
    EXPECT_EQ(first.trace_hash, second.trace_hash);
    EXPECT_EQ(first.num_events, second.num_events);
    EXPECT_NE(first.trace_hash, RunHistory({.seed = seed + 1000}).trace_hash);
  }
}

// Seeds that once failed, each by a mistake of the protocol or of the model.
TEST(Simulation, KeepsWhatFailedOnce) {
  for (const uint64_t seed : {774, 1542, 2553, 2826, 2872, 3737, 1'000'460, 1'002'617}) {
    const HistoryResult result = RunHistory({.seed = seed});
    EXPECT_TRUE(result.violations.empty()) << "seed " << seed << ": " << result.violations.front();
  }
}

class ShareOfSeeds : public testing::TestWithParam<uint64_t> {};

TEST_P(ShareOfSeeds, HoldsTheOraclesAndRecovers) {
  const uint64_t first = 10'000 + GetParam() * kSeedsPerShare;
  HistoryResult total;
  for (uint64_t seed = first; seed < first + kSeedsPerShare; ++seed) {
    const HistoryResult result = RunHistory({.seed = seed});
    ASSERT_TRUE(result.violations.empty()) << "seed " << seed << ": " << result.violations.front();
    total.num_epochs += result.num_epochs;
    for (size_t i = 0; i < kNumFaultKinds; ++i) {
      total.num_faults[i] += result.num_faults[i];
    }
  }
  EXPECT_GT(total.num_epochs, 1000);
  for (size_t i = 0; i < kNumFaultKinds; ++i) {
    EXPECT_GT(total.num_faults[i], 0) << kFaultNames[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Simulation, ShareOfSeeds, testing::Range(uint64_t{0}, uint64_t{8}));

class EveryBug : public testing::TestWithParam<size_t> {};

TEST_P(EveryBug, IsFound) {
  const Bug bug = static_cast<Bug>(GetParam());
  for (uint64_t seed = 1; seed <= kSeedsPerBug; ++seed) {
    if (!RunHistory({.seed = seed, .bug = bug}).violations.empty()) {
      RecordProperty("seed", static_cast<int>(seed));
      return;
    }
  }
  FAIL() << kBugNames[GetParam()] << " was not found within " << kSeedsPerBug << " seeds";
}

std::string NameOfBug(const testing::TestParamInfo<size_t>& info) {
  std::string name(kBugNames[info.param]);
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Simulation, EveryBug, testing::Range(size_t{1}, kNumBugs), NameOfBug);

TEST(Simulation, LeavesOutWhatAFailingHistoryFailsWithout) {
  HistoryOptions options;
  options.bug = Bug::kForgetRestoredCommits;
  while (RunHistory(options).violations.empty()) {
    ++options.seed;
    ASSERT_LE(options.seed, kSeedsPerBug);
  }
  const size_t num_planned = RunHistory(options).plan.size();
  options.left_out = ReduceFaults(options);
  EXPECT_FALSE(RunHistory(options).violations.empty());
  EXPECT_GT(options.left_out.size(), 0);
  EXPECT_LE(options.left_out.size(), num_planned);
}

}  // namespace
}  // namespace laminar::simulation
