// SlicedTable: the keyed kind of state table, key -> row, with a namespace per slice of time that
// is dropped as a whole; schemas that are not sliced have one namespace, All(). The operator works
// on the KeyedTable of a slice. A cut is as quick as there are slices: those that are new are
// handed out whole, of the others what has changed. Owned by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_SLICED_TABLE_H_
#define LAMINAR_ENGINE_STATE_SLICED_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/state/keyed_table.h"
#include "engine/state/row_changes.h"
#include "engine/state/row_layout.h"
#include "engine/state/state_table.h"

namespace laminar::engine {

class ChangeRuns;

class SlicedTable final : public StateTable {
 public:
  /// Whether rows may leave memory: only those of operators that keep none from chunk to chunk.
  enum class Rows { kStay, kMayMove };

  SlicedTable(StateSchema schema, KeyGroupRule rule, MemoryBudget& memory, Rows rows = Rows::kStay);
  ~SlicedTable() override;

  /// The table of a slice, made when it is not there. Stays where it is until Drop.
  KeyedTable& Slice(SliceId slice);
  KeyedTable* FindSlice(SliceId slice);
  KeyedTable& All() { return Slice({}); }
  void Drop(SliceId slice);
  std::vector<SliceId> Slices() const;
  /// To be called before each chunk where rows may move: the budget may be short.
  void MakeRoom();

  const RowLayout& layout() const { return layout_; }
  /// REQUIRES: KeyGroupRule::kStored. To be set for every row that is made.
  void StoreKeyGroup(uint8_t* row, uint32_t key_group) const {
    stored_key_group_.Store(row, static_cast<int32_t>(key_group));
  }

  const StateSchema& schema() const override { return schema_; }
  int64_t num_rows() const override;
  int64_t bytes() const override;
  data::Schema SnapshotSchema() const override { return MakeSnapshotSchema(schema_); }
  absl::StatusOr<std::unique_ptr<StateCut>> Cut(CutKind kind, KeyGroupRange range) override;
  absl::Status Apply(const data::Chunk& changes, KeyGroupRange range) override;
  void Clear() override;

 private:
  class Writer;
  class RunningCut;
  struct Entry {
    Entry(const RowLayout& layout, MemoryBudget& memory);
    ~Entry();

    KeyedTable rows;
    std::unique_ptr<Writer> writer;       // from the first cut on
    std::unique_ptr<RowChanges> changes;  // the same
    uint64_t num_uses_seen = 0;           // by MakeRoom
    int num_rounds_idle = 0;              // of MakeRoom
  };
  using Entries = std::map<SliceId, Entry>;

  uint32_t KeyGroupOf(const uint8_t* row, uint32_t num_key_groups) const;
  void Track(SliceId slice, Entry& entry, KeyGroupRange range);
  absl::Status ApplyRun(const data::Chunk& changes,
                        const ChangeRuns& runs,
                        size_t run,
                        KeyColumns& keys,
                        KeyGroupRange range);
  absl::Status CheckKeyGroups(const ChangeRuns& runs,
                              size_t run,
                              const KeyColumns& keys,
                              KeyGroupRange range) const;
  absl::Status Put(const data::Chunk& changes,
                   const ChangeRuns& runs,
                   size_t run,
                   KeyColumns& keys);
  absl::Status Remove(const ChangeRuns& runs, size_t run, const KeyColumns& keys);
  absl::Status RemoveKeyGroups(const ChangeRuns& runs, size_t run, KeyGroupRange range);

  const StateSchema schema_;
  const KeyGroupRule rule_;
  const RowLayout layout_;
  const std::vector<data::LogicalType> change_types_;
  expression::StateField stored_key_group_;
  MemoryBudget& memory_;
  const Rows rows_;
  Entries entries_;

  bool is_based_ = false;         // a cut of all rows was made that later ones build on
  std::vector<SliceId> dropped_;  // since the last cut, of those that cuts have handed out
  RunningCut* cut_ = nullptr;
  std::optional<data::Chunk> scratch_;  // of copies
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_SLICED_TABLE_H_
