#include "base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace laminar::base {
namespace {

// Values below 2 * kSubBuckets have a bucket each; above, the highest bits after the first select
// one of 32 per power of two.
int BucketOf(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  if (bits < Histogram::kSubBuckets) {
    return static_cast<int>(bits);
  }
  const int power = 63 - std::countl_zero(bits);
  const int shift = power - Histogram::kSubBucketBits;
  return ((shift + 1) << Histogram::kSubBucketBits) +
         static_cast<int>((bits >> shift) - Histogram::kSubBuckets);
}

int64_t UpperBoundOf(int bucket) {
  if (bucket < Histogram::kSubBuckets) {
    return bucket;
  }
  const int shift = (bucket >> Histogram::kSubBucketBits) - 1;
  const uint64_t lower =
      static_cast<uint64_t>((bucket & (Histogram::kSubBuckets - 1)) + Histogram::kSubBuckets)
      << shift;
  return static_cast<int64_t>(lower + (uint64_t{1} << shift) - 1);
}

}  // namespace

HistogramSnapshot::HistogramSnapshot(std::vector<int64_t> buckets, int64_t sum, int64_t max)
    : buckets_(std::move(buckets)),
      count_(std::accumulate(buckets_.begin(), buckets_.end(), int64_t{0})),
      sum_(sum),
      max_(max) {}

void HistogramSnapshot::Add(const HistogramSnapshot& other) {
  buckets_.resize(std::max(buckets_.size(), other.buckets_.size()), 0);
  for (size_t i = 0; i < other.buckets_.size(); ++i) {
    buckets_[i] += other.buckets_[i];
  }
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

int64_t HistogramSnapshot::Quantile(double quantile) const {
  if (count_ == 0) {
    return 0;
  }
  const double share = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(count_);
  const int64_t rank = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(share)));
  int64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) {
      return std::min(UpperBoundOf(static_cast<int>(i)), max_);
    }
  }
  return max_;
}

Histogram::Histogram() : buckets_(std::make_unique<std::array<Counter, kBuckets>>()) {}

void Histogram::Record(int64_t value, int64_t times) {
  const int64_t bounded = std::max<int64_t>(value, 0);
  (*buckets_)[BucketOf(bounded)].Add(times);
  sum_.Add(bounded * times);
  if (bounded > max_.Get()) {
    max_.Set(bounded);
  }
}

HistogramSnapshot Histogram::Snapshot() const {
  std::vector<int64_t> buckets(kBuckets);
  for (int i = 0; i < kBuckets; ++i) {
    buckets[i] = (*buckets_)[i].Get();
  }
  return HistogramSnapshot(std::move(buckets), sum_.Get(), max_.Get());
}

}  // namespace laminar::base
