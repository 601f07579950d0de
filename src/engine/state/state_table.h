// StateTable: what a snapshot needs to know of a table of state, whatever kind it is: how to walk
// its rows by key group as chunks, and how to take them back. Operators work with the concrete
// kinds: KeyedTable and SlicedTable (key -> row), RowLog (time -> rows), ValueTable (name ->
// number). Owned by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_STATE_TABLE_H_
#define LAMINAR_ENGINE_STATE_STATE_TABLE_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "base/status.h"
#include "data/chunk.h"
#include "data/schema.h"
#include "engine/state/state_schema.h"

namespace laminar::engine {

/// Key groups [begin, end) of `num_key_groups`. Rows without key columns belong to group 0.
struct KeyGroupRange {
  uint32_t begin = 0;
  uint32_t end = 256;
  uint32_t num_key_groups = 256;

  bool Contains(uint32_t key_group) const { return key_group >= begin && key_group < end; }
};

/// A walk over the rows of a table. REQUIRES: the table is neither changed nor dropped meanwhile.
class StateScan {
 public:
  virtual ~StateScan() = default;
  /// The next rows, 1..kRowsPerChunkMax of them, or nullopt at the end. They own their memory.
  virtual absl::StatusOr<std::optional<data::Chunk>> Next() = 0;
};

class StateTable {
 public:
  virtual ~StateTable() = default;

  virtual const StateSchema& schema() const = 0;
  virtual int64_t num_rows() const = 0;
  /// What it is charged for.
  virtual int64_t bytes() const = 0;

  /// Columns of a row in a snapshot: `_key_group` INTEGER, for sliced tables `_start` and `_end`
  /// BIGINT, then keys, then values.
  virtual data::Schema SnapshotSchema() const = 0;
  /// Walks the rows of the key groups in `range`.
  virtual std::unique_ptr<StateScan> Scan(KeyGroupRange range) const = 0;
  /// Takes rows that Scan has given, of this or of another table with the same schema.
  virtual absl::Status Load(const data::Chunk& rows) = 0;
  virtual void Clear() = 0;
};

/// The schema of snapshots that a table with `schema` has.
data::Schema MakeSnapshotSchema(const StateSchema& schema);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_STATE_TABLE_H_
