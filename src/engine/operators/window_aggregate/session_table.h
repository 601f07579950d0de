// SessionTable: the open sessions of all keys. A key's sessions form a list, latest first; most
// keys have one. A session is a row with its bounds, the states of its aggregates and the chains of
// its collected rows. Deadlines are kept coarsely and checked when they come, so that a row that
// extends a session costs nothing here. Owned by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SESSION_TABLE_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SESSION_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/operators/window_aggregate/aggregate_plan.h"
#include "engine/state/chained_rows.h"
#include "engine/state/key_columns.h"
#include "engine/state/keyed_table.h"
#include "engine/state/row_arena.h"
#include "engine/state/row_changes.h"
#include "engine/state/sliced_table.h"
#include "engine/state/state_table.h"

namespace laminar::engine {

class SessionTable final : public StateTable {
 public:
  /// `plan` is made without keys and places its columns here; `keys` are the key columns. A row
  /// joins a session that it follows or precedes by `gap` microseconds or less.
  SessionTable(AggregatePlan& plan,
               const std::vector<data::Field>& keys,
               int64_t gap,
               int num_key_groups,
               MemoryBudget& memory);

  const RowLayout& key_layout() const { return key_layout_; }

  /// The rows of keys, made where missing. Those without sessions afterwards must be given to
  /// DropIfEmpty.
  void FindKeys(const KeyColumns& keys,
                data::idx_t count,
                uint8_t** key_rows,
                std::vector<duckdb::sel_t>* inserted);
  void DropIfEmpty(uint8_t* key_row);

  /// What one row finds: the session it belongs to, and the one before it that it ties to it.
  struct Found {
    uint8_t* session = nullptr;  // nullptr: none, a new one is to be made
    uint8_t* later = nullptr;    // of a new one: the session after it
    uint8_t* joins = nullptr;    // must be merged into `session`; ends before it
  };
  Found Find(const uint8_t* key_row, int64_t time) const;
  /// Makes a session of one time, before `found.later` in the key's list.
  uint8_t* Add(uint8_t* key_row, int64_t time, const Found& found);
  /// Widens the bounds of a session, whose states are about to change.
  void Extend(uint8_t* session, int64_t time);
  /// Merges states, bounds and chains of `earlier` into `session`, its successor in time, and drops
  /// it.
  absl::Status Merge(uint8_t* session, uint8_t* earlier);

  /// Takes sessions whose last row lies more than the gap before `watermark`, in order of their
  /// end, then of their creation.
  std::vector<uint8_t*> TakeDue(int64_t watermark);
  /// Sessions are about to change for the last time, to be removed then.
  void BeginClose(uint8_t* const* sessions, data::idx_t count);
  /// Drops a session and, with its last one, the key.
  void Remove(uint8_t* session);

  SliceId WindowOf(const uint8_t* session) const;
  uint8_t* KeyOf(const uint8_t* session) const;

  /// Keeps rows of AggregatePlan::rows()[index] and hangs row i on sessions[i].
  absl::Status Append(size_t index, const data::Chunk& rows, uint8_t* const* sessions);
  ChainedRows& rows(size_t index) { return *rows_[index]; }
  RowRef FirstRow(size_t index, const uint8_t* session) const;

  expression::StateStrings& strings() { return *sessions_; }
  /// The first refusal of the budget, or Ok; to be asked after each chunk.
  absl::Status status() const;

  const StateSchema& schema() const override { return schema_; }
  int64_t num_rows() const override { return sessions_->num_rows(); }
  int64_t bytes() const override;
  data::Schema SnapshotSchema() const override { return MakeSnapshotSchema(schema_); }
  absl::StatusOr<std::unique_ptr<StateCut>> Cut(CutKind kind, KeyGroupRange range) override;
  absl::Status Apply(const data::Chunk& changes, KeyGroupRange range) override;
  void Clear() override;
  /// The tables of what belongs to sessions: which was merged into which, and their collected rows.
  std::vector<StateTable*> PartTables();
  /// This table and those of PartTables have been applied.
  absl::Status Restored();

 private:
  struct Timer {
    uint8_t* session = nullptr;
    int64_t id = 0;
  };
  class Writer;
  class SessionCut;
  class ChainTable;

  // A session's id: its number, counted through the subtask, and its key group, so that ids of all
  // subtasks differ.
  int64_t NewId(const uint8_t* key_row);
  uint32_t KeyGroupOfKey(const uint8_t* key_row) const;
  uint32_t KeyGroupOfId(int64_t id) const { return static_cast<uint32_t>(id % num_key_groups_); }
  int64_t IdOf(const uint8_t* session) const { return id_.Load<int64_t>(session); }
  int64_t DeadlineOf(const uint8_t* session) const { return last_.Load<int64_t>(session) + gap_; }
  std::unique_ptr<ChainedRows> MakeRows(size_t index);
  void MakeChainTables();
  void Touch(uint8_t* session) {
    if (changes_ != nullptr) {
      changes_->Touch(&session, 1);
    }
  }
  void Chain(size_t index, const std::vector<RowRef>& refs, uint8_t* const* sessions);
  void NoteMerge(const uint8_t* session, const uint8_t* earlier);
  void ForgetMerges(int64_t id);
  uint8_t* FindMerged(int64_t id, bool insert);
  // Of a kept row's session, what it is part of by now; nullptr: it has ended. Before the end of
  // Restored.
  uint8_t* SessionOf(int64_t id);
  void RestoreMerges();
  absl::Status RestoreRows();
  void RemoveLoaded(const std::vector<int64_t>& ids);
  absl::Status Put(const data::Chunk& changes,
                   const std::vector<duckdb::sel_t>& positions,
                   const std::vector<int64_t>& ids,
                   const KeyColumns& keys);
  void Arm(uint8_t* session);
  void Unlink(uint8_t* session);
  void Link(uint8_t* session, uint8_t* key_row, uint8_t* later);
  static uint8_t* LoadRow(const expression::StateField& field, const uint8_t* row);
  static void StoreRow(const expression::StateField& field, uint8_t* row, const uint8_t* value);

  AggregatePlan& plan_;
  const int64_t gap_;
  const int64_t num_key_groups_;
  const StateSchema schema_;
  const RowLayout key_layout_;
  const RowLayout session_layout_;
  MemoryBudget& memory_;
  std::unique_ptr<KeyedTable> keys_;
  std::unique_ptr<RowArena> sessions_;
  std::vector<std::unique_ptr<ChainedRows>> rows_;
  std::vector<std::unique_ptr<StateTable>> chain_tables_;
  // Kept rows name the session that they came to. Of those that were merged into another: id -> id
  // of that one; and by a session's id, those that have become part of it.
  SlicedTable merged_;
  const expression::StateField into_;
  KeyColumns merged_keys_;
  std::unordered_map<int64_t, std::vector<int64_t>> parts_of_;

  std::unique_ptr<RowWriter> writer_;
  std::unique_ptr<RowChanges> changes_;  // from the first cut on

  // Columns of a key's row and of a session's. Rows are named by address, which never changes.
  expression::StateField latest_;
  expression::StateField start_;
  expression::StateField last_;
  expression::StateField id_;
  expression::StateField key_;
  expression::StateField earlier_;
  expression::StateField later_;
  std::vector<expression::StateField> first_row_;
  std::vector<expression::StateField> last_row_;

  int64_t next_number_ = 1;
  std::unordered_map<int64_t, uint8_t*> loaded_;  // by id; until Restored
  const int64_t timer_step_;
  std::map<int64_t, std::vector<Timer>> timers_;  // by deadline / timer_step_, rounded down
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SESSION_TABLE_H_
