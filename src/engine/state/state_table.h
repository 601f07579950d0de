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

/// What a table held at a barrier, handed out in parts while the table goes on changing: whoever
/// changes a row that is still to be handed out keeps a copy of it first. The table outlives it.
class StateCut {
 public:
  virtual ~StateCut() = default;
  /// Whether it holds every row of the table, so that earlier cuts are not needed any more.
  virtual bool complete() const = 0;
  /// The next rows (1..kRowsPerChunkMax, with memory of their own) in the columns of
  /// StateTable::ChangeSchema, or nullopt at the end. Works for about 1 ms at most.
  virtual absl::StatusOr<std::optional<data::Chunk>> Next() = 0;
  /// Gives up: what was not handed out, or was and is lost, counts as changed for the next cut.
  virtual void Abandon() = 0;
};

enum class CutKind {
  kAll,      // every row, as if there had been no cut before
  kChanges,  // what has changed since the last cut
};

/// What happened to a row of a cut: column `_change`, TINYINT.
enum class RowChange : int8_t {
  kPut = 0,        // the row is there, with these values
  kRemoved = 1,    // the row with these keys is not there; its values are NULL
  kSliceGone = 2,  // the slice of this row is not there; its keys and values are NULL
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
  /// Columns of a cut: `_change` TINYINT, then those of SnapshotSchema.
  data::Schema ChangeSchema() const;
  /// Begins a cut of the rows as they are now; takes no longer than a few milliseconds, whatever
  /// the size of the table. `range` is what the subtask owns, and all rows belong to. REQUIRES: the
  /// cut before has ended or was abandoned, and is destroyed. The default copies all rows.
  virtual absl::StatusOr<std::unique_ptr<StateCut>> Cut(CutKind kind, KeyGroupRange range);
  /// Applies rows that a cut of such a table has given, cuts in the order in which they were made:
  /// those whose key group is in `range`. DataLoss when they cannot be of such a table.
  virtual absl::Status Apply(const data::Chunk& changes, KeyGroupRange range);

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
