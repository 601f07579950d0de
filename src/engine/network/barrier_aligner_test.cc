#include "engine/network/barrier_aligner.h"

#include <gtest/gtest.h>

namespace laminar::engine {
namespace {

data::Barrier BarrierOf(int64_t epoch) { return {.epoch = {epoch}, .stop = false}; }

TEST(BarrierAligner, HoldsChannelsBackUntilAllHaveTheBarrier) {
  BarrierAligner aligner(3);
  EXPECT_FALSE(aligner.Arrive(1, BarrierOf(1)).has_value());
  EXPECT_TRUE(aligner.held_back(1));
  EXPECT_FALSE(aligner.held_back(0));
  EXPECT_FALSE(aligner.Arrive(0, BarrierOf(1)).has_value());
  const auto barrier = aligner.Arrive(2, BarrierOf(1));
  ASSERT_TRUE(barrier.has_value());
  EXPECT_EQ(barrier->epoch.value, 1);
  EXPECT_FALSE(aligner.aligning());
  EXPECT_FALSE(aligner.held_back(1));
}

TEST(BarrierAligner, PassesAtOnceWithOneChannel) {
  BarrierAligner aligner(1);
  EXPECT_TRUE(aligner.Arrive(0, BarrierOf(1)).has_value());
  EXPECT_TRUE(aligner.Arrive(0, BarrierOf(2)).has_value());
}

TEST(BarrierAligner, DoesNotWaitForChannelsThatHaveEnded) {
  BarrierAligner aligner(3);
  EXPECT_FALSE(aligner.End(0).has_value());
  EXPECT_FALSE(aligner.Arrive(1, BarrierOf(4)).has_value());
  const auto barrier = aligner.End(2);
  ASSERT_TRUE(barrier.has_value());
  EXPECT_EQ(barrier->epoch.value, 4);
  EXPECT_TRUE(aligner.Arrive(1, BarrierOf(5)).has_value());
}

TEST(BarrierAligner, HasNoBarrierWhenAllEndWithoutOne) {
  BarrierAligner aligner(2);
  EXPECT_FALSE(aligner.End(0).has_value());
  EXPECT_FALSE(aligner.End(1).has_value());
}

TEST(BarrierAligner, LeavesAnEpochForANewerOne) {
  BarrierAligner aligner(2);
  EXPECT_FALSE(aligner.Arrive(0, BarrierOf(1)).has_value());
  // Channel 1 could not take the first barrier.
  EXPECT_FALSE(aligner.Arrive(1, BarrierOf(2)).has_value());
  EXPECT_FALSE(aligner.held_back(0));
  EXPECT_TRUE(aligner.held_back(1));
  const auto barrier = aligner.Arrive(0, BarrierOf(2));
  ASSERT_TRUE(barrier.has_value());
  EXPECT_EQ(barrier->epoch.value, 2);
  EXPECT_FALSE(aligner.aligning());
}

TEST(BarrierAligner, IgnoresABarrierThatComesTooLate) {
  BarrierAligner aligner(2);
  EXPECT_FALSE(aligner.Arrive(0, BarrierOf(2)).has_value());
  EXPECT_FALSE(aligner.Arrive(1, BarrierOf(1)).has_value());
  EXPECT_TRUE(aligner.held_back(0));
  EXPECT_FALSE(aligner.held_back(1));
  EXPECT_TRUE(aligner.Arrive(1, BarrierOf(2)).has_value());
}

TEST(BarrierAligner, TellsOfAStop) {
  BarrierAligner aligner(2);
  EXPECT_FALSE(aligner.Arrive(0, {.epoch = {3}, .stop = true}).has_value());
  const auto barrier = aligner.Arrive(1, {.epoch = {3}, .stop = true});
  ASSERT_TRUE(barrier.has_value());
  EXPECT_TRUE(barrier->stop);
}

}  // namespace
}  // namespace laminar::engine
