// RowChanges: which rows of an arena have changed since the last cut, and the cut that is being
// handed out. A row's byte of flags says whether it is in a list already, so a change costs one
// comparison; a row that the running cut still has to hand out is copied before it changes
// (copy-on-write), and the key of a row that goes is kept as a tombstone. Beginning a cut is
// constant in the number of rows:
//
//   changed - Begin -> pending - Next -> handed out - Finish -> forgotten
//      ^                                     |
//      +------------- Abandon ---------------+
//
// Of a cut of all rows, those are pending whose stamp (4 bits of the flags) is not the cut's; of a
// cut of changes, those in the list whose bit of the epoch before is set. (Copy-on-write snapshots
// of main-memory stores: Kemper and Neumann 2011, HyPer; here by row and not by page.) Owned with
// its arena by a table of state; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_ROW_CHANGES_H_
#define LAMINAR_ENGINE_STATE_ROW_CHANGES_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "data/chunk.h"
#include "engine/state/cold_rows.h"
#include "engine/state/memory_charge.h"
#include "engine/state/row_arena.h"
#include "engine/state/row_layout.h"
#include "engine/state/row_list.h"
#include "engine/state/row_segment.h"
#include "engine/state/state_table.h"

namespace laminar::engine {

/// Turns rows of an arena into rows of a cut.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual const std::vector<data::LogicalType>& types() const = 0;
  /// A chunk of types(), for a moment; what it holds does not matter.
  virtual data::Chunk& scratch() = 0;
  /// Writes rows[0..count) into the first rows of `chunk`, of types(): with values for kPut, with
  /// keys alone for kRemoved. Text has memory of its own.
  virtual void Write(RowChange change,
                     const uint8_t* const* rows,
                     data::idx_t count,
                     data::Chunk& chunk) = 0;
};

class RowChanges {
 public:
  /// All outlive it.
  RowChanges(const RowLayout& layout, RowArena& arena, RowWriter& writer);
  RowChanges(const RowChanges&) = delete;
  RowChanges& operator=(const RowChanges&) = delete;

  /// Rows are about to change, or are new. May name a row several times.
  void Touch(uint8_t* const* rows, data::idx_t count) {
    if (!is_based_) {
      return;
    }
    for (data::idx_t i = 0; i < count; ++i) {
      if ((layout_.FlagsOf(rows[i]) & kNotes) != settled_) [[unlikely]] {
        TouchFrom(rows, i, count);
        return;
      }
    }
  }
  /// A row is about to be freed.
  void Erase(uint8_t* row);
  /// Rows are about to leave memory for `cold`, where they are found from now on. Whether each must
  /// be noted there as changed; empty: none.
  std::vector<bool> MoveOut(uint8_t* const* rows, data::idx_t count);
  /// No row is left in memory, which is given back.
  void ForgetMemory();
  /// A row that is not in memory is about to be removed.
  void EraseCold(const uint8_t* row);
  /// Rows were brought back, before Touch.
  void MoveIn(uint8_t* const* rows, data::idx_t count) const;
  /// Where rows are that are not in memory; outlives it.
  void set_cold(ColdRows* cold) { cold_ = cold; }

  /// Begins a cut of all rows, or of those that have changed since the last. REQUIRES: no cut
  /// runs; is_based() unless `all`.
  void Begin(bool all);
  /// The next rows of the cut, or nullopt at the end.
  absl::StatusOr<std::optional<data::Chunk>> Next();
  /// The cut has been handed out, and is safe.
  void Finish();
  /// What the cut was to hand out, or has, counts as changed.
  void Abandon();

  /// Whether changes are noted: a cut of all rows has begun, and none such was abandoned since.
  bool is_based() const { return is_based_; }
  /// Whether a cut still has rows to hand out.
  bool is_pending() const { return running_ != Running::kNone && !drained_; }
  int64_t bytes() const;

 private:
  enum class Running { kNone, kAll, kChanges };

  // The bits of a row's flags, beside RowLayout::kLive.
  static constexpr uint8_t kKnown = 2;  // cuts have handed it out
  static constexpr uint8_t kBitOfEpoch[2] = {4, 8};
  static constexpr int kStampShift = 4;
  static constexpr uint8_t kStampMax = 15;
  static constexpr uint8_t kStampBits = kStampMax << kStampShift;
  static constexpr uint8_t kNotes = kBitOfEpoch[0] | kBitOfEpoch[1] | kStampBits;

  uint8_t current() const { return kBitOfEpoch[epoch_]; }
  uint8_t previous() const { return kBitOfEpoch[1 - epoch_]; }
  uint8_t stamp_bits() const { return static_cast<uint8_t>(stamp_ << kStampShift); }
  bool HasStamp(uint8_t flags) const { return (flags & kStampBits) == stamp_bits(); }
  bool IsPending(uint8_t flags) const;

  void StartEpoch();
  void NextStamp();
  void TouchFrom(uint8_t* const* rows, data::idx_t first, data::idx_t count);
  void Copy(RowSegment& into, RowChange change, const uint8_t* const* rows, data::idx_t count);
  absl::StatusOr<std::optional<data::Chunk>> NextCold();
  std::optional<data::Chunk> NextCopies();
  std::optional<data::Chunk> NextRows();
  data::idx_t TakeOfAll(uint8_t** rows);
  data::idx_t TakeOfChanges(uint8_t** rows);
  void ForgetPending(size_t count_max);
  void Charge(int64_t num_rows);

  const RowLayout& layout_;
  RowArena& arena_;
  RowWriter& writer_;
  MemoryCharge charge_;
  ColdRows* cold_ = nullptr;

  bool is_based_ = false;
  int epoch_ = 0;  // 0 or 1
  uint8_t stamp_ = 0;
  uint8_t settled_ = 0;           // notes of a row that may change without ado
  int num_stamps_abandoned_ = 0;  // in a row
  RowList changed_;
  RowSegment removed_;

  Running running_ = Running::kNone;
  bool drained_ = false;
  RowArena::Cursor cursor_;  // of kAll
  RowList pending_;          // of kChanges; of kAll the list before, to be forgotten
  size_t next_pending_ = 0;
  RowSegment pending_removed_;
  size_t next_removed_ = 0;
  std::unique_ptr<ColdRows::Cut> cold_cut_;  // where rows were not in memory
  bool cold_drained_ = false;
  LoadedRows loaded_;  // scratch
  RowSegment copies_;
  std::deque<data::Chunk> ready_;  // copies to be handed out
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_ROW_CHANGES_H_
