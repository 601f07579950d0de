// The memory of one keyed table: pages of rows of one size, which never move, and pages of text
// that rows refer to. Rows are handed out in order and walked in that order; freed ones are used
// again. Everything is given back at once with the arena. Charged to the budget page by page. Owned
// by its table; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_ROW_ARENA_H_
#define LAMINAR_ENGINE_STATE_ROW_ARENA_H_

#include <cstdint>
#include <vector>

#include "data/vector.h"
#include "engine/state/memory_charge.h"
#include "engine/state/row_layout.h"
#include "expression/aggregate_state.h"

namespace laminar::engine {

class RowArena final : public expression::StateStrings {
 public:
  RowArena(const RowLayout& layout, MemoryBudget& memory);

  /// A zeroed row, marked as in use.
  uint8_t* AllocateRow() {
    uint8_t* row = nullptr;
    if (free_rows_.empty()) [[likely]] {
      if (next_row_ == end_of_page_) [[unlikely]] {
        AddPage();
      }
      row = next_row_;
      next_row_ += row_bytes_;
    } else {
      row = TakeFreeRow();
    }
    layout_.FlagsOf(row) = new_row_flags_ | (layout_.FlagsOf(row) & kept_flags_);
    ++num_rows_;
    return row;
  }
  /// Flags of new rows, and which of a freed row's flags stay with its memory.
  void SetFlags(uint8_t new_row, uint8_t kept) {
    new_row_flags_ = new_row;
    kept_flags_ = kept;
  }
  /// Zeroes a row and keeps it for a later AllocateRow. Text it refers to stays until the arena
  /// goes.
  void FreeRow(uint8_t* row);

  char* Allocate(uint32_t size) override;
  void Release(char* room, uint32_t size) override;

  /// Rows that can be allocated without more memory.
  size_t num_free_rows() const {
    return free_rows_.size() + static_cast<size_t>(end_of_page_ - next_row_) / row_bytes_;
  }
  /// Gives all memory back. REQUIRES: no rows.
  void Clear();

  /// A place in the walk over all rows in use.
  struct Cursor {
    size_t page = 0;
    size_t row = 0;
  };
  /// Writes the next rows in use, `max` at most, to `rows` and returns their number; 0 at the end.
  /// Rows made meanwhile are seen.
  data::idx_t Next(Cursor& cursor, data::idx_t max, uint8_t** rows) const;

  /// To be called between accesses to many rows: see StateSpill::Trim.
  void TrimSpill() const {
    if (charge_.spill() != nullptr) [[unlikely]] {
      charge_.spill()->Trim();
    }
  }
  bool has_spilled() const { return charge_.spill() != nullptr; }

  int64_t num_rows() const { return num_rows_; }
  int64_t bytes() const { return charge_.bytes(); }
  MemoryCharge& charge() { return charge_; }
  const MemoryCharge& charge() const { return charge_; }

 private:
  struct Page {
    StateBlock memory;
    size_t num_rows_max = 0;
  };

  void AddPage();
  uint8_t* TakeFreeRow();
  size_t NumRowsUsed(const Page& page) const;

  const RowLayout& layout_;
  const size_t row_bytes_;
  MemoryCharge charge_;
  std::vector<Page> pages_;
  uint8_t* next_row_ = nullptr;
  uint8_t* end_of_page_ = nullptr;
  std::vector<uint8_t*> free_rows_;
  int64_t num_rows_ = 0;
  uint8_t new_row_flags_ = RowLayout::kLive;
  uint8_t kept_flags_ = 0;

  std::vector<StateBlock> texts_;
  char* next_text_ = nullptr;
  size_t text_left_ = 0;
  size_t text_page_bytes_;
  std::vector<std::vector<char*>> free_texts_;  // by size class
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_ROW_ARENA_H_
