#include "connectors/api/io_queue.h"

#include <utility>

#include "base/assert.h"
#include "base/clock.h"

namespace laminar::connectors {
namespace {

absl::Status Closed() {
  return base::MakeError(absl::StatusCode::kCancelled, "writing was stopped");
}

}  // namespace

IoQueue::IoQueue(const std::string& name, int64_t bytes_max, std::function<void()> wake)
    : bytes_max_(bytes_max), wake_(std::move(wake)), thread_(name, [this] { Serve(); }) {}

IoQueue::~IoQueue() { LAMINAR_ASSERT(!thread_.joinable(), bytes_max_); }

void IoQueue::Push(int64_t bytes,
                   std::function<absl::Status()> work,
                   std::function<void(const absl::Status&)> dropped) {
  absl::Status refused;
  {
    base::MutexLock lock(mutex_);
    refused = closed_ && status_.ok() ? Closed() : status_;
    if (refused.ok()) {
      bytes_pending_ += bytes;
      queue_.push_back({bytes, std::move(work), std::move(dropped)});
      changed_.NotifyAll();
    }
  }
  if (!refused.ok() && dropped != nullptr) {
    dropped(refused);
  }
}

// Outside the lock: whoever is told may ask the queue.
void IoQueue::Drop(std::deque<Work> works, const absl::Status& why) {
  for (const Work& work : works) {
    if (work.dropped != nullptr) {
      work.dropped(why);
    }
  }
}

bool IoQueue::HasRoom() {
  base::MutexLock lock(mutex_);
  return bytes_pending_ < bytes_max_ || !status_.ok();
}

bool IoQueue::Idle() {
  base::MutexLock lock(mutex_);
  return queue_.empty() && !running_;
}

absl::Status IoQueue::status() {
  base::MutexLock lock(mutex_);
  return status_;
}

void IoQueue::Drain(int64_t nanos_max) {
  const int64_t deadline = base::SystemClock().Now().nanos + nanos_max;
  base::MutexLock lock(mutex_);
  while (!queue_.empty() || running_) {
    const int64_t left = deadline - base::SystemClock().Now().nanos;
    if (left <= 0) {
      return;
    }
    changed_.WaitFor(mutex_, left);
  }
}

void IoQueue::Close() {
  stop_event_.Set();
  std::deque<Work> dropped;
  {
    base::MutexLock lock(mutex_);
    closed_ = true;
    dropped.swap(queue_);
    bytes_pending_ = 0;
    changed_.NotifyAll();
  }
  Drop(std::move(dropped), Closed());
  thread_.Join();
}

void IoQueue::Serve() {
  while (true) {
    Work work;
    {
      base::MutexLock lock(mutex_);
      while (queue_.empty() && !closed_) {
        changed_.Wait(mutex_);
      }
      if (closed_) {
        return;
      }
      work = std::move(queue_.front());
      queue_.pop_front();
      running_ = true;
    }
    absl::Status done = work.run();
    // What the work holds (buffers, files) is released before anybody hears that it is done.
    work.run = nullptr;
    bool tell = false;
    std::deque<Work> dropped;
    {
      base::MutexLock lock(mutex_);
      running_ = false;
      const bool was_full = bytes_pending_ >= bytes_max_;
      bytes_pending_ -= closed_ ? bytes_pending_ : work.bytes;
      if (!done.ok() && status_.ok()) {
        status_ = std::move(done);
        dropped.swap(queue_);
        bytes_pending_ = 0;
      }
      tell = !closed_ && (was_full || queue_.empty());
      changed_.NotifyAll();
    }
    if (!dropped.empty()) {
      Drop(std::move(dropped), status());
    }
    if (tell) {
      wake_();
    }
  }
}

}  // namespace laminar::connectors
