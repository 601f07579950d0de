// Two-phase aggregation: which window aggregates may be split into a local phase before the
// exchange and a global one after it, and what travels between them. sql/planner makes the pair;
// engine/operators/window_aggregate runs both ends. Pure functions; any thread.
//
//   rows -> kLocal: PartialSchema -> hash exchange on its first keys.size() columns -> kGlobal ->
//   results
#ifndef LAMINAR_PLAN_PARTIAL_AGGREGATE_H_
#define LAMINAR_PLAN_PARTIAL_AGGREGATE_H_

#include "data/schema.h"
#include "plan/job_graph.h"

namespace laminar::plan {

/// Whether partial states exist: no session window, and every aggregate has a state of fixed
/// columns (no DISTINCT, no ORDER BY inside, no function that needs all its rows). REQUIRES: phase
/// kComplete.
bool CanSplit(const WindowAggregateSpec& spec);

/// Output of the local phase: the keys under their names, then `_slice` STRUCT(start TIMESTAMP, end
/// TIMESTAMP), then `_rows` BIGINT (input rows that went into the state), then the state columns of
/// every aggregate in order, then the hidden event time (slice end minus 1 microsecond). REQUIRES:
/// CanSplit(spec). `input` is what the local phase reads.
data::Schema PartialSchema(const WindowAggregateSpec& spec, const data::Schema& input);

/// `spec` with phase kLocal.
WindowAggregateSpec LocalSpec(const WindowAggregateSpec& spec);
/// The second half of `spec`, over columns of PartialSchema: phase kGlobal; keys are the first
/// columns, window_column is `_slice`, the arguments of an aggregate are its state columns, filters
/// are gone (the local phase has applied them).
WindowAggregateSpec GlobalSpec(const WindowAggregateSpec& spec);

}  // namespace laminar::plan

#endif  // LAMINAR_PLAN_PARTIAL_AGGREGATE_H_
