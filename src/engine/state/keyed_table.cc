#include "engine/state/keyed_table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.h"
#include "engine/state/packed_row.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::UnifiedVectorFormat;
using duckdb::PhysicalType;
using duckdb::sel_t;

// A slot: 0 empty; 1 erased; else the tag in the top 16 bits, the highest of them set, above the
// row's address.
constexpr uint64_t kEmpty = 0;
constexpr uint64_t kErased = 1;
constexpr int kAddressBits = 48;
constexpr uint64_t kAddressMask = (uint64_t{1} << kAddressBits) - 1;
constexpr uint64_t kTagMark = 0x8000;

constexpr uint64_t kSlotsFirst = 16;
constexpr uint64_t kSlotsOfSegmentMax = uint64_t{1}
                                        << 15;  // 256 KiB: resized in well under a millisecond
constexpr uint32_t kDirectoryDepthMax =
    16;  // beyond it, keys that share their top bits share a large segment
constexpr uint64_t kLoadPercentMax = 60;

// Prefetching pays when the table is larger than the L2 cache. A slot is fetched this many rows
// ahead, its row half as many.
constexpr int64_t kCacheBytes = 1 << 20;
constexpr idx_t kSlotsAhead = 24;
constexpr idx_t kRowsAhead = 12;
constexpr uint64_t kMovedRowsAhead = 16;  // where slots move to other segments

// Rows that may be brought back from disk, with their slots, before memory is looked after.
constexpr idx_t kRowsBetweenTrims = 64;

uint64_t TagOf(uint64_t hash) { return ((hash >> 32) & 0x7fff) | kTagMark; }
uint8_t* RowOf(uint64_t slot) { return reinterpret_cast<uint8_t*>(slot & kAddressMask); }
uint64_t SlotOf(uint64_t tag, const uint8_t* row) {
  return (tag << kAddressBits) | reinterpret_cast<uint64_t>(row);
}
bool IsRow(uint64_t slot) { return slot > kErased; }
void PrefetchRow(const uint64_t* slots, uint64_t i, uint64_t num_slots) {
  if (i < num_slots) {
    __builtin_prefetch(RowOf(slots[i]));
  }
}

idx_t PositionOf(const sel_t* positions, idx_t i) {
  return positions == nullptr ? i : positions[i];
}

}  // namespace

KeyedTable::~KeyedTable() = default;

KeyedTable::KeyedTable(const RowLayout& layout, MemoryBudget& memory)
    : layout_(layout), arena_(layout, memory) {
  AddSegment(kSlotsFirst, /*depth=*/0);
  directory_.push_back(segments_.back().get());
}

void KeyedTable::FindOrInsert(const KeyColumns& keys,
                              const sel_t* positions,
                              idx_t count,
                              uint8_t** rows,
                              std::vector<sel_t>* inserted) {
  if (count == 0) {
    return;
  }
  ++num_uses_;
  new_rows_.clear();
  if (keys.size() == 0) {
    std::fill_n(rows, count, FindOne<Missing::kInsert>(keys, 0));
    if (!new_rows_.empty()) {
      new_rows_.assign(1, 0);
    }
  } else if (arena_.has_spilled()) [[unlikely]] {
    FindOrInsertSpilled(keys, positions, count, rows);
  } else {
    FindOrInsertPart(keys, positions, count, rows);
  }
  if (MayRecall()) [[unlikely]] {
    Recall(rows);
  }
  if (changes_ != nullptr) {
    TouchFound(rows, count);
  }
  if (inserted != nullptr) {
    inserted->insert(inserted->end(), new_rows_.begin(), new_rows_.end());
  }
}

void KeyedTable::FindOrInsertPart(const KeyColumns& keys,
                                  const sel_t* positions,
                                  idx_t count,
                                  uint8_t** rows) {
  if (TryFindWords(keys, positions, count, rows)) {
    return;
  }
  if (IsLarge()) {
    FindByHash<true>(keys.hashes(), positions, count, rows);
  } else {
    FindByHash<false>(keys.hashes(), positions, count, rows);
  }
  ScatterKeys(keys, positions, rows);
  Verify(keys, positions, count, rows);
}

void KeyedTable::FindOrInsertSpilled(const KeyColumns& keys,
                                     const sel_t* positions,
                                     idx_t count,
                                     uint8_t** rows) {
  std::vector<sel_t> inserted;
  sel_t part_positions[kRowsBetweenTrims];
  for (idx_t done = 0; done < count; done += kRowsBetweenTrims) {
    const idx_t part = std::min(count - done, kRowsBetweenTrims);
    for (idx_t i = 0; i < part; ++i) {
      part_positions[i] = static_cast<sel_t>(PositionOf(positions, done + i));
    }
    new_rows_.clear();
    FindOrInsertPart(keys, part_positions, part, rows + done);
    for (const sel_t i : new_rows_) {
      inserted.push_back(static_cast<sel_t>(done + i));
    }
    arena_.TrimSpill();
  }
  new_rows_ = std::move(inserted);
}

void KeyedTable::TouchFound(uint8_t* const* rows, idx_t count) {
  if (found_rows_change_) {
    changes_->Touch(rows, layout_.num_keys() == 0 ? 1 : count);
    return;
  }
  for (const sel_t i : new_rows_) {
    changes_->Touch(rows + i, 1);
  }
}

std::unique_ptr<RowChanges> KeyedTable::Track(RowWriter& writer, bool found_rows_change) {
  LAMINAR_ASSERT(changes_ == nullptr, num_rows());
  auto changes = std::make_unique<RowChanges>(layout_, arena_, writer);
  changes_ = changes.get();
  changes_->set_cold(cold_.get());
  found_rows_change_ = found_rows_change;
  return changes;
}

void KeyedTable::Find(const KeyColumns& keys, const sel_t* positions, idx_t count, uint8_t** rows) {
  if (MayRecall()) {
    FindRecalling(keys, positions, count, rows);
    return;
  }
  for (idx_t i = 0; i < count; ++i) {
    rows[i] = FindOne<Missing::kReport>(keys, PositionOf(positions, i));
    TrimEvery(i);
  }
}

void KeyedTable::Erase(uint8_t* row) {
  if (changes_ != nullptr) {
    changes_->Erase(row);
  }
  if (cold_ != nullptr) {
    arena_.charge().Note(cold_->Remove(row));
  }
  Free(row);
}

void KeyedTable::Free(uint8_t* row) {
  const uint64_t hash = RowLayout::HashOf(row);
  Segment& segment = *directory_[DirectoryIndex(hash)];
  const uint64_t slot = SlotOf(TagOf(hash), row);
  uint64_t at = hash & segment.mask;
  while (segment.slots[at] != slot) {
    LAMINAR_ASSERT(segment.slots[at] != kEmpty, hash);
    at = (at + 1) & segment.mask;
  }
  segment.slots[at] = kErased;
  ++segment.num_erased;
  arena_.FreeRow(row);
}

// --- probing ---

template <bool kPrefetch>
void KeyedTable::FindByHash(const uint64_t* hashes,
                            const sel_t* positions,
                            idx_t count,
                            uint8_t** rows) {
  for (idx_t i = 0; i < count; ++i) {
    if constexpr (kPrefetch) {
      if (i + kSlotsAhead < count) {
        const uint64_t ahead = hashes[PositionOf(positions, i + kSlotsAhead)];
        const Segment& segment = *directory_[DirectoryIndex(ahead)];
        __builtin_prefetch(&segment.slots[ahead & segment.mask]);
      }
      if (i + kRowsAhead < count) {
        const uint64_t ahead = hashes[PositionOf(positions, i + kRowsAhead)];
        const Segment& segment = *directory_[DirectoryIndex(ahead)];
        __builtin_prefetch(RowOf(segment.slots[ahead & segment.mask]));
      }
    }
    const uint64_t hash = hashes[PositionOf(positions, i)];
    const uint64_t tag = TagOf(hash);
    Segment* segment = directory_[DirectoryIndex(hash)];
    uint64_t at = hash & segment->mask;
    while (true) {
      const uint64_t slot = segment->slots[at];
      if (slot >> kAddressBits == tag && RowLayout::HashOf(RowOf(slot)) == hash) {
        rows[i] = RowOf(slot);
        break;
      }
      if (slot == kEmpty) {
        rows[i] = Insert(segment, at, hash);
        new_rows_.push_back(static_cast<sel_t>(i));
        break;
      }
      at = (at + 1) & segment->mask;
    }
  }
}

template <class T, bool kPrefetch>
void KeyedTable::FindWords(const KeyColumns& keys,
                           const sel_t* positions,
                           idx_t count,
                           uint8_t** rows) {
  const uint64_t* const hashes = keys.hashes();
  // By width: the sign of a word does not matter to equality, but DuckDB checks it.
  const auto* const values = reinterpret_cast<const T*>(keys.column(0).data);
  const sel_t* const selection = keys.column(0).sel->data();
  const expression::StateField field = layout_.field(0);
  for (idx_t i = 0; i < count; ++i) {
    if constexpr (kPrefetch) {
      if (i + kSlotsAhead < count) {
        const uint64_t ahead = hashes[PositionOf(positions, i + kSlotsAhead)];
        const Segment& segment = *directory_[DirectoryIndex(ahead)];
        __builtin_prefetch(&segment.slots[ahead & segment.mask]);
      }
      if (i + kRowsAhead < count) {
        const uint64_t ahead = hashes[PositionOf(positions, i + kRowsAhead)];
        const Segment& segment = *directory_[DirectoryIndex(ahead)];
        __builtin_prefetch(RowOf(segment.slots[ahead & segment.mask]));
      }
    }
    const idx_t position = PositionOf(positions, i);
    const uint64_t hash = hashes[position];
    const T value = values[PositionOf(selection, position)];
    const uint64_t tag = TagOf(hash);
    Segment* segment = directory_[DirectoryIndex(hash)];
    uint64_t at = hash & segment->mask;
    while (true) {
      const uint64_t slot = segment->slots[at];
      // The row of NULL holds zeros, but has another hash than zero.
      if (slot >> kAddressBits == tag && RowLayout::HashOf(RowOf(slot)) == hash &&
          field.Load<T>(RowOf(slot)) == value) [[likely]] {
        rows[i] = RowOf(slot);
        break;
      }
      if (slot == kEmpty) {
        uint8_t* row = Insert(segment, at, hash);
        field.Store(row, value);
        field.SetValid(row);
        rows[i] = row;
        new_rows_.push_back(static_cast<sel_t>(i));
        break;
      }
      at = (at + 1) & segment->mask;
    }
  }
}

// One key column of whole numbers without NULLs: keys are compared while probing.
bool KeyedTable::TryFindWords(const KeyColumns& keys,
                              const sel_t* positions,
                              idx_t count,
                              uint8_t** rows) {
  if (keys.size() != 1 || !keys.column(0).validity.AllValid()) {
    return false;
  }
  const bool large = IsLarge();
  switch (layout_.type(0).InternalType()) {
    case PhysicalType::INT64:
    case PhysicalType::UINT64:
      large ? FindWords<uint64_t, true>(keys, positions, count, rows)
            : FindWords<uint64_t, false>(keys, positions, count, rows);
      return true;
    case PhysicalType::INT32:
    case PhysicalType::UINT32:
      large ? FindWords<uint32_t, true>(keys, positions, count, rows)
            : FindWords<uint32_t, false>(keys, positions, count, rows);
      return true;
    default:
      return false;
  }
}

template <KeyedTable::Missing kMissing>
uint8_t* KeyedTable::FindOne(const KeyColumns& keys, idx_t position) {
  const uint64_t hash = keys.hashes()[position];
  Segment* segment = directory_[DirectoryIndex(hash)];
  const uint64_t tag = TagOf(hash);
  for (uint64_t at = hash & segment->mask;; at = (at + 1) & segment->mask) {
    const uint64_t slot = segment->slots[at];
    if (slot == kEmpty) {
      if constexpr (kMissing == Missing::kReport) {
        return nullptr;
      }
      uint8_t* row = Insert(segment, at, hash);
      const auto only = static_cast<sel_t>(position);
      for (size_t column = 0; column < keys.size(); ++column) {
        layout_.Scatter(column, keys.column(column), &only, 1, &row, arena_);
      }
      new_rows_.push_back(only);
      return row;
    }
    if (slot >> kAddressBits != tag || RowLayout::HashOf(RowOf(slot)) != hash) {
      continue;
    }
    bool same = true;
    for (size_t column = 0; column < keys.size() && same; ++column) {
      same = layout_.Matches(column, keys.column(column), position, RowOf(slot));
    }
    if (same) {
      return RowOf(slot);
    }
  }
}

void KeyedTable::ScatterKeys(const KeyColumns& keys, const sel_t* positions, uint8_t** rows) {
  if (new_rows_.empty()) {
    return;
  }
  std::vector<sel_t> new_positions(new_rows_.size());
  std::vector<uint8_t*> new_places(new_rows_.size());
  for (size_t i = 0; i < new_rows_.size(); ++i) {
    new_positions[i] = static_cast<sel_t>(PositionOf(positions, new_rows_[i]));
    new_places[i] = rows[new_rows_[i]];
  }
  for (size_t column = 0; column < keys.size(); ++column) {
    layout_.Scatter(column, keys.column(column), new_positions.data(), new_places.size(),
                    new_places.data(), arena_);
  }
}

void KeyedTable::Verify(const KeyColumns& keys,
                        const sel_t* positions,
                        idx_t count,
                        uint8_t** rows) {
  mismatches_.clear();
  for (size_t column = 0; column < keys.size(); ++column) {
    layout_.FindMismatches(column, keys.column(column), positions, count, rows, mismatches_);
  }
  if (mismatches_.empty()) [[likely]] {
    return;
  }
  // Two keys of one hash. Each i may be there once per column.
  std::sort(mismatches_.begin(), mismatches_.end());
  mismatches_.erase(std::unique(mismatches_.begin(), mismatches_.end()), mismatches_.end());
  for (const sel_t i : mismatches_) {
    const size_t num_new = new_rows_.size();
    rows[i] = FindOne<Missing::kInsert>(keys, PositionOf(positions, i));
    if (new_rows_.size() > num_new) {
      new_rows_.back() = i;
    }
  }
}

bool KeyedTable::IsInMemory(const uint8_t* row) const {
  const uint64_t hash = RowLayout::HashOf(row);
  const Segment& segment = *directory_[DirectoryIndex(hash)];
  const uint64_t tag = TagOf(hash);
  std::string key;
  for (uint64_t at = hash & segment.mask; segment.slots[at] != kEmpty;
       at = (at + 1) & segment.mask) {
    const uint64_t slot = segment.slots[at];
    if (slot >> kAddressBits != tag || RowLayout::HashOf(RowOf(slot)) != hash) {
      continue;
    }
    std::string other;
    AppendPackedKey(layout_, RowOf(slot), other);
    if (key.empty()) {
      AppendPackedKey(layout_, row, key);
    }
    if (key == other) {
      return true;
    }
  }
  return false;
}

// --- growing ---

uint8_t* KeyedTable::Insert(Segment*& segment, uint64_t position, uint64_t hash) {
  while (segment->used + 1 > segment->limit) [[unlikely]] {
    Grow(*segment);  // a split may leave all keys on one side: then again
    segment = directory_[DirectoryIndex(hash)];
    position = hash & segment->mask;
    while (segment->slots[position] != kEmpty) {
      position = (position + 1) & segment->mask;
    }
  }
  uint8_t* row = arena_.AllocateRow();
  RowLayout::SetHash(row, hash);
  segment->slots[position] = SlotOf(TagOf(hash), row);
  ++segment->used;
  return row;
}

void KeyedTable::AddSegment(uint64_t num_slots, uint32_t depth) {
  segments_.push_back(std::make_unique<Segment>());
  segments_.back()->depth = depth;
  Resize(*segments_.back(), num_slots);
}

// Returns the old ones, still counted.
StateBlock KeyedTable::ReplaceSlots(Segment& segment, uint64_t num_slots) {
  StateBlock old = std::move(segment.memory);
  segment.memory = arena_.charge().Allocate(num_slots * sizeof(uint64_t), StateBlock::Fill::kZeros,
                                            MemoryBudget::Use::kOften);
  segment.slots = reinterpret_cast<uint64_t*>(segment.memory.get());
  segment.mask = num_slots - 1;
  segment.limit = num_slots * kLoadPercentMax / 100;
  segment.used = 0;
  segment.num_erased = 0;
  return old;
}

void KeyedTable::Resize(Segment& segment, uint64_t num_slots) {
  StateBlock old = ReplaceSlots(segment, num_slots);
  const auto* slots = reinterpret_cast<const uint64_t*>(old.get());
  const uint64_t num_old = old.bytes() / sizeof(uint64_t);
  for (uint64_t i = 0; i < num_old; ++i) {
    PrefetchRow(slots, i + kMovedRowsAhead, num_old);
    if (IsRow(slots[i])) {
      Reinsert(segment, slots[i]);
    }
    TrimEvery(i);
  }
  arena_.charge().GiveBack(std::move(old));
}

void KeyedTable::Reinsert(Segment& segment, uint64_t slot) {
  uint64_t at = RowLayout::HashOf(RowOf(slot)) & segment.mask;
  while (segment.slots[at] != kEmpty) {
    at = (at + 1) & segment.mask;
  }
  segment.slots[at] = slot;
  ++segment.used;
}

void KeyedTable::Grow(Segment& segment) {
  const uint64_t num_slots = segment.mask + 1;
  if (segment.num_erased > segment.used / 2) {
    Resize(segment, num_slots);
  } else if (num_slots < kSlotsOfSegmentMax || segment.depth == kDirectoryDepthMax) {
    Resize(segment, num_slots * 2);
  } else {
    Split(segment);
  }
}

void KeyedTable::Split(Segment& segment) {
  if (segment.depth == depth_) {
    std::vector<Segment*> doubled(directory_.size() * 2);
    for (size_t i = 0; i < doubled.size(); ++i) {
      doubled[i] = directory_[i / 2];
    }
    directory_ = std::move(doubled);
    ++depth_;
  }
  const uint64_t num_slots = segment.mask + 1;
  ++segment.depth;
  AddSegment(num_slots, segment.depth);
  Segment& sibling = *segments_.back();
  // Of the directory's entries for the segment, which are adjacent, the second half go to the
  // sibling.
  const auto first = std::find(directory_.begin(), directory_.end(), &segment);
  const auto num_entries = std::ptrdiff_t{1} << (depth_ - segment.depth + 1);
  std::fill(first + num_entries / 2, first + num_entries, &sibling);

  StateBlock old = ReplaceSlots(segment, num_slots);
  const auto* slots = reinterpret_cast<const uint64_t*>(old.get());
  for (uint64_t i = 0; i < num_slots; ++i) {
    PrefetchRow(slots, i + kMovedRowsAhead, num_slots);
    if (IsRow(slots[i])) {
      Reinsert(*directory_[DirectoryIndex(RowLayout::HashOf(RowOf(slots[i])))], slots[i]);
    }
    TrimEvery(i);
  }
  arena_.charge().GiveBack(std::move(old));
}

void KeyedTable::GiveMemoryBack() {
  if (changes_ != nullptr) {
    changes_->ForgetMemory();
  }
  for (const std::unique_ptr<Segment>& segment : segments_) {
    arena_.charge().GiveBack(std::move(segment->memory));
  }
  segments_.clear();
  directory_.clear();
  depth_ = 0;
  arena_.Clear();
  move_out_cursor_ = {};
  AddSegment(kSlotsFirst, /*depth=*/0);
  directory_.push_back(segments_.back().get());
}

// In loops over rows that may lie on disk.
void KeyedTable::TrimEvery(uint64_t i) const {
  if (i % kRowsBetweenTrims == kRowsBetweenTrims - 1) {
    arena_.TrimSpill();
  }
}

bool KeyedTable::IsLarge() const { return arena_.bytes() > kCacheBytes; }

}  // namespace laminar::engine
