// IoQueue: work that blocks, done in order on an I/O thread of its own, for one sink writer.
// Bounded: the writer asks HasRoom before it gives more, and is woken when there is room again,
// when all is done, and when something failed. The first error ends the queue: what is behind it is
// dropped. Owned by the writer, whose thread calls everything here.
#ifndef LAMINAR_CONNECTORS_API_IO_QUEUE_H_
#define LAMINAR_CONNECTORS_API_IO_QUEUE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "base/file.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/thread.h"

namespace laminar::connectors {

class IoQueue {
 public:
  /// `wake` is called on the I/O thread.
  IoQueue(const std::string& name, int64_t bytes_max, std::function<void()> wake);
  /// REQUIRES: Close was called.
  ~IoQueue();
  IoQueue(const IoQueue&) = delete;
  IoQueue& operator=(const IoQueue&) = delete;

  /// Queues `work`, which accounts for `bytes` until it is done. It runs even when there is no
  /// room: callers ask first. Of work that is not done, since work before it failed or the queue
  /// was closed, `dropped` is told why, on any thread.
  void Push(int64_t bytes,
            std::function<absl::Status()> work,
            std::function<void(const absl::Status&)> dropped = nullptr) LAMINAR_EXCLUDES(mutex_);
  /// True also after an error, so that callers go on and learn of it.
  bool HasRoom() LAMINAR_EXCLUDES(mutex_);
  /// Everything pushed is done, or dropped after an error.
  bool Idle() LAMINAR_EXCLUDES(mutex_);
  /// The first error.
  absl::Status status() LAMINAR_EXCLUDES(mutex_);

  /// Waits until idle, at most `nanos_max`. BLOCKS.
  void Drain(int64_t nanos_max) LAMINAR_EXCLUDES(mutex_);
  /// Drops what has not begun, stops what has if it heeds stop_event, and joins. BLOCKS: shortly.
  void Close() LAMINAR_EXCLUDES(mutex_);
  /// For work that may wait for long: set by Close.
  const base::StopEvent& stop_event() const { return stop_event_; }

 private:
  struct Work {
    int64_t bytes = 0;
    std::function<absl::Status()> run;
    std::function<void(const absl::Status&)> dropped;
  };

  static void Drop(std::deque<Work> works, const absl::Status& why);

  void Serve() LAMINAR_EXCLUDES(mutex_);

  const int64_t bytes_max_;
  const std::function<void()> wake_;
  base::StopEvent stop_event_;
  base::Mutex mutex_;
  base::ConditionVariable changed_;
  std::deque<Work> queue_ LAMINAR_GUARDED_BY(mutex_);
  int64_t bytes_pending_ LAMINAR_GUARDED_BY(mutex_) = 0;
  bool running_ LAMINAR_GUARDED_BY(mutex_) = false;
  bool closed_ LAMINAR_GUARDED_BY(mutex_) = false;
  absl::Status status_ LAMINAR_GUARDED_BY(mutex_);
  base::Thread thread_;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_IO_QUEUE_H_
