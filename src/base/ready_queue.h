// Things that want to run, woken by any thread, taken by one. Each thing has a ReadySlot: waking it
// any number of times before it runs queues it once, so the queue is bounded by the number of slots
// and needs no memory of its own.
//
//   idle --Wake--> queued --Take, Begin--> running (a Wake now queues it again) --> idle or queued
//   --Retire--> retired, for good
//
// Nothing is lost: whoever makes work publishes it first and then wakes; whoever runs calls Begin
// first and then looks for work.
#ifndef LAMINAR_BASE_READY_QUEUE_H_
#define LAMINAR_BASE_READY_QUEUE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/parker.h"

namespace laminar::base {

/// Makes something run again soon. Held by shared_ptr, so that it may outlive what it wakes.
class Waker {
 public:
  virtual ~Waker() = default;
  /// Any thread; also after the thing has ended.
  virtual void Wake() = 0;
};

template <typename T>
class ReadySlot;

template <typename T>
class ReadyQueue {
 public:
  /// Appends all queued slots to `slots`, oldest first. Owner's thread.
  void Take(std::vector<ReadySlot<T>*>& slots) {
    ReadySlot<T>* newest = newest_.exchange(nullptr, std::memory_order_acquire);
    ReadySlot<T>* oldest = nullptr;
    while (newest != nullptr) {
      ReadySlot<T>* next = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = next;
    }
    while (oldest != nullptr) {
      slots.push_back(oldest);
      oldest = oldest->next;
    }
  }

  /// Sleeps until a slot is queued, Interrupt is called, or `nanos` have passed. Owner's thread.
  /// BLOCKS.
  void Park(std::optional<int64_t> nanos) {
    if (newest_.load(std::memory_order_acquire) == nullptr) {
      parker_.Park(nanos);
    }
  }

  /// Ends the current or next Park. Any thread.
  void Interrupt() { parker_.Unpark(); }

  /// Queues a slot; called by the slot alone, which knows that it is not queued. Any thread.
  void Push(ReadySlot<T>* slot) {
    ReadySlot<T>* newest = newest_.load(std::memory_order_relaxed);
    do {
      slot->next = newest;
    } while (!newest_.compare_exchange_weak(newest, slot, std::memory_order_release,
                                            std::memory_order_relaxed));
    // Behind another slot, that one's push has woken the owner, or is about to.
    if (newest == nullptr) {
      parker_.Unpark();
    }
  }

 private:
  std::atomic<ReadySlot<T>*> newest_{nullptr};
  Parker parker_;
};

template <typename T>
class ReadySlot final : public Waker {
 public:
  /// `owner` must live until Retire has returned true or the queue is no longer taken from.
  ReadySlot(std::shared_ptr<ReadyQueue<T>> queue, T& owner)
      : queue_(std::move(queue)), owner_(owner) {}

  void Wake() override {
    if (!queued_.exchange(true, std::memory_order_acq_rel)) {
      queue_->Push(this);
    }
  }

  /// Queue's thread: the slot was taken and runs now; wakes from here on queue it again.
  void Begin() { queued_.exchange(false, std::memory_order_acq_rel); }
  /// Queue's thread, between Begin and the next take: nothing will be run any more. Returns false
  /// when the slot is queued once more; then it must be taken, and Retire is not needed again.
  /// Afterwards wakes do nothing.
  bool Retire() { return !queued_.exchange(true, std::memory_order_acq_rel); }

  T& owner() { return owner_; }

  /// The queue's link; nobody else touches it.
  ReadySlot* next = nullptr;

 private:
  std::shared_ptr<ReadyQueue<T>> queue_;
  T& owner_;
  std::atomic<bool> queued_{false};
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_READY_QUEUE_H_
