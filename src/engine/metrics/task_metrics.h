// What a task and its ends report, beside the counters of its operators: written by the task's
// thread, read by any through relaxed loads. Exported as laminar_source_<name>, laminar_sink_<name>
// and laminar_task_<name>, with labels job, operator and subtask.
#ifndef LAMINAR_ENGINE_METRICS_TASK_METRICS_H_
#define LAMINAR_ENGINE_METRICS_TASK_METRICS_H_

#include <array>

#include "base/counter.h"
#include "base/histogram.h"
#include "engine/metrics/blocking_reason.h"

namespace laminar::engine {

struct SourceMetrics {
  base::Counter rows;
  base::Counter bytes;
  base::Counter bad_records;
  base::Counter dropped_records;
  base::Counter dead_letter_records;
  base::Counter generator_cpu_nanos;
};

struct SinkMetrics {
  base::Counter rows;
  base::Counter bytes;
  base::Histogram
      latency_nanos;  // of each row, from its arrival in the process to its hand-over to the writer
};

struct TaskMetrics {
  base::Counter busy_nanos;
  std::array<base::Counter, kNumBlockingReasons> blocked_nanos;
  base::Counter blocked_on;           // a gauge: the BlockingReason, -1 when not blocked
  base::Counter blocked_since_nanos;  // a gauge: monotonic time, 0 when not blocked
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_METRICS_TASK_METRICS_H_
