// KeyedTable: rows found by key. Open addressing with linear probing over 8-byte slots (a 15-bit
// tag of the hash and the row's address), at most 60 % full. Slots lie in segments chosen by the
// top bits of the hash; a full segment doubles or, at its greatest size, splits in two (Fagin et
// al. 1979, extendible hashing), so growing never stops the task for longer than one segment takes.
// Rows never move. Whole chunks are looked up at once: hashes first, prefetched ahead where the
// table is larger than the cache, then keys column by column; where the table lies on disk in part,
// in small steps. Rows may also leave memory for a RowStore (MoveOut), of which the table is then a
// cache: keys that are not found in memory are looked for there. One namespace (a slice, or all) of
// a state table; owned by it or by an operator for the time of one window's firing; the task's
// thread.
#ifndef LAMINAR_ENGINE_STATE_KEYED_TABLE_H_
#define LAMINAR_ENGINE_STATE_KEYED_TABLE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/status.h"
#include "data/vector.h"
#include "engine/state/cold_rows.h"
#include "engine/state/key_columns.h"
#include "engine/state/memory_budget.h"
#include "engine/state/row_arena.h"
#include "engine/state/row_changes.h"
#include "engine/state/row_layout.h"
#include "engine/state/state_block.h"

namespace laminar::engine {

class KeyedTable {
 public:
  /// `layout` must outlive the table.
  KeyedTable(const RowLayout& layout, MemoryBudget& memory);
  ~KeyedTable();

  /// The budget is short (see MemoryBudget::RowStoreFor): makes room for the rows of the next chunk
  /// by moving others out. To be called between chunks by operators that keep no row from one to
  /// the next, and only by those.
  void MakeRoom(RowStore& store);
  /// Moves up to `count` rows out of memory, and gives the memory back when none is left.
  void MoveOut(data::idx_t count, RowStore& store);

  /// Sets rows[i] to the row of the key at `positions[i]` (i when not set) of `keys`, for all i <
  /// count. Missing rows are made: zeroed but for hash and keys; their i are appended to `inserted`
  /// unless it is nullptr. See status() for whether the budget allowed it.
  void FindOrInsert(const KeyColumns& keys,
                    const duckdb::sel_t* positions,
                    data::idx_t count,
                    uint8_t** rows,
                    std::vector<duckdb::sel_t>* inserted = nullptr);
  /// The same without making rows: nullptr where the key is absent.
  void Find(const KeyColumns& keys,
            const duckdb::sel_t* positions,
            data::idx_t count,
            uint8_t** rows);

  /// Removes a row that FindOrInsert or Find gave. Its memory is used for later rows.
  void Erase(uint8_t* row);
  /// Removes the rows for which `goes` is true.
  void EraseIf(const std::function<bool(const uint8_t*)>& goes);
  /// Notes changes from now on: of rows that FindOrInsert finds, or of those only that it makes,
  /// and of those that Erase removes. REQUIRES: what is returned goes before the table.
  std::unique_ptr<RowChanges> Track(RowWriter& writer, bool found_rows_change);

  /// Walks the rows: those in memory in the order in which they were made (see RowArena::Next),
  /// then the others, which stay where they are until the next call, and are not to be changed.
  /// REQUIRES: no MakeRoom and no MoveOut meanwhile.
  struct Cursor {
    RowArena::Cursor memory;
    std::unique_ptr<ColdRows::Walk> cold;  // once those in memory are through
    std::unique_ptr<LoadedRows> loaded;
  };
  data::idx_t Next(Cursor& cursor, data::idx_t max, uint8_t** rows) const {
    const data::idx_t count = arena_.Next(cursor.memory, max, rows);
    return count > 0 || cold_ == nullptr ? count : NextCold(cursor, max, rows);
  }

  const RowLayout& layout() const { return layout_; }
  expression::StateStrings& strings() { return arena_; }
  int64_t num_rows() const {
    return arena_.num_rows() + (cold_ == nullptr ? 0 : cold_->num_rows());
  }
  int64_t num_rows_in_memory() const { return arena_.num_rows(); }
  /// Changes with every FindOrInsert.
  uint64_t num_uses() const { return num_uses_; }
  int64_t bytes() const { return arena_.bytes(); }
  /// The first refusal of the budget, or Ok; to be asked after each chunk.
  const absl::Status& status() const { return arena_.charge().status(); }

 private:
  struct Segment {
    StateBlock memory;  // of the slots
    uint64_t* slots = nullptr;
    uint64_t mask = 0;   // number of slots - 1
    uint64_t used = 0;   // slots that are not empty, erased ones included
    uint64_t limit = 0;  // of used
    uint64_t num_erased = 0;
    uint32_t depth = 0;  // top bits of the hash that all keys in here share
  };
  enum class Missing { kInsert, kReport };

  size_t DirectoryIndex(uint64_t hash) const { return (hash >> 1) >> (63 - depth_); }
  void AddSegment(uint64_t num_slots, uint32_t depth);
  void Resize(Segment& segment, uint64_t num_slots);
  StateBlock ReplaceSlots(Segment& segment, uint64_t num_slots);
  void Grow(Segment& segment);
  void Split(Segment& segment);
  void Reinsert(Segment& segment, uint64_t slot);
  uint8_t* Insert(Segment*& segment, uint64_t position, uint64_t hash);
  bool IsLarge() const;
  void TrimEvery(uint64_t i) const;
  void FindOrInsertPart(const KeyColumns& keys,
                        const duckdb::sel_t* positions,
                        data::idx_t count,
                        uint8_t** rows);
  void FindOrInsertSpilled(const KeyColumns& keys,
                           const duckdb::sel_t* positions,
                           data::idx_t count,
                           uint8_t** rows);

  template <bool kPrefetch>
  void FindByHash(const uint64_t* hashes,
                  const duckdb::sel_t* positions,
                  data::idx_t count,
                  uint8_t** rows);
  template <class T, bool kPrefetch>
  void FindWords(const KeyColumns& keys,
                 const duckdb::sel_t* positions,
                 data::idx_t count,
                 uint8_t** rows);
  bool TryFindWords(const KeyColumns& keys,
                    const duckdb::sel_t* positions,
                    data::idx_t count,
                    uint8_t** rows);
  template <Missing kMissing>
  uint8_t* FindOne(const KeyColumns& keys, data::idx_t position);
  void ScatterKeys(const KeyColumns& keys, const duckdb::sel_t* positions, uint8_t** rows);
  void Verify(const KeyColumns& keys,
              const duckdb::sel_t* positions,
              data::idx_t count,
              uint8_t** rows);

  void TouchFound(uint8_t* const* rows, data::idx_t count);
  bool MayRecall() const { return cold_ != nullptr && cold_->num_rows() > 0; }
  void Recall(uint8_t** rows);
  void FindRecalling(const KeyColumns& keys,
                     const duckdb::sel_t* positions,
                     data::idx_t count,
                     uint8_t** rows);
  void Free(uint8_t* row);
  bool IsInMemory(const uint8_t* row) const;
  data::idx_t NextCold(Cursor& cursor, data::idx_t max, uint8_t** rows) const;
  bool TryMoveOut(uint8_t* const* rows, data::idx_t count);
  void GiveMemoryBack();

  const RowLayout& layout_;
  mutable RowArena arena_;            // a walk may note an error
  std::unique_ptr<ColdRows> cold_;    // from the first MoveOut on
  RowArena::Cursor move_out_cursor_;  // goes round
  RowChanges* changes_ = nullptr;
  bool found_rows_change_ = true;
  std::vector<std::unique_ptr<Segment>> segments_;
  std::vector<Segment*> directory_;  // 2^depth_ entries, by the hash's top bits
  uint32_t depth_ = 0;
  uint64_t num_uses_ = 0;
  std::vector<duckdb::sel_t> new_rows_;  // of the running call: i of rows that were made
  std::vector<duckdb::sel_t>
      mismatches_;  // of the running call: i whose row has the hash but another key
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_KEYED_TABLE_H_
