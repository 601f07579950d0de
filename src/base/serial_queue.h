// SerialQueue: work that blocks, done in order and one piece at a time, on the threads of an IoPool
// that many queues share. Bounded by asking: its owner looks at HasRoom before it gives more, and
// is woken when there is room again. Owned by one thread, which calls everything here but what says
// otherwise.
#ifndef LAMINAR_BASE_SERIAL_QUEUE_H_
#define LAMINAR_BASE_SERIAL_QUEUE_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "base/io_pool.h"

namespace laminar::base {

class SerialQueue {
 public:
  /// `pool` outlives the queue and has room for one piece of each of its queues. `wake` is called
  /// on the pool's threads when there is room again and when all is done, perhaps once more just
  /// after Close.
  SerialQueue(IoPool& pool, int64_t bytes_max, std::function<void()> wake);
  /// REQUIRES: Close was called.
  ~SerialQueue();
  SerialQueue(const SerialQueue&) = delete;
  SerialQueue& operator=(const SerialQueue&) = delete;

  /// Queues `work`, which accounts for `bytes` until it is done and must not throw. It is taken
  /// even when there is no room. Any thread, also from within work.
  void Push(int64_t bytes, std::function<void()> work);
  bool HasRoom() const;
  bool Idle() const;
  /// Drops what has not begun and waits for the piece that runs. Afterwards Push drops its work.
  /// BLOCKS.
  void Close();

 private:
  struct State;

  std::shared_ptr<State> state_;
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_SERIAL_QUEUE_H_
