#include "engine/state/row_changes.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "engine/state/state_changes.h"

namespace laminar::engine {
namespace {

using data::idx_t;

// Flags may lie in another cache line than the key that was compared.
constexpr idx_t kFlagsAhead = 16;

// Entries of an old list that are forgotten with each chunk of rows.
constexpr size_t kForgottenPerChunk = 4 * base::kRowsPerChunkMax;

// Rows that are read from disk for a chunk of a cut.
constexpr idx_t kColdRowsPerChunk = 512;

}  // namespace

RowChanges::RowChanges(const RowLayout& layout, RowArena& arena, RowWriter& writer)
    : layout_(layout),
      arena_(arena),
      writer_(writer),
      charge_("changes of keyed state", arena.charge().budget()),
      removed_(writer.types(), arena.charge().budget()),
      pending_removed_(writer.types(), arena.charge().budget()),
      loaded_(layout),
      copies_(writer.types(), arena.charge().budget()) {}

bool RowChanges::IsPending(uint8_t flags) const {
  switch (running_) {
    case Running::kAll:
      return !HasStamp(flags);
    case Running::kChanges:
      return (flags & previous()) != 0;
    case Running::kNone:
      return false;
  }
}

// --- changes ---

void RowChanges::TouchFrom(uint8_t* const* rows, idx_t first, idx_t count) {
  std::vector<const uint8_t*> copied;
  int64_t num_listed = 0;
  for (idx_t i = first; i < count; ++i) {
    if (i + kFlagsAhead < count) {
      __builtin_prefetch(&layout_.FlagsOf(rows[i + kFlagsAhead]), /*rw=*/1);
    }
    uint8_t& flags = layout_.FlagsOf(rows[i]);
    if ((flags & kNotes) == settled_) {
      continue;
    }
    if (IsPending(flags)) {
      copied.push_back(rows[i]);
      flags |= kKnown;
    }
    if (!HasStamp(flags)) {  // notes of the time before the cut of all rows
      flags &= static_cast<uint8_t>(~kNotes);
      flags |= stamp_bits();
    }
    flags &= static_cast<uint8_t>(~previous());
    if ((flags & current()) == 0) {
      flags |= current();
      changed_.Push(rows[i]);
      ++num_listed;
    }
  }
  Copy(copies_, RowChange::kPut, copied.data(), copied.size());
  Charge(num_listed);
}

void RowChanges::Erase(uint8_t* row) {
  const uint8_t flags = layout_.FlagsOf(row);
  const bool pending = IsPending(flags);
  if (pending) {
    Copy(copies_, RowChange::kPut, &row, 1);
  }
  if (is_based_ && (pending || (flags & kKnown) != 0)) {
    Copy(removed_, RowChange::kRemoved, &row, 1);
  }
  if (!HasStamp(flags)) {  // what it notes is no longer so; nothing of it may stay
    layout_.FlagsOf(row) = RowLayout::kLive;
  }
}

// While a cut of changes runs, nobody knows which rows it has handed out already: should it be
// abandoned, they must be found again.
std::vector<bool> RowChanges::MoveOut(uint8_t* const* rows, idx_t count) {
  std::vector<const uint8_t*> copied;
  std::vector<bool> changed(count, running_ == Running::kChanges);
  for (idx_t i = 0; i < count; ++i) {
    uint8_t& flags = layout_.FlagsOf(rows[i]);
    if (IsPending(flags)) {
      copied.push_back(rows[i]);
    }
    if (HasStamp(flags)) {
      changed[i] = changed[i] || (flags & current()) != 0;
    } else {  // what it notes is no longer so; nothing of it may stay
      flags = RowLayout::kLive;
    }
  }
  Copy(copies_, RowChange::kPut, copied.data(), copied.size());
  return is_based_ ? changed : std::vector<bool>();
}

// The running cut, if there is one, has it by its snapshot of the store.
void RowChanges::EraseCold(const uint8_t* row) {
  if (is_based_) {
    Copy(removed_, RowChange::kRemoved, &row, 1);
  }
}

void RowChanges::MoveIn(uint8_t* const* rows, idx_t count) const {
  for (idx_t i = 0; i < count; ++i) {
    layout_.FlagsOf(rows[i]) |= kKnown;
  }
}

void RowChanges::ForgetMemory() {
  charge_.Release(charge_.bytes());
  changed_.Clear();
  pending_.Clear();
  next_pending_ = 0;
  cursor_ = {};
}

// A refused charge is remembered by the arena's, which its operator asks after each chunk.
void RowChanges::Copy(RowSegment& into, RowChange change, const uint8_t* const* rows, idx_t count) {
  for (idx_t done = 0; done < count;) {
    const idx_t part = std::min<idx_t>(count - done, base::kRowsPerChunkMax);
    data::Chunk& chunk = writer_.scratch();
    chunk.columns().Reset();
    writer_.Write(change, rows + done, part, chunk);
    chunk.set_num_rows(part);
    arena_.charge().Note(into.Append(chunk));
    done += part;
  }
}

void RowChanges::Charge(int64_t num_rows) {
  const auto bytes = num_rows * static_cast<int64_t>(sizeof(uint8_t*));
  if (bytes > 0) {
    charge_.Take(bytes);
    arena_.charge().Note(charge_.status());
  }
}

// --- the cut ---

void RowChanges::Begin(bool all) {
  LAMINAR_ASSERT(running_ == Running::kNone, all);
  LAMINAR_ASSERT(all || is_based_, all);
  pending_.Swap(changed_);
  next_pending_ = 0;
  next_removed_ = 0;
  drained_ = false;
  cursor_ = {};
  cold_cut_ = cold_ == nullptr ? nullptr : std::make_unique<ColdRows::Cut>(*cold_, all);
  cold_drained_ = cold_cut_ == nullptr;
  if (all) {
    removed_.Take();
    NextStamp();
  } else {
    pending_removed_.Swap(removed_);
  }
  running_ = all ? Running::kAll : Running::kChanges;
  is_based_ = true;
  StartEpoch();
}

void RowChanges::StartEpoch() {
  epoch_ = 1 - epoch_;
  settled_ = static_cast<uint8_t>(current() | stamp_bits());
  // Freed memory that is in the list stays in it for the row that uses it next.
  arena_.SetFlags(static_cast<uint8_t>(RowLayout::kLive | stamp_bits()), current());
}

// Stamps come round after 15 cuts of all rows. Each of them that ends leaves its own on all rows;
// only where so many were abandoned in a row, old ones must be wiped out.
void RowChanges::NextStamp() {
  if (num_stamps_abandoned_ + 1 >= kStampMax) {
    RowArena::Cursor cursor;
    uint8_t* rows[base::kRowsPerChunkMax];
    while (const idx_t count = arena_.Next(cursor, base::kRowsPerChunkMax, rows)) {
      for (idx_t i = 0; i < count; ++i) {
        uint8_t& flags = layout_.FlagsOf(rows[i]);
        flags = static_cast<uint8_t>((flags & ~kStampBits) | stamp_bits());
      }
    }
    num_stamps_abandoned_ = 0;
  }
  stamp_ = stamp_ == kStampMax ? 0 : static_cast<uint8_t>(stamp_ + 1);
}

absl::StatusOr<std::optional<data::Chunk>> RowChanges::Next() {
  LAMINAR_ASSERT(running_ != Running::kNone, next_pending_);
  if (drained_) {
    return std::nullopt;
  }
  // Tombstones first: a key that was removed and came back is there.
  if (next_removed_ < pending_removed_.chunks().size()) {
    return OwnedCopy(pending_removed_.chunks()[next_removed_++], writer_.types());
  }
  // Then rows that were not in memory when the cut began: what is newer comes after them.
  if (!cold_drained_) {
    LAMINAR_ASSIGN_OR_RETURN(std::optional<data::Chunk> rows, NextCold());
    if (rows.has_value()) {
      return rows;
    }
  }
  if (copies_.num_rows() >= base::kRowsPerChunkMax || !ready_.empty()) {
    return NextCopies();
  }
  if (std::optional<data::Chunk> rows = NextRows()) {
    return rows;
  }
  if (std::optional<data::Chunk> rows = NextCopies()) {
    return rows;
  }
  if (running_ == Running::kAll) {
    ForgetPending(pending_.size());
    num_stamps_abandoned_ = 0;
  }
  drained_ = true;
  return std::nullopt;
}

absl::StatusOr<std::optional<data::Chunk>> RowChanges::NextCold() {
  LAMINAR_RETURN_IF_ERROR(cold_cut_->Next(kColdRowsPerChunk, loaded_));
  const idx_t count = loaded_.size();
  if (count == 0) {
    cold_drained_ = true;
    return std::nullopt;
  }
  data::Chunk chunk = data::Chunk::Allocate(writer_.types());
  writer_.Write(RowChange::kPut, loaded_.rows(), count, chunk);
  chunk.set_num_rows(count);
  return chunk;
}

std::optional<data::Chunk> RowChanges::NextCopies() {
  if (ready_.empty()) {
    for (data::Chunk& chunk : copies_.Take()) {
      ready_.push_back(std::move(chunk));
    }
  }
  if (ready_.empty()) {
    return std::nullopt;
  }
  data::Chunk chunk = std::move(ready_.front());
  ready_.pop_front();
  return chunk;
}

std::optional<data::Chunk> RowChanges::NextRows() {
  uint8_t* rows[base::kRowsPerChunkMax];
  idx_t count = 0;
  if (running_ == Running::kAll) {
    ForgetPending(kForgottenPerChunk);
    count = TakeOfAll(rows);
  } else {
    count = TakeOfChanges(rows);
  }
  if (count == 0) {
    return std::nullopt;
  }
  data::Chunk chunk = data::Chunk::Allocate(writer_.types());
  writer_.Write(RowChange::kPut, rows, count, chunk);
  chunk.set_num_rows(count);
  return chunk;
}

idx_t RowChanges::TakeOfAll(uint8_t** rows) {
  idx_t count = 0;
  while (count < base::kRowsPerChunkMax) {
    const idx_t num_seen = arena_.Next(cursor_, base::kRowsPerChunkMax - count, rows + count);
    if (num_seen == 0) {
      break;
    }
    const idx_t end = count + num_seen;
    for (idx_t i = count; i < end; ++i) {
      uint8_t& flags = layout_.FlagsOf(rows[i]);
      if (!HasStamp(flags)) {
        flags = static_cast<uint8_t>(RowLayout::kLive | kKnown | stamp_bits());
        rows[count++] = rows[i];
      }
    }
  }
  return count;
}

idx_t RowChanges::TakeOfChanges(uint8_t** rows) {
  idx_t count = 0;
  for (; next_pending_ < pending_.size() && count < base::kRowsPerChunkMax; ++next_pending_) {
    if (next_pending_ + kFlagsAhead < pending_.size()) {
      __builtin_prefetch(&layout_.FlagsOf(pending_[next_pending_ + kFlagsAhead]), /*rw=*/1);
    }
    uint8_t* row = pending_[next_pending_];
    uint8_t& flags = layout_.FlagsOf(row);
    if ((flags & previous()) == 0) {
      continue;
    }
    flags &= static_cast<uint8_t>(~previous());
    if ((flags & RowLayout::kLive) != 0) {
      flags |= kKnown;
      rows[count++] = row;
    }
  }
  return count;
}

// Of a cut of all rows: the list of changes before it says nothing any more, and no memory may stay
// marked as in it.
void RowChanges::ForgetPending(size_t count_max) {
  const size_t end = std::min(pending_.size(), next_pending_ + count_max);
  for (; next_pending_ < end; ++next_pending_) {
    layout_.FlagsOf(pending_[next_pending_]) &= static_cast<uint8_t>(~previous());
  }
}

void RowChanges::Finish() {
  LAMINAR_ASSERT(drained_, next_pending_);
  charge_.Release(pending_.bytes());
  pending_.Clear();
  pending_removed_.Take();
  if (cold_cut_ != nullptr) {
    arena_.charge().Note(cold_cut_->Finish());
    cold_cut_.reset();
  }
  running_ = Running::kNone;
}

void RowChanges::Abandon() {
  LAMINAR_ASSERT(running_ != Running::kNone, next_pending_);
  if (running_ == Running::kAll) {
    // Without the rows of this cut, later changes would be changes of nothing.
    if (!drained_) {
      ++num_stamps_abandoned_;
    }
    ForgetPending(pending_.size());
    pending_.Clear();
    for (size_t i = 0; i < changed_.size(); ++i) {
      layout_.FlagsOf(changed_[i]) &= static_cast<uint8_t>(~current());
    }
    charge_.Release(charge_.bytes());
    changed_.Clear();
    removed_.Take();
    is_based_ = false;
    arena_.SetFlags(static_cast<uint8_t>(RowLayout::kLive | stamp_bits()), 0);
  } else {
    // Older changes stay before newer ones: sets are handed out in the order in which they grew.
    RowList changed;
    for (size_t i = 0; i < pending_.size(); ++i) {
      uint8_t& flags = layout_.FlagsOf(pending_[i]);
      flags &= static_cast<uint8_t>(~previous());
      if ((flags & RowLayout::kLive) != 0 && (flags & current()) == 0) {
        flags |= current();
        changed.Push(pending_[i]);
      }
    }
    charge_.Release(pending_.bytes());
    pending_.Clear();
    Charge(static_cast<int64_t>(changed.size()));
    for (size_t i = 0; i < changed_.size(); ++i) {
      changed.Push(changed_[i]);
    }
    changed_.Swap(changed);
    for (const data::Chunk& chunk : pending_removed_.chunks()) {
      arena_.charge().Note(removed_.Append(chunk));
    }
    pending_removed_.Take();
  }
  copies_.Take();
  ready_.clear();
  cold_cut_.reset();
  running_ = Running::kNone;
}

int64_t RowChanges::bytes() const {
  return charge_.bytes() + removed_.bytes() + pending_removed_.bytes() + copies_.bytes();
}

}  // namespace laminar::engine
