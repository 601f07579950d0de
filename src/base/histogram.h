// Distribution of a quantity over fixed buckets: 32 per power of two, so a quantile is right within
// 3 %. One writer, any readers; after G. Tene's HdrHistogram. Readers take a snapshot, and
// snapshots of several writers add up.
#ifndef LAMINAR_BASE_HISTOGRAM_H_
#define LAMINAR_BASE_HISTOGRAM_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/counter.h"

namespace laminar::base {

/// Sum of histograms at a moment. Plain data.
class HistogramSnapshot {
 public:
  HistogramSnapshot() = default;
  HistogramSnapshot(std::vector<int64_t> buckets, int64_t sum, int64_t max);
  void Add(const HistogramSnapshot& other);

  int64_t count() const { return count_; }
  double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  int64_t max() const { return max_; }
  /// The value that a share `quantile` (0..1) of all values does not exceed; 0 when empty.
  int64_t Quantile(double quantile) const;

 private:
  std::vector<int64_t> buckets_;  // empty: nothing counted
  int64_t count_ = 0;
  int64_t sum_ = 0;
  int64_t max_ = 0;
};

class Histogram {
 public:
  Histogram();
  /// Counts `value` (negative: as 0) `times` times. Writer's thread; no allocation.
  void Record(int64_t value, int64_t times = 1);
  /// Any thread; of values recorded at the same moment some may be missing.
  HistogramSnapshot Snapshot() const;

  static constexpr int kSubBucketBits = 5;
  static constexpr int kSubBuckets = 1 << kSubBucketBits;
  static constexpr int kBuckets = kSubBuckets * (64 - kSubBucketBits);

 private:
  std::unique_ptr<std::array<Counter, kBuckets>> buckets_;
  Counter sum_;
  Counter max_;
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_HISTOGRAM_H_
