#include "engine/state/row_arena.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.h"

namespace laminar::engine {
namespace {

// Pages grow from the first size to the last: a slice of a few keys must stay small, a large table
// must not be made of many pages.
constexpr size_t kRowsOfFirstPage = 8;
constexpr size_t kPageBytesMax = 256 << 10;
constexpr size_t kTextPageBytesFirst = 512;
constexpr size_t kTextPageBytesMax = 256 << 10;

// Text takes room of one of these sizes, so that released room fits again: multiples of 16 bytes up
// to 256, powers of two beyond.
constexpr uint32_t kTextStep = 16;
constexpr uint32_t kTextStepsMax = 16;

size_t TextClassOf(uint32_t size) {
  const uint32_t steps = (size + kTextStep - 1) / kTextStep;
  if (steps <= kTextStepsMax) {
    return steps;
  }
  return kTextStepsMax +
         static_cast<size_t>(std::bit_width(steps - 1) - std::bit_width(kTextStepsMax - 1));
}

size_t TextClassBytes(size_t text_class) {
  return text_class <= kTextStepsMax
             ? text_class * kTextStep
             : size_t{kTextStepsMax * kTextStep} << (text_class - kTextStepsMax);
}

}  // namespace

RowArena::RowArena(const RowLayout& layout, MemoryBudget& memory)
    : layout_(layout),
      row_bytes_(layout.row_bytes()),
      charge_("keyed state", memory),
      text_page_bytes_(kTextPageBytesFirst) {}

void RowArena::FreeRow(uint8_t* row) {
  LAMINAR_ASSERT(layout_.IsLive(row), num_rows_);
  layout_.ReleaseText(row, *this);
  const uint8_t flags = layout_.FlagsOf(row) & kept_flags_;
  std::memset(row, 0, row_bytes_);
  layout_.FlagsOf(row) = flags;
  free_rows_.push_back(row);
  --num_rows_;
}

void RowArena::Clear() {
  LAMINAR_ASSERT(num_rows_ == 0, num_rows_);
  for (Page& page : pages_) {
    charge_.GiveBack(std::move(page.memory));
  }
  for (StateBlock& texts : texts_) {
    charge_.GiveBack(std::move(texts));
  }
  pages_.clear();
  next_row_ = nullptr;
  end_of_page_ = nullptr;
  free_rows_ = {};
  texts_.clear();
  next_text_ = nullptr;
  text_left_ = 0;
  text_page_bytes_ = kTextPageBytesFirst;
  free_texts_.clear();
}

char* RowArena::Allocate(uint32_t size) {
  const size_t text_class = TextClassOf(size);
  if (text_class < free_texts_.size() && !free_texts_[text_class].empty()) {
    char* text = free_texts_[text_class].back();
    free_texts_[text_class].pop_back();
    return text;
  }
  const size_t room = TextClassBytes(text_class);
  if (room > text_left_) [[unlikely]] {
    const size_t bytes = std::max(room, text_page_bytes_);
    text_page_bytes_ = std::min(text_page_bytes_ * 2, kTextPageBytesMax);
    texts_.push_back(charge_.Allocate(bytes, StateBlock::Fill::kAny));
    next_text_ = reinterpret_cast<char*>(texts_.back().get());
    text_left_ = bytes;
  }
  char* text = next_text_;
  next_text_ += room;
  text_left_ -= room;
  return text;
}

void RowArena::Release(char* room, uint32_t size) {
  const size_t text_class = TextClassOf(size);
  if (text_class >= free_texts_.size()) {
    free_texts_.resize(text_class + 1);
  }
  free_texts_[text_class].push_back(room);
}

data::idx_t RowArena::Next(Cursor& cursor, data::idx_t max, uint8_t** rows) const {
  TrimSpill();
  data::idx_t count = 0;
  for (; cursor.page < pages_.size(); ++cursor.page, cursor.row = 0) {
    const Page& page = pages_[cursor.page];
    const size_t num_rows = NumRowsUsed(page);
    if (cursor.row == 0) {
      page.memory.BringBack();
    }
    for (; cursor.row < num_rows; ++cursor.row) {
      uint8_t* row = page.memory.get() + cursor.row * row_bytes_;
      if (!layout_.IsLive(row)) {
        continue;
      }
      if (count == max) {
        return count;
      }
      rows[count++] = row;
    }
    if (cursor.page + 1 == pages_.size()) {
      break;  // stay here: the last page may still grow
    }
  }
  return count;
}

void RowArena::AddPage() {
  const size_t num_rows_max = pages_.empty()
                                  ? kRowsOfFirstPage
                                  : std::min(pages_.back().num_rows_max * 2,
                                             std::max<size_t>(kPageBytesMax / row_bytes_, 1));
  const size_t bytes = num_rows_max * row_bytes_;
  pages_.push_back(
      {.memory = charge_.Allocate(bytes, StateBlock::Fill::kZeros), .num_rows_max = num_rows_max});
  next_row_ = pages_.back().memory.get();
  end_of_page_ = next_row_ + bytes;
}

uint8_t* RowArena::TakeFreeRow() {
  uint8_t* row = free_rows_.back();
  free_rows_.pop_back();
  return row;
}

size_t RowArena::NumRowsUsed(const Page& page) const {
  return &page == &pages_.back() ? static_cast<size_t>(next_row_ - page.memory.get()) / row_bytes_
                                 : page.num_rows_max;
}

}  // namespace laminar::engine
