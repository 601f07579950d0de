// StateBlock: a block of memory of a state table, in memory or spilled to disk. Gives itself back;
// what it is charged is its MemoryCharge's business. Owned by its table; the task's thread, or any
// other one at a time.
#ifndef LAMINAR_ENGINE_STATE_STATE_BLOCK_H_
#define LAMINAR_ENGINE_STATE_STATE_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "engine/state/state_spill.h"

namespace laminar::engine {

class StateBlock {
 public:
  enum class Fill { kZeros, kAny };

  /// No memory.
  StateBlock() = default;
  StateBlock(size_t bytes, Fill fill)
      : memory_(fill == Fill::kZeros ? std::make_unique<uint8_t[]>(bytes)
                                     : std::make_unique_for_overwrite<uint8_t[]>(bytes)),
        start_(memory_.get()),
        bytes_(bytes) {}
  /// Takes over what `spill` has allocated.
  StateBlock(uint8_t* spilled, size_t bytes, StateSpill* spill)
      : start_(spilled), bytes_(bytes), spill_(spill) {}
  StateBlock(StateBlock&& other) noexcept { *this = std::move(other); }
  StateBlock& operator=(StateBlock&& other) noexcept {
    if (this != &other) {
      Reset();
      memory_ = std::move(other.memory_);
      start_ = std::exchange(other.start_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
      spill_ = std::exchange(other.spill_, nullptr);
    }
    return *this;
  }
  ~StateBlock() { Reset(); }

  uint8_t* get() const { return start_; }
  size_t bytes() const { return bytes_; }
  /// To be called before it is read from end to end.
  void BringBack() const {
    if (spill_ != nullptr) [[unlikely]] {
      spill_->BringBack(start_, static_cast<int64_t>(bytes_));
    }
  }
  bool is_spilled() const { return spill_ != nullptr; }

 private:
  void Reset() {
    if (spill_ != nullptr) {
      spill_->Free(start_, static_cast<int64_t>(bytes_));
    }
  }

  std::unique_ptr<uint8_t[]> memory_;
  uint8_t* start_ = nullptr;
  size_t bytes_ = 0;
  StateSpill* spill_ = nullptr;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_STATE_BLOCK_H_
