#include <gtest/gtest.h>

#include "cluster.h"

namespace laminar::simulation {
namespace {

TEST(Simulation, GivesTheSameHistoryForTheSameSeed) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    EXPECT_EQ(RunHistory({.seed = seed}).trace_hash, RunHistory({.seed = seed}).trace_hash);
  }
  EXPECT_NE(RunHistory({.seed = 1}).trace_hash, RunHistory({.seed = 2}).trace_hash);
}

}  // namespace
}  // namespace laminar::simulation
