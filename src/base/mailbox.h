// Mailbox: commands from any thread to the one that owns an object. Bounded and without locks: a
// full mailbox refuses, a reader never waits. Bounded queue of cells with sequence numbers after D.
// Vyukov, "Bounded MPMC queue" (1024cores.net), with one consumer.
#ifndef LAMINAR_BASE_MAILBOX_H_
#define LAMINAR_BASE_MAILBOX_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace laminar::base {

template <typename T>
class Mailbox {
 public:
  /// REQUIRES: capacity is a power of two, at least 2.
  explicit Mailbox(size_t capacity)
      : cells_(std::make_unique<Cell[]>(capacity)), mask_(capacity - 1) {
    LAMINAR_ASSERT(capacity >= 2 && (capacity & mask_) == 0, capacity);
    for (size_t i = 0; i < capacity; ++i) {
      cells_[i].sequence.store(i, std::memory_order_relaxed);
    }
  }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Puts `mail` behind what is there; false, with nothing taken, when full. Any thread.
  bool TrySend(T mail) {
    size_t position = sent_.load(std::memory_order_relaxed);
    while (true) {
      Cell& cell = cells_[position & mask_];
      const size_t sequence = cell.sequence.load(std::memory_order_acquire);
      if (sequence == position) {
        if (sent_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) {
          cell.mail = std::move(mail);
          cell.sequence.store(position + 1, std::memory_order_release);
          return true;
        }
      } else if (sequence < position) {
        return false;
      } else {
        position = sent_.load(std::memory_order_relaxed);
      }
    }
  }

  /// Takes the oldest mail, or nullopt. Owner's thread.
  std::optional<T> TryReceive() {
    Cell& cell = cells_[received_ & mask_];
    if (cell.sequence.load(std::memory_order_acquire) != received_ + 1) {
      return std::nullopt;
    }
    std::optional<T> mail(std::move(cell.mail));
    cell.mail = T();
    cell.sequence.store(received_ + mask_ + 1, std::memory_order_release);
    ++received_;
    return mail;
  }

 private:
  struct Cell {
    std::atomic<size_t> sequence{0};
    T mail{};
  };

  std::unique_ptr<Cell[]> cells_;
  const size_t mask_;
  alignas(64) std::atomic<size_t> sent_{0};
  alignas(64) size_t received_ = 0;
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_MAILBOX_H_
