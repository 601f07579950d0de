// SpilledText: text of one column of a chunk whose rows lie on disk. Belongs to the column's vector
// (StringVector::AddBuffer), so it lives as long as somebody refers to the text. Written by the
// segment that fills the chunk, on the task's thread.
#ifndef LAMINAR_ENGINE_STATE_SPILLED_TEXT_H_
#define LAMINAR_ENGINE_STATE_SPILLED_TEXT_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "data/vector.h"
#include "engine/state/state_block.h"
#include "engine/state/state_spill.h"

namespace laminar::engine {

class SpilledText final : public duckdb::VectorBuffer {
 public:
  explicit SpilledText(StateSpill& spill)
      : VectorBuffer(duckdb::VectorBufferType::OPAQUE_BUFFER), spill_(spill) {}

  duckdb::string_t Copy(const duckdb::string_t& text) {
    if (text.IsInlined()) {
      return text;
    }
    const auto bytes = static_cast<uint32_t>(text.GetSize());
    char* room = Allocate(bytes);
    std::memcpy(room, text.GetData(), bytes);
    return {room, bytes};
  }

 private:
  static constexpr size_t kPageBytesFirst = 8 << 10;
  static constexpr size_t kPageBytesMax = 64 << 10;

  char* Allocate(size_t bytes) {
    if (bytes > left_) {
      AddPage(std::max(bytes, page_bytes_));
    }
    char* room = next_;
    next_ += bytes;
    left_ -= bytes;
    return room;
  }
  // In memory where the disk is full: the segment's next chunk is counted again.
  void AddPage(size_t bytes) {
    page_bytes_ = std::min(page_bytes_ * 2, kPageBytesMax);
    uint8_t* spilled = spill_.Allocate(static_cast<int64_t>(bytes));
    pages_.push_back(spilled != nullptr ? StateBlock(spilled, bytes, &spill_)
                                        : StateBlock(bytes, StateBlock::Fill::kAny));
    next_ = reinterpret_cast<char*>(pages_.back().get());
    left_ = bytes;
  }

  StateSpill& spill_;
  std::vector<StateBlock> pages_;
  size_t page_bytes_ = kPageBytesFirst;
  char* next_ = nullptr;
  size_t left_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_SPILLED_TEXT_H_
