#include "engine/network/barrier_aligner.h"

#include <gtest/gtest.h>

namespace laminar::engine {
namespace {

using data::Barrier;

TEST(BarrierAligner, HoldsChannelsBackUntilAllHaveTheBarrier) {
  BarrierAligner aligner(3);
  EXPECT_FALSE(aligner.Arrive(1, Barrier{{1}}).has_value());
  EXPECT_TRUE(aligner.held_back(1));
  EXPECT_FALSE(aligner.held_back(0));
  EXPECT_FALSE(aligner.Arrive(0, Barrier{{1}}).has_value());
  const auto barrier = aligner.Arrive(2, Barrier{{1}});
  ASSERT_TRUE(barrier.has_value());
  EXPECT_EQ(barrier->epoch.value, 1);
  EXPECT_FALSE(aligner.aligning());
  EXPECT_FALSE(aligner.held_back(1));
}

TEST(BarrierAligner, PassesAtOnceWithOneChannel) {
  BarrierAligner aligner(1);
  EXPECT_TRUE(aligner.Arrive(0, Barrier{{1}}).has_value());
  EXPECT_TRUE(aligner.Arrive(0, Barrier{{2}}).has_value());
}

TEST(BarrierAligner, DoesNotWaitForChannelsThatHaveEnded) {
  BarrierAligner aligner(3);
  EXPECT_FALSE(aligner.End(0).has_value());
  EXPECT_FALSE(aligner.Arrive(1, Barrier{{4}}).has_value());
  const auto barrier = aligner.End(2);
  ASSERT_TRUE(barrier.has_value());
  EXPECT_EQ(barrier->epoch.value, 4);
  EXPECT_TRUE(aligner.Arrive(1, Barrier{{5}}).has_value());
}

TEST(BarrierAligner, HasNoBarrierWhenAllEndWithoutOne) {
  BarrierAligner aligner(2);
  EXPECT_FALSE(aligner.End(0).has_value());
  EXPECT_FALSE(aligner.End(1).has_value());
}

TEST(BarrierAlignerDeathTest, RefusesToMixEpochs) {
  BarrierAligner aligner(2);
  aligner.Arrive(0, Barrier{{1}});
  EXPECT_DEATH(aligner.Arrive(1, Barrier{{2}}), "assertion failed");
}

}  // namespace
}  // namespace laminar::engine
