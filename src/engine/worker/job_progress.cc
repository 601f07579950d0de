#include "engine/worker/job_progress.h"

#include <algorithm>

namespace laminar::engine {
namespace {

// Below this part of the time, waiting is the ordinary give and take of a pipeline.
constexpr double kSuspiciousShare = 0.1;

// Part of the time between two moments that a task waited for a reason.
double BlockedShare(const JobProgress& before,
                    const JobProgress& now,
                    size_t task,
                    BlockingReason reason) {
  const auto index = static_cast<size_t>(reason);
  const int64_t earlier = task < before.tasks.size() ? before.tasks[task].blocked_nanos[index] : 0;
  const int64_t elapsed = std::max<int64_t>(1, now.elapsed_nanos - before.elapsed_nanos);
  return static_cast<double>(now.tasks[task].blocked_nanos[index] - earlier) /
         static_cast<double>(elapsed);
}

plan::NodeId BusiestNode(const JobProgress& before,
                         const JobProgress& now,
                         const TaskProgress& task) {
  plan::NodeId busiest = task.nodes.back();
  int64_t most = -1;
  for (const plan::NodeId node : task.nodes) {
    const auto index = static_cast<size_t>(node.value);
    const int64_t earlier =
        index < before.operators.size() ? before.operators[index].busy_nanos : 0;
    const int64_t busy = now.operators[index].busy_nanos - earlier;
    if (busy > most) {
      most = busy;
      busiest = node;
    }
  }
  return busiest;
}

}  // namespace

std::optional<Bottleneck> FindBottleneck(const JobProgress& before, const JobProgress& now) {
  std::optional<Bottleneck> found;
  double worst = kSuspiciousShare;
  for (size_t i = 0; i < now.tasks.size(); ++i) {
    const TaskProgress& task = now.tasks[i];
    double held_back = 0;
    for (const size_t producer : task.producers) {
      held_back =
          std::max(held_back, BlockedShare(before, now, producer, BlockingReason::kNoCredit));
    }
    const double sink_share = BlockedShare(before, now, i, BlockingReason::kSinkBusy);
    const double own_share = BlockedShare(before, now, i, BlockingReason::kNoCredit);
    const double guilt = std::max(held_back - own_share, sink_share);
    if (guilt <= worst) {
      continue;
    }
    worst = guilt;
    found.emplace();
    if (sink_share > kSuspiciousShare) {
      found->node = task.nodes.back();
      found->waits_for = BlockingReason::kSinkBusy;
    } else {
      found->node = BusiestNode(before, now, task);
    }
    found->name = now.operators[static_cast<size_t>(found->node.value)].name;
  }
  return found;
}

}  // namespace laminar::engine
