// MemoryCharge: what one table has taken from the worker's budget. Tables grow in the middle of
// loops over rows, where an error cannot be returned: a refused charge is remembered, the memory is
// used all the same, and the operator asks for the error after the chunk. So the budget is exceeded
// by what one chunk needs at most. Owned by a table; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_MEMORY_CHARGE_H_
#define LAMINAR_ENGINE_STATE_MEMORY_CHARGE_H_

#include <cstdint>
#include <utility>

#include "base/status.h"
#include "engine/state/memory_budget.h"
#include "engine/state/state_block.h"
#include "engine/state/state_spill.h"

namespace laminar::engine {

class MemoryCharge {
 public:
  /// `what` is a literal, named in the error.
  MemoryCharge(const char* what, MemoryBudget& budget) : what_(what), budget_(&budget) {}
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;
  ~MemoryCharge() { Release(charged_); }

  /// Takes `bytes` more; see status() for whether they were granted.
  void Take(int64_t bytes) {
    absl::Status granted = budget_->Charge(what_, bytes);
    if (granted.ok()) {
      charged_ += bytes;
    } else if (status_.ok()) {
      status_ = std::move(granted);
    }
    used_ += bytes;
  }
  /// Gives back memory that Take has counted.
  void Release(int64_t bytes) {
    used_ -= bytes;
    const int64_t given_back = bytes < charged_ ? bytes : charged_;
    if (given_back != 0) {
      // Giving back is never refused.
      budget_->Charge(what_, -given_back).IgnoreError();
      charged_ -= given_back;
    }
  }

  /// Memory that is counted until GiveBack, or as long as this: in memory, or on disk where the
  /// budget is nearly used up. Only `Fill::kZeros` is zeroed.
  StateBlock Allocate(size_t bytes,
                      StateBlock::Fill fill,
                      MemoryBudget::Use use = MemoryBudget::Use::kSeldom) {
    const auto size = static_cast<int64_t>(bytes);
    if (StateSpill* spill = budget_->SpillFor(size, use)) [[unlikely]] {
      if (uint8_t* memory = spill->Allocate(size)) {
        TakeSpilled(size, *spill);
        return StateBlock(memory, bytes, spill);
      }
    }
    Take(size);
    return StateBlock(bytes, fill);
  }
  void GiveBack(StateBlock block) {
    const auto size = static_cast<int64_t>(block.bytes());
    Release(size, block.is_spilled());
  }
  /// Gives back what Take or TakeSpilled has counted.
  void Release(int64_t bytes, bool is_spilled) {
    if (is_spilled) {
      used_ -= bytes;
    } else {
      Release(bytes);
    }
  }
  /// Counts what lies on disk, and so is not charged to the budget.
  void TakeSpilled(int64_t bytes, StateSpill& spill) {
    used_ += bytes;
    spill_ = &spill;
  }
  /// Where some of it lies on disk: to be trimmed between accesses. Else nullptr.
  StateSpill* spill() const { return spill_; }

  /// Remembers a refusal of another charge that belongs to the same table.
  void Note(absl::Status status) {
    if (!status.ok() && status_.ok()) {
      status_ = std::move(status);
    }
  }
  /// REQUIRES: the same budget.
  void Swap(MemoryCharge& other) {
    std::swap(used_, other.used_);
    std::swap(charged_, other.charged_);
    std::swap(status_, other.status_);
    std::swap(spill_, other.spill_);
  }

  /// The first refusal, or Ok.
  const absl::Status& status() const { return status_; }
  int64_t bytes() const { return used_; }
  MemoryBudget& budget() const { return *budget_; }

 private:
  const char* what_;
  MemoryBudget* budget_;
  int64_t used_ = 0;
  int64_t charged_ = 0;
  absl::Status status_;
  StateSpill* spill_ = nullptr;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_MEMORY_CHARGE_H_
