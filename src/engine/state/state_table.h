// StateTable: what a snapshot needs to know of a table of state, whatever kind it is: how to cut it
// at a barrier, handing out as chunks what has changed, and how to take such rows back. Operators
// work with the concrete kinds: KeyedTable and SlicedTable (key -> row), RowLog (time -> rows),
// ValueTable (name -> number). Owned by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_STATE_TABLE_H_
#define LAMINAR_ENGINE_STATE_STATE_TABLE_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "base/status.h"
#include "data/chunk.h"
#include "data/schema.h"
#include "engine/state/key_group_range.h"
#include "engine/state/state_schema.h"

namespace laminar::engine {

/// What a table held at a barrier, handed out in parts while the table goes on changing: whoever
/// changes a row that is still to be handed out keeps a copy of it first. The table outlives it.
class StateCut {
 public:
  virtual ~StateCut() = default;
  /// Whether it holds every row of the table, so that earlier cuts are not needed any more.
  virtual bool complete() const = 0;
  /// The next rows (1..kRowsPerChunkMax, with memory of their own) in the columns of
  /// StateTable::ChangeSchema, or nullopt at the end. A row may come twice: the later one counts.
  /// Works for about 1 ms at most where state is in memory.
  virtual absl::StatusOr<std::optional<data::Chunk>> Next() = 0;
  /// Gives up, at the end or before: what was not handed out, or was and is lost, counts as changed
  /// for the next cut. The same as destroying a cut before its end.
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
  kSliceGone = 2,  // the slice has no rows of this key group; keys and values are NULL
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
  /// the size of the table. `range` is what the subtask owns, the same every time, and all rows
  /// belong to. The first cut of a table, and the first after Apply or Clear, holds every row.
  /// REQUIRES: the cut before is destroyed.
  virtual absl::StatusOr<std::unique_ptr<StateCut>> Cut(CutKind kind, KeyGroupRange range) = 0;
  /// Applies rows that a cut of such a table has given, cuts in the order in which they were made:
  /// those whose key group is in `range`. DataLoss when they cannot be of such a table. REQUIRES:
  /// no rows but those of Apply.
  virtual absl::Status Apply(const data::Chunk& changes, KeyGroupRange range) = 0;

  virtual void Clear() = 0;
};

/// The schema of snapshots that a table with `schema` has.
data::Schema MakeSnapshotSchema(const StateSchema& schema);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_STATE_TABLE_H_
