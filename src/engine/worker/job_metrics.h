// JobMetrics: the counters of all tasks and operators of one job in this process. Made before the
// tasks, outlives them; written by the tasks' threads, read by any.
#ifndef LAMINAR_ENGINE_WORKER_JOB_METRICS_H_
#define LAMINAR_ENGINE_WORKER_JOB_METRICS_H_

#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "data/event_time.h"
#include "engine/metrics/operator_metrics.h"
#include "engine/metrics/task_metrics.h"
#include "plan/job_graph.h"

namespace laminar::engine {

struct JobMetrics {
  struct Subtask {
    OperatorMetrics op;
    std::unique_ptr<SourceMetrics> source;  // of a source's subtask, else null
    std::unique_ptr<SinkMetrics> sink;      // of a sink's subtask, else null
  };
  struct NodeMetrics {
    std::vector<std::unique_ptr<Subtask>> subtasks;
  };

  explicit JobMetrics(const plan::JobGraph& graph) {
    nodes.resize(graph.nodes.size());
    for (const plan::Node& node : graph.nodes) {
      for (int i = 0; i < node.parallelism; ++i) {
        auto subtask = std::make_unique<Subtask>();
        subtask->op.watermark_micros.Set(data::EventTime::Min().micros);
        if (std::holds_alternative<plan::SourceSpec>(node.spec)) {
          subtask->source = std::make_unique<SourceMetrics>();
        } else if (std::holds_alternative<plan::SinkSpec>(node.spec)) {
          subtask->sink = std::make_unique<SinkMetrics>();
        }
        nodes[static_cast<size_t>(node.id.value)].subtasks.push_back(std::move(subtask));
      }
    }
  }

  Subtask& at(plan::NodeId node, int subtask) {
    return *nodes[static_cast<size_t>(node.value)].subtasks[static_cast<size_t>(subtask)];
  }

  std::vector<NodeMetrics> nodes;                   // by node id
  std::vector<std::unique_ptr<TaskMetrics>> tasks;  // in the order of the job's tasks
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_WORKER_JOB_METRICS_H_
