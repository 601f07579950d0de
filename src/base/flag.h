// A flag that goes up once: any thread raises it, any thread sees it, and with it everything
// written before it was raised.
#ifndef LAMINAR_BASE_FLAG_H_
#define LAMINAR_BASE_FLAG_H_

#include <atomic>

namespace laminar::base {

class Flag {
 public:
  /// Returns whether this call raised it.
  bool Raise() { return !raised_.exchange(true, std::memory_order_acq_rel); }
  bool raised() const { return raised_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> raised_{false};
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_FLAG_H_
