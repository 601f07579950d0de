// Turns rows of keyed tables into chunks for snapshots, and such chunks back into rows. For the
// state tables that are made of keyed tables; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_KEYED_SCAN_H_
#define LAMINAR_ENGINE_STATE_KEYED_SCAN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "data/chunk.h"
#include "engine/state/keyed_table.h"
#include "engine/state/state_table.h"

namespace laminar::engine {

/// A walk over one keyed table as snapshot chunks: `_key_group`, for sliced schemas `_start` and
/// `_end`, then the first columns of the layout, as many as the schema has. REQUIRES: the table
/// does not change meanwhile.
class KeyedRowsScan {
 public:
  KeyedRowsScan(const KeyedTable& table,
                const StateSchema& schema,
                SliceId slice,
                KeyGroupRange range);
  /// The next rows, with text of their own, or nullopt at the end.
  std::optional<data::Chunk> Next();

 private:
  const KeyedTable& table_;
  const StateSchema& schema_;
  const SliceId slice_;
  const KeyGroupRange range_;
  KeyedTable::Cursor cursor_;
};

/// The slices of the rows of a snapshot chunk, one per row; SliceId{} for schemas without.
std::vector<SliceId> SlicesOf(const data::Chunk& rows, const StateSchema& schema);
/// Position of the first key column in snapshot chunks.
size_t FirstKeyColumn(const StateSchema& schema);
/// Writes the value columns of snapshot row `positions[i]` into rows[i].
void ScatterValues(const data::Chunk& snapshot,
                   const StateSchema& schema,
                   const std::vector<duckdb::sel_t>& positions,
                   uint8_t* const* rows,
                   KeyedTable& table);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_KEYED_SCAN_H_
