// KeyedTable where rows are not in memory: moving them out, bringing them back, walking them.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "engine/state/keyed_table.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using duckdb::sel_t;

// Rows that are moved out of memory at once, so many that there is room for what a chunk of rows
// may need, and each time a little more; in parts.
constexpr size_t kFreeRowsMin = 2 * base::kRowsPerChunkMax;
constexpr idx_t kRowsMovedOut = 3 * base::kRowsPerChunkMax;
constexpr idx_t kRowsPerMove = 512;
constexpr int64_t kKeptDivisor = 64;  // of the budget, by each table

}  // namespace

void KeyedTable::MakeRoom(RowStore& store) {
  // Other tables may have been first to take what there is.
  const int64_t bytes_kept = arena_.charge().budget().limit_bytes() / kKeptDivisor;
  if (arena_.bytes() > bytes_kept && arena_.num_free_rows() < kFreeRowsMin) {
    MoveOut(kRowsMovedOut, store);
  }
}

void KeyedTable::MoveOut(idx_t count, RowStore& store) {
  if (layout_.num_keys() == 0) {
    return;  // one row at most
  }
  if (cold_ == nullptr) {
    cold_ = std::make_unique<ColdRows>(layout_, store);
    if (changes_ != nullptr) {
      changes_->set_cold(cold_.get());
    }
  }
  uint8_t* rows[kRowsPerMove];
  idx_t moved = 0;
  while (moved < count && arena_.num_rows() > 0) {
    const idx_t part = arena_.Next(move_out_cursor_, kRowsPerMove, rows);
    if (part == 0) {
      move_out_cursor_ = {};
      continue;
    }
    if (!TryMoveOut(rows, part)) {
      return;
    }
    moved += part;
  }
  if (arena_.num_rows() == 0) {
    GiveMemoryBack();
  }
}

bool KeyedTable::TryMoveOut(uint8_t* const* rows, idx_t count) {
  const std::vector<bool> changed =
      changes_ == nullptr ? std::vector<bool>() : changes_->MoveOut(rows, count);
  if (absl::Status put = cold_->Put(rows, count, changed); !put.ok()) {
    arena_.charge().Note(std::move(put));
    return false;
  }
  for (idx_t i = 0; i < count; ++i) {
    Free(rows[i]);
  }
  return true;
}

// Of the rows that were just made, those are not new that are found in the store.
void KeyedTable::Recall(uint8_t** rows) {
  std::vector<uint8_t*> made;
  for (const sel_t i : new_rows_) {
    made.push_back(rows[i]);
  }
  std::vector<sel_t> missing;
  const absl::Status recalled = cold_->Recall(made, arena_, missing);
  if (!recalled.ok()) {
    arena_.charge().Note(recalled);
    return;
  }
  if (changes_ != nullptr) {
    std::vector<uint8_t*> found;
    size_t next_missing = 0;
    for (size_t i = 0; i < made.size(); ++i) {
      if (next_missing < missing.size() && missing[next_missing] == i) {
        ++next_missing;
      } else {
        found.push_back(made[i]);
      }
    }
    changes_->MoveIn(found.data(), found.size());
  }
  for (size_t i = 0; i < missing.size(); ++i) {
    new_rows_[i] = new_rows_[missing[i]];
  }
  new_rows_.resize(missing.size());
}

// Makes a row for each key that is not in memory, and frees those again that are nowhere.
void KeyedTable::FindRecalling(const KeyColumns& keys,
                               const sel_t* positions,
                               idx_t count,
                               uint8_t** rows) {
  new_rows_.clear();
  FindOrInsertPart(keys, positions, count, rows);
  Recall(rows);
  std::vector<uint8_t*> absent;
  for (const sel_t i : new_rows_) {
    absent.push_back(rows[i]);
  }
  std::ranges::sort(absent);
  for (idx_t i = 0; i < count; ++i) {
    if (std::ranges::binary_search(absent, rows[i])) {
      rows[i] = nullptr;
    }
  }
  for (uint8_t* row : absent) {
    Free(row);
  }
}

idx_t KeyedTable::NextCold(Cursor& cursor, idx_t max, uint8_t** rows) const {
  if (cursor.cold == nullptr) {
    cursor.cold = std::make_unique<ColdRows::Walk>(*cold_, nullptr);
    cursor.loaded = std::make_unique<LoadedRows>(layout_);
  }
  idx_t count = 0;
  while (count == 0) {
    if (absl::Status read = cursor.cold->Next(max, *cursor.loaded); !read.ok()) {
      arena_.charge().Note(std::move(read));
      return 0;
    }
    const idx_t num_loaded = cursor.loaded->size();
    if (num_loaded == 0) {
      return 0;
    }
    uint8_t* const* loaded = cursor.loaded->rows();
    for (idx_t i = 0; i < num_loaded; ++i) {
      if (!IsInMemory(loaded[i])) {
        rows[count++] = loaded[i];
      }
    }
  }
  return count;
}

void KeyedTable::EraseIf(const std::function<bool(const uint8_t*)>& goes) {
  uint8_t* rows[base::kRowsPerChunkMax];
  RowArena::Cursor cursor;
  while (const idx_t count = arena_.Next(cursor, base::kRowsPerChunkMax, rows)) {
    for (idx_t i = 0; i < count; ++i) {
      if (goes(rows[i])) {
        Erase(rows[i]);
      }
    }
  }
  if (cold_ == nullptr) {
    return;
  }
  Cursor cold;
  while (const idx_t count = NextCold(cold, base::kRowsPerChunkMax, rows)) {
    for (idx_t i = 0; i < count; ++i) {
      if (goes(rows[i])) {
        if (changes_ != nullptr) {
          changes_->EraseCold(rows[i]);
        }
        arena_.charge().Note(cold_->RemoveCold(rows[i]));
      }
    }
  }
}

}  // namespace laminar::engine
