#include "engine/network/watermark_combiner.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace laminar::engine {
namespace {

using data::EventTime;
using data::Watermark;

Watermark At(int64_t micros) { return {{micros}, false, {}}; }
Watermark IdleAt(int64_t micros) { return {{micros}, true, {}}; }

void ExpectTime(const std::optional<Watermark>& watermark, int64_t micros, bool idle = false) {
  ASSERT_TRUE(watermark.has_value());
  EXPECT_EQ(watermark->time.micros, micros);
  EXPECT_EQ(watermark->idle, idle);
}

TEST(WatermarkCombiner, IsTheLeastOfAllChannels) {
  WatermarkCombiner combiner(2);
  EXPECT_FALSE(combiner.Update(0, At(10)).has_value());
  ExpectTime(combiner.Update(1, At(5)), 5);
  EXPECT_FALSE(combiner.Update(0, At(12)).has_value());
  ExpectTime(combiner.Update(1, At(20)), 12);
}

TEST(WatermarkCombiner, NeverGoesBack) {
  WatermarkCombiner combiner(1);
  ExpectTime(combiner.Update(0, At(10)), 10);
  EXPECT_FALSE(combiner.Update(0, At(7)).has_value());
  ExpectTime(combiner.Update(0, At(11)), 11);
}

TEST(WatermarkCombiner, LeavesIdleChannelsOut) {
  WatermarkCombiner combiner(2);
  combiner.Update(0, At(10));
  ExpectTime(combiner.Update(1, IdleAt(EventTime::Min().micros)), 10);
  ExpectTime(combiner.Update(0, At(30)), 30);
}

TEST(WatermarkCombiner, AChannelThatWakesUpLateHoldsTheOthersWithoutGoingBack) {
  WatermarkCombiner combiner(2);
  combiner.Update(0, At(30));
  ExpectTime(combiner.Update(1, IdleAt(5)), 30);
  EXPECT_FALSE(combiner.Update(1, At(6)).has_value());
  EXPECT_FALSE(combiner.Update(0, At(40)).has_value());
  ExpectTime(combiner.Update(1, At(35)), 35);
}

TEST(WatermarkCombiner, IsIdleWhenAllAreAndAtTheGreatestPromise) {
  WatermarkCombiner combiner(2);
  combiner.Update(0, At(10));
  ExpectTime(combiner.Update(1, At(20)), 10);
  EXPECT_FALSE(combiner.Update(1, IdleAt(20)).has_value());
  ExpectTime(combiner.Update(0, IdleAt(10)), 20, /*idle=*/true);
  ExpectTime(combiner.Update(0, At(15)), 20, /*idle=*/false);
}

TEST(WatermarkCombiner, EndsWhenEveryChannelHasSaidMax) {
  WatermarkCombiner combiner(2);
  EXPECT_FALSE(combiner.Update(0, At(EventTime::Max().micros)).has_value());
  ExpectTime(combiner.Update(1, At(3)), 3);
  ExpectTime(combiner.Update(1, At(EventTime::Max().micros)), EventTime::Max().micros);
}

TEST(WatermarkCombiner, KeepsTheArrivalOfWhatAdvancedIt) {
  WatermarkCombiner combiner(2);
  combiner.Update(0, {{10}, false, {100}});
  EXPECT_EQ(combiner.Update(1, {{20}, false, {200}})->arrival.nanos, 200);
}

TEST(WatermarkCombiner, AdvancesOnlyToWhatEveryActiveChannelHasPromised) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    base::Random random(seed);
    const size_t num_channels = 1 + random.Uniform(5);
    WatermarkCombiner combiner(num_channels);
    std::vector<Watermark> promised(num_channels);
    for (int i = 0; i < 300; ++i) {
      const size_t channel = random.Uniform(num_channels);
      const Watermark watermark{{static_cast<int64_t>(random.Uniform(1000))}, random.OneIn(4), {}};
      promised[channel].time = std::max(promised[channel].time, watermark.time);
      promised[channel].idle = watermark.idle;
      const EventTime before = combiner.combined().time;
      combiner.Update(channel, watermark);
      const EventTime after = combiner.combined().time;
      EXPECT_GE(after, before);
      if (after > before && !combiner.combined().idle) {
        for (const Watermark& each : promised) {
          EXPECT_TRUE(each.idle || each.time >= after) << "seed " << seed;
        }
      }
    }
  }
}

}  // namespace
}  // namespace laminar::engine
