// Channel: the queue between two tasks of one process, one producer and one consumer. Its capacity
// are the credits: a producer writes only when HasCredit, so nothing is ever refused or dropped,
// and a slow consumer slows its producers down. Chunks are handed over by move; the only atomics
// between tasks are in here.
//
// Who waits is woken: the consumer at every push, the producer, once it has been told that it has
// no credit, when half of the channel is free again.
#ifndef LAMINAR_ENGINE_NETWORK_CHANNEL_H_
#define LAMINAR_ENGINE_NETWORK_CHANNEL_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/counter.h"
#include "base/limits.h"
#include "base/ready_queue.h"
#include "data/stream_event.h"
#include "engine/state/memory_budget.h"

namespace laminar::engine {

struct ChannelLimits {
  int chunks_max = base::kChannelChunksMax;
  int64_t bytes_max = base::kChannelBytesMax;
};

class Channel {
 public:
  /// `memory` outlives the channel. The wakers wake the producing and the consuming task.
  Channel(ChannelLimits limits,
          MemoryBudget& memory,
          std::shared_ptr<base::Waker> producer,
          std::shared_ptr<base::Waker> consumer);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Producer's thread.

  /// Whether a chunk may be pushed, and an event without rows after it. When not, the producer is
  /// woken once that has changed.
  bool HasCredit();
  /// Whether an event without rows may be pushed; wakes as above.
  bool HasRoom();
  /// REQUIRES: HasCredit() for a chunk, HasRoom() for other events.
  void Push(data::StreamEvent event);

  // Consumer's thread.

  bool empty() const;
  /// The oldest event. REQUIRES: !empty().
  data::StreamEvent Pop();

  // Any thread.

  /// Chunks waiting; a recent value.
  int64_t num_chunks() const { return pushed_chunks_.Get() - popped_chunks_.Get(); }
  int64_t num_bytes() const { return pushed_bytes_.Get() - popped_bytes_.Get(); }
  int chunks_max() const { return limits_.chunks_max; }

 private:
  struct Slot {
    data::StreamEvent event;
    int64_t bytes = 0;
  };

  static constexpr uint64_t kSlots = base::kChannelEventsMax;

  bool CanTakeChunk() const;
  bool CanTakeEvent() const;
  void Reserve();

  const ChannelLimits limits_;
  MemoryBudget& memory_;
  const std::shared_ptr<base::Waker> producer_;
  const std::shared_ptr<base::Waker> consumer_;
  std::array<Slot, kSlots> slots_;

  // Written by the producer.
  alignas(64) std::atomic<uint64_t> pushed_{0};
  base::Counter pushed_chunks_;
  base::Counter pushed_bytes_;
  int64_t reserved_bytes_ = 0;
  bool short_of_memory_ = false;

  // Written by the consumer.
  alignas(64) std::atomic<uint64_t> popped_{0};
  base::Counter popped_chunks_;
  base::Counter popped_bytes_;

  // Raised by the producer, lowered by whoever wakes it.
  alignas(64) std::atomic<bool> producer_waits_{false};
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_NETWORK_CHANNEL_H_
