// Late and invalid rows that an operator has counted are state: a restart goes on counting. Pure
// functions; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_LATE_COUNTS_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_LATE_COUNTS_H_

#include "engine/metrics/operator_metrics.h"
#include "engine/state/value_table.h"

namespace laminar::engine {

inline void SaveLateCounts(const OperatorMetrics& metrics, ValueTable& values) {
  values.Set("late_rows", metrics.late_rows.Get(), ValueTable::Merge::kSum);
  values.Set("invalid_time_rows", metrics.invalid_time_rows.Get(), ValueTable::Merge::kSum);
}

inline void RestoreLateCounts(const ValueTable& values, OperatorMetrics& metrics) {
  metrics.late_rows.Set(values.Restored("late_rows", 0, ValueTable::Merge::kSum));
  metrics.invalid_time_rows.Set(values.Restored("invalid_time_rows", 0, ValueTable::Merge::kSum));
}

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_ROWS_LATE_COUNTS_H_
