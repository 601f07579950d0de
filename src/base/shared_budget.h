// An amount that many threads take from and give back to, up to a limit.
#ifndef LAMINAR_BASE_SHARED_BUDGET_H_
#define LAMINAR_BASE_SHARED_BUDGET_H_

#include <atomic>
#include <cstdint>

namespace laminar::base {

class SharedBudget {
 public:
  explicit SharedBudget(int64_t limit) : limit_(limit) {}

  /// Takes `amount`; false, with nothing taken, when that would exceed the limit. Any thread.
  bool TryTake(int64_t amount) {
    const int64_t used = used_.fetch_add(amount, std::memory_order_relaxed) + amount;
    if (used > limit_) {
      used_.fetch_sub(amount, std::memory_order_relaxed);
      return false;
    }
    return true;
  }
  /// Gives back; never fails. Any thread.
  void GiveBack(int64_t amount) { used_.fetch_sub(amount, std::memory_order_relaxed); }

  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  int64_t limit() const { return limit_; }

 private:
  const int64_t limit_;
  std::atomic<int64_t> used_{0};
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_SHARED_BUDGET_H_
