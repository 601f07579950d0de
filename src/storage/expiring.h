// Expiring<T>: something that is fetched over the network, valid for a while, and needed by many
// threads: credentials, tokens. One thread fetches at a time; the old value serves while it is
// valid, and a new one is fetched some minutes before it ends. Thread-safe.
#ifndef LAMINAR_STORAGE_EXPIRING_H_
#define LAMINAR_STORAGE_EXPIRING_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"

namespace laminar::storage {

/// Ahead of its end a value is fetched anew; the old one serves on while that fails.
inline constexpr int64_t kRenewAheadMicros = int64_t{5} * 60 * 1'000'000;
/// Closer to its end it is not handed out any more.
inline constexpr int64_t kExpiryMarginMicros = int64_t{15} * 1'000'000;
/// Between two attempts at an early renewal that fails.
inline constexpr int64_t kRenewPauseMicros = int64_t{20} * 1'000'000;

template <typename T>
class Expiring {
 public:
  struct Fetched {
    T value;
    std::optional<base::WallTime> expires;  // nullopt: never
  };
  using Fetch = std::function<absl::StatusOr<Fetched>()>;

  Expiring(const base::Clock& clock, Fetch fetch) : clock_(clock), fetch_(std::move(fetch)) {}

  /// BLOCKS: while it is fetched, by this thread or another, and there is none that still serves.
  /// A failure is the answer to all who have waited for that fetch: a call waits for two at most.
  absl::StatusOr<T> Get() LAMINAR_EXCLUDES(mutex_) {
    {
      const base::MutexLock lock(mutex_);
      const int64_t now = clock_.Wall().micros;
      const int64_t fetches_before = num_fetches_;
      while (fetching_ && !Lasts(now, kExpiryMarginMicros)) {
        fetched_.Wait(mutex_);
        if (num_fetches_ > fetches_before && !failure_.ok()) {
          return failure_;
        }
      }
      const bool pauses = fetching_ || now < retry_at_micros_;
      if (current_.has_value() && Lasts(now, pauses ? kExpiryMarginMicros : kRenewAheadMicros)) {
        return current_->value;
      }
      fetching_ = true;
    }
    auto fetched = fetch_();
    const base::MutexLock lock(mutex_);
    const int64_t now = clock_.Wall().micros;
    fetching_ = false;
    ++num_fetches_;
    failure_ = fetched.status();
    fetched_.NotifyAll();
    // Also after a success: what lives for less than the time ahead is not fetched at every call.
    retry_at_micros_ = now + kRenewPauseMicros;
    if (fetched.ok()) {
      current_ = *std::move(fetched);
      return current_->value;
    }
    if (current_.has_value() && Lasts(now, kExpiryMarginMicros)) {
      return current_->value;
    }
    return fetched.status();
  }

  /// The store did not accept the value: the next Get fetches another.
  void Invalidate() LAMINAR_EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    current_.reset();
  }

 private:
  bool Lasts(int64_t now_micros, int64_t margin) const LAMINAR_REQUIRES(mutex_) {
    return current_.has_value() &&
           (!current_->expires.has_value() || current_->expires->micros - now_micros > margin);
  }

  const base::Clock& clock_;
  const Fetch fetch_;
  base::Mutex mutex_;
  base::ConditionVariable fetched_;
  bool fetching_ LAMINAR_GUARDED_BY(mutex_) = false;
  int64_t num_fetches_ LAMINAR_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ LAMINAR_GUARDED_BY(mutex_);  // of the last fetch
  std::optional<Fetched> current_ LAMINAR_GUARDED_BY(mutex_);
  int64_t retry_at_micros_ LAMINAR_GUARDED_BY(mutex_) = 0;
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_EXPIRING_H_
