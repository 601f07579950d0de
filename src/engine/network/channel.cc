#include "engine/network/channel.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "engine/network/chunk_bytes.h"

namespace laminar::engine {
namespace {

// Memory is charged in steps, so that the shared budget is not touched for each chunk.
constexpr int64_t kReserveBytes = 1 << 20;

}  // namespace

Channel::Channel(ChannelLimits limits,
                 MemoryBudget& memory,
                 std::shared_ptr<base::Waker> producer,
                 std::shared_ptr<base::Waker> consumer)
    : limits_(limits),
      memory_(memory),
      producer_(std::move(producer)),
      consumer_(std::move(consumer)) {
  LAMINAR_ASSERT(limits_.chunks_max > 0, limits_.chunks_max);
  LAMINAR_ASSERT(2 * static_cast<uint64_t>(limits_.chunks_max) <= kSlots, limits_.chunks_max);
}

Channel::~Channel() {
  // Giving back never fails.
  if (reserved_bytes_ > 0) {
    memory_.Charge("channel", -reserved_bytes_).IgnoreError();
  }
}

bool Channel::CanTakeChunk() const {
  // popped_ first: what the consumer wrote before it is then seen, too.
  const uint64_t popped = popped_.load(std::memory_order_seq_cst);
  const uint64_t events = pushed_.load(std::memory_order_relaxed) - popped;
  const int64_t chunks = num_chunks();
  if (chunks == 0) {
    return events + 2 <= kSlots;
  }
  return events + 2 <= kSlots && chunks < limits_.chunks_max && num_bytes() < limits_.bytes_max &&
         !short_of_memory_;
}

bool Channel::CanTakeEvent() const {
  return pushed_.load(std::memory_order_relaxed) - popped_.load(std::memory_order_seq_cst) < kSlots;
}

bool Channel::HasCredit() {
  if (CanTakeChunk()) {
    return true;
  }
  producer_waits_.store(true, std::memory_order_seq_cst);
  // The consumer may have popped, and seen no one waiting, just before.
  return CanTakeChunk();
}

bool Channel::HasRoom() {
  if (CanTakeEvent()) {
    return true;
  }
  producer_waits_.store(true, std::memory_order_seq_cst);
  return CanTakeEvent();
}

void Channel::Reserve() {
  const int64_t bytes = num_bytes();
  short_of_memory_ = false;
  if (bytes > reserved_bytes_) {
    const int64_t wanted = std::max(kReserveBytes, bytes - reserved_bytes_);
    if (memory_.Charge("channel", wanted).ok()) {
      reserved_bytes_ += wanted;
    } else {
      // What is in flight stays; no further chunk before it is consumed.
      short_of_memory_ = true;
    }
  } else if (reserved_bytes_ > kReserveBytes && bytes < reserved_bytes_ / 4) {
    const int64_t surplus = reserved_bytes_ / 2;
    memory_.Charge("channel", -surplus).IgnoreError();
    reserved_bytes_ -= surplus;
  }
}

void Channel::Push(data::StreamEvent event) {
  const uint64_t pushed = pushed_.load(std::memory_order_relaxed);
  LAMINAR_ASSERT(pushed - popped_.load(std::memory_order_acquire) < kSlots, pushed);
  Slot& slot = slots_[pushed % kSlots];
  slot.bytes = 0;
  if (auto* chunk = std::get_if<data::Chunk>(&event)) {
    slot.bytes = EstimateChunkBytes(*chunk);
    pushed_chunks_.Add(1);
    pushed_bytes_.Add(slot.bytes);
    Reserve();
  }
  slot.event = std::move(event);
  pushed_.store(pushed + 1, std::memory_order_release);
  consumer_->Wake();
}

bool Channel::empty() const {
  return pushed_.load(std::memory_order_acquire) == popped_.load(std::memory_order_relaxed);
}

data::StreamEvent Channel::Pop() {
  const uint64_t popped = popped_.load(std::memory_order_relaxed);
  const uint64_t pushed = pushed_.load(std::memory_order_acquire);
  LAMINAR_ASSERT(popped < pushed, popped);
  Slot& slot = slots_[popped % kSlots];
  data::StreamEvent event = std::exchange(slot.event, data::EndOfInput());
  if (std::holds_alternative<data::Chunk>(event)) {
    popped_chunks_.Add(1);
    popped_bytes_.Add(slot.bytes);
  }
  popped_.store(popped + 1, std::memory_order_seq_cst);
  if (producer_waits_.load(std::memory_order_seq_cst)) {
    // A waiting producer pushes nothing, so these numbers only shrink and the condition is met at
    // the latest when all is consumed.
    const bool half_free = 2 * (pushed - popped - 1) <= kSlots &&
                           2 * num_chunks() <= limits_.chunks_max &&
                           2 * num_bytes() <= limits_.bytes_max;
    if (half_free && producer_waits_.exchange(false, std::memory_order_seq_cst)) {
      producer_->Wake();
    }
  }
  return event;
}

}  // namespace laminar::engine
