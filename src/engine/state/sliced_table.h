// SlicedTable: the keyed kind of state table, key -> row, with a namespace per slice of time that
// is dropped as a whole; schemas that are not sliced have one namespace, All(). The operator works
// on the KeyedTable of a slice. Owned by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_SLICED_TABLE_H_
#define LAMINAR_ENGINE_STATE_SLICED_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>

#include "engine/state/keyed_table.h"
#include "engine/state/row_layout.h"
#include "engine/state/state_table.h"

namespace laminar::engine {

class SlicedTable final : public StateTable {
 public:
  SlicedTable(StateSchema schema, MemoryBudget& memory);

  /// The table of a slice, made when it is not there. Stays where it is until Drop.
  KeyedTable& Slice(SliceId slice);
  KeyedTable* FindSlice(SliceId slice);
  KeyedTable& All() { return Slice({}); }
  void Drop(SliceId slice) { slices_.erase(slice); }
  const std::map<SliceId, KeyedTable>& slices() const { return slices_; }

  const RowLayout& layout() const { return layout_; }

  const StateSchema& schema() const override { return schema_; }
  int64_t num_rows() const override;
  int64_t bytes() const override;
  data::Schema SnapshotSchema() const override { return MakeSnapshotSchema(schema_); }
  std::unique_ptr<StateScan> Scan(KeyGroupRange range) const override;
  absl::Status Load(const data::Chunk& rows) override;
  void Clear() override { slices_.clear(); }

 private:
  const StateSchema schema_;
  const RowLayout layout_;
  MemoryBudget& memory_;
  std::map<SliceId, KeyedTable> slices_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_SLICED_TABLE_H_
