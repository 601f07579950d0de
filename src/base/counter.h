// A number with one writer and any readers: the writer pays for a plain store, readers see a recent
// value.
#ifndef LAMINAR_BASE_COUNTER_H_
#define LAMINAR_BASE_COUNTER_H_

#include <atomic>
#include <cstdint>

namespace laminar::base {

class Counter {
 public:
  /// Writer's thread only.
  void Add(int64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  /// Any thread.
  int64_t Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_COUNTER_H_
