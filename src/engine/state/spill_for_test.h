// A small memory budget beyond which state of tests spills to a folder of its own. Any thread.
#ifndef LAMINAR_ENGINE_STATE_SPILL_FOR_TEST_H_
#define LAMINAR_ENGINE_STATE_SPILL_FOR_TEST_H_

#include <cstdint>
#include <string>

#include "base/file.h"
#include "base/resident_memory.h"
#include "engine/state/memory_for_test.h"
#include "engine/state/state_spill.h"

namespace laminar::engine {

class SpillForTest final : public MemoryBudget {
 public:
  /// The process may have little more resident than it has now.
  explicit SpillForTest(int64_t limit, int64_t spill_bytes_max = int64_t{1} << 30)
      : memory_(limit),
        folder_(*base::MakeTemporaryFolder("spill")),
        spill_({.folder = folder_,
                .bytes_max = spill_bytes_max,
                .resident_bytes_max = base::ResidentMemory() + (4 << 20)}) {}
  ~SpillForTest() override { base::RemoveAll(folder_).IgnoreError(); }

  absl::Status Charge(const char* what, int64_t bytes) override {
    return memory_.Charge(what, bytes);
  }
  int64_t used_bytes() const override { return memory_.used_bytes(); }
  int64_t limit_bytes() const override { return memory_.limit_bytes(); }
  StateSpill* SpillFor(int64_t bytes, Use) override {
    const bool is_near = memory_.used_bytes() + bytes > memory_.limit_bytes() / 2;
    return is_near && bytes >= StateSpill::kBlockBytesMin && spill_.has_room() ? &spill_ : nullptr;
  }
  int64_t spilled_bytes() const override { return spill_.used_bytes(); }
  const StateSpill& spill() const { return spill_; }

 private:
  MemoryForTest memory_;
  const std::string folder_;
  StateSpill spill_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_SPILL_FOR_TEST_H_
