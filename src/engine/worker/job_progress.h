// JobProgress: what a running job has done so far and what holds it back, at one moment. Plain
// data; any thread.
#ifndef LAMINAR_ENGINE_WORKER_JOB_PROGRESS_H_
#define LAMINAR_ENGINE_WORKER_JOB_PROGRESS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "data/event_time.h"
#include "engine/metrics/blocking_reason.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// Sums over the subtasks of a node.
struct OperatorProgress {
  plan::NodeId node;
  std::string name;
  int parallelism = 1;
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  int64_t chunks_in = 0;
  int64_t chunks_out = 0;
  int64_t busy_nanos = 0;
  int64_t late_rows = 0;
  int64_t invalid_time_rows = 0;
  int64_t state_bytes = 0;
  int64_t state_keys = 0;
  data::EventTime watermark = data::EventTime::Min();  // the least of the subtasks
};

struct TaskProgress {
  std::string name;  // of its first node, and its subtask: "source_0/2"
  std::vector<plan::NodeId> nodes;
  std::vector<size_t> producers;  // positions of the tasks that send to it
  int64_t busy_nanos = 0;
  std::array<int64_t, kNumBlockingReasons> blocked_nanos{};  // up to now
  std::optional<BlockingReason> blocked_on;
  double input_fill = 0;  // of its fullest channel, 0 to 1
};

/// Who is slower than those before it.
struct Bottleneck {
  plan::NodeId node;
  std::string name;
  /// kSinkBusy: it waits for the outside. Else it is busy itself.
  std::optional<BlockingReason> waits_for;
};

struct JobProgress {
  int64_t elapsed_nanos = 0;
  // Of the sources.
  int64_t rows_in = 0;
  int64_t bytes_in = 0;
  int64_t bad_records = 0;
  int64_t dropped_records = 0;
  int64_t dead_letter_records = 0;
  int64_t generator_cpu_nanos = 0;
  // Of the sinks.
  int64_t rows_out = 0;
  int64_t bytes_out = 0;
  data::EventTime watermark = data::EventTime::Min();  // the least that has reached a sink
  base::HistogramSnapshot latency_nanos;
  // Of all.
  int64_t late_rows = 0;
  int64_t invalid_time_rows = 0;
  int64_t state_bytes = 0;
  int64_t state_keys = 0;
  int64_t memory_used_bytes = 0;  // of the worker
  int64_t memory_limit_bytes = 0;
  int64_t state_spilled_bytes = 0;  // of the worker: on disk, though some may be in memory, too
  std::vector<OperatorProgress> operators;  // by node id
  std::vector<TaskProgress> tasks;          // producers first
  std::optional<Bottleneck> bottleneck;     // since the progress before
};

/// Finds who held the others back between two moments of a job (`before` may be empty: since the
/// start). Pure. A task is suspected when those that send to it waited for credit a good part of
/// the time, and itself did not; or when it waited for its sink. Of several the one whose producers
/// waited longest; in it, the operator that was busiest.
std::optional<Bottleneck> FindBottleneck(const JobProgress& before, const JobProgress& now);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_WORKER_JOB_PROGRESS_H_
