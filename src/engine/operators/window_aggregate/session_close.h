// SessionClose: computes the results of sessions that have ended, those of their collected rows
// included. Belongs to one operator; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SESSION_CLOSE_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SESSION_CLOSE_H_

#include <cstdint>
#include <vector>

#include "engine/operators/window_aggregate/aggregate_plan.h"
#include "engine/operators/window_aggregate/collected_calls.h"
#include "engine/operators/window_aggregate/session_table.h"

namespace laminar::engine {

class SessionClose {
 public:
  SessionClose(AggregatePlan& plan, SessionTable& sessions, MemoryBudget& memory)
      : plan_(plan), sessions_(sessions), collected_(plan, memory), memory_(memory) {}

  /// Writes keys, windows, aggregates and event times of sessions[0..count), at most
  /// kRowsPerChunkMax, and drops their collected rows.
  absl::StatusOr<data::Chunk> Emit(const data::Schema& output,
                                   uint8_t* const* sessions,
                                   data::idx_t count);

 private:
  struct Row {
    RowRef ref;
    int64_t group = 0;
  };

  absl::Status FeedRows(size_t index, uint8_t* const* sessions, data::idx_t count);
  absl::Status FeedAll(size_t index, const data::Chunk& rows, const int64_t* groups);
  absl::Status FeedDistinct(size_t index,
                            const data::Chunk& rows,
                            const int64_t* groups,
                            uint8_t* const* sessions,
                            KeyedTable& seen,
                            const KeyColumns& keys);
  bool HasDistinct(size_t index) const;

  AggregatePlan& plan_;
  SessionTable& sessions_;
  CollectedCalls collected_;
  MemoryBudget& memory_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SESSION_CLOSE_H_
