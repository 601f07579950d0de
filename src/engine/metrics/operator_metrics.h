// Counters of one operator in one subtask: plain integers written by the task's thread, read by the
// metrics collector through relaxed loads. Names and units follow docs: laminar_operator_<name>.
#ifndef LAMINAR_ENGINE_METRICS_OPERATOR_METRICS_H_
#define LAMINAR_ENGINE_METRICS_OPERATOR_METRICS_H_

#include <cstdint>

#include "base/counter.h"

namespace laminar::engine {

struct OperatorMetrics {
  base::Counter rows_in;
  base::Counter rows_out;
  base::Counter chunks_in;
  base::Counter chunks_out;
  base::Counter busy_nanos;
  base::Counter late_rows;  // dropped because their window was closed
  base::Counter
      invalid_time_rows;      // dropped because their time is NULL or out of the range of windows
  base::Counter state_bytes;  // a gauge
  base::Counter state_keys;   // a gauge
  base::Counter watermark_micros;  // a gauge; meaningful when not EventTime::Min()
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_METRICS_OPERATOR_METRICS_H_
