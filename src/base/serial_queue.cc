#include "base/serial_queue.h"

#include <deque>
#include <utility>

#include "base/assert.h"
#include "base/mutex.h"

namespace laminar::base {

// Held by the pieces of work, so that the last one may end after the queue.
struct SerialQueue::State : std::enable_shared_from_this<SerialQueue::State> {
  struct Work {
    int64_t bytes = 0;
    std::function<void()> run;
  };

  State(IoPool& io_pool, int64_t most_bytes, std::function<void()> wake_owner)
      : pool(io_pool), bytes_max(most_bytes), wake(std::move(wake_owner)) {}

  void Submit() {
    const bool submitted = pool.TrySubmit([self = shared_from_this()] { self->RunOne(); });
    LAMINAR_ASSERT(submitted, bytes_max);
  }

  // One piece, then the other queues have their turn.
  void RunOne() LAMINAR_EXCLUDES(mutex) {
    Work work;
    {
      MutexLock lock(mutex);
      if (queue.empty()) {
        running = false;
        changed.NotifyAll();
        return;
      }
      work = std::move(queue.front());
      queue.pop_front();
    }
    work.run();
    work.run = nullptr;
    bool more = false;
    bool tell = false;
    {
      MutexLock lock(mutex);
      const bool had_room = bytes_pending < bytes_max;
      bytes_pending -= work.bytes;
      more = !queue.empty();
      running = more;
      tell = !closed && (!more || (!had_room && bytes_pending < bytes_max));
      changed.NotifyAll();
    }
    if (tell) {
      wake();
    }
    if (more) {
      Submit();
    }
  }

  IoPool& pool;
  const int64_t bytes_max;
  const std::function<void()> wake;
  mutable Mutex mutex;
  ConditionVariable changed;
  std::deque<Work> queue LAMINAR_GUARDED_BY(mutex);
  int64_t bytes_pending LAMINAR_GUARDED_BY(mutex) = 0;
  bool running LAMINAR_GUARDED_BY(mutex) = false;  // a piece runs or is submitted
  bool closed LAMINAR_GUARDED_BY(mutex) = false;
};

SerialQueue::SerialQueue(IoPool& pool, int64_t bytes_max, std::function<void()> wake)
    : state_(std::make_shared<State>(pool, bytes_max, std::move(wake))) {}

SerialQueue::~SerialQueue() {
  MutexLock lock(state_->mutex);
  LAMINAR_ASSERT(state_->closed, state_->bytes_pending);
}

void SerialQueue::Push(int64_t bytes, std::function<void()> work) {
  bool submit = false;
  {
    MutexLock lock(state_->mutex);
    if (state_->closed) {
      return;
    }
    state_->bytes_pending += bytes;
    state_->queue.push_back({bytes, std::move(work)});
    submit = !state_->running;
    state_->running = true;
  }
  if (submit) {
    state_->Submit();
  }
}

bool SerialQueue::HasRoom() const {
  MutexLock lock(state_->mutex);
  return state_->bytes_pending < state_->bytes_max;
}

bool SerialQueue::Idle() const {
  MutexLock lock(state_->mutex);
  return !state_->running;
}

void SerialQueue::Close() {
  std::deque<State::Work> dropped;
  MutexLock lock(state_->mutex);
  state_->closed = true;
  dropped.swap(state_->queue);
  while (state_->running) {
    state_->changed.Wait(state_->mutex);
  }
}

}  // namespace laminar::base
