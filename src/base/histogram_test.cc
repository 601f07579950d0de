#include "base/histogram.h"

#include <limits>

#include <gtest/gtest.h>

namespace laminar::base {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  const HistogramSnapshot snapshot = Histogram().Snapshot();
  EXPECT_EQ(snapshot.count(), 0);
  EXPECT_EQ(snapshot.Quantile(0.5), 0);
  EXPECT_EQ(snapshot.mean(), 0);
}

TEST(Histogram, FindsQuantilesWithinThreePercent) {
  Histogram histogram;
  for (int64_t i = 1; i <= 100'000; ++i) {
    histogram.Record(i);
  }
  const HistogramSnapshot snapshot = histogram.Snapshot();
  EXPECT_EQ(snapshot.count(), 100'000);
  EXPECT_NEAR(snapshot.Quantile(0.5), 50'000, 1600);
  EXPECT_NEAR(snapshot.Quantile(0.99), 99'000, 3100);
  EXPECT_EQ(snapshot.Quantile(1), 100'000);
  EXPECT_EQ(snapshot.max(), 100'000);
  EXPECT_DOUBLE_EQ(snapshot.mean(), 50'000.5);
}

TEST(Histogram, IsExactForSmallValues) {
  Histogram histogram;
  for (int64_t i = 0; i < 64; ++i) {
    histogram.Record(i);
  }
  EXPECT_EQ(histogram.Snapshot().Quantile(0.5), 31);
  EXPECT_EQ(histogram.Snapshot().Quantile(0), 0);
}

TEST(Histogram, TakesTheWholeRangeAndCountsNegativesAsZero) {
  Histogram histogram;
  histogram.Record(-5, 2);
  histogram.Record(std::numeric_limits<int64_t>::max(), 1);
  const HistogramSnapshot snapshot = histogram.Snapshot();
  EXPECT_EQ(snapshot.count(), 3);
  EXPECT_EQ(snapshot.Quantile(0.5), 0);
  EXPECT_EQ(snapshot.Quantile(1), std::numeric_limits<int64_t>::max());
}

TEST(Histogram, SnapshotsAddUp) {
  Histogram low;
  Histogram high;
  low.Record(10, 99);
  high.Record(1000, 1);
  HistogramSnapshot sum;
  sum.Add(low.Snapshot());
  sum.Add(high.Snapshot());
  EXPECT_EQ(sum.count(), 100);
  EXPECT_EQ(sum.Quantile(0.99), 10);
  EXPECT_EQ(sum.Quantile(1), 1000);
}

}  // namespace
}  // namespace laminar::base
