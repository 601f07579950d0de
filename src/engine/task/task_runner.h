// TaskRunner: runs the tasks of one core in turn, each for about a millisecond, those that are
// ready only; sleeps when none is. Any number of tasks share a runner, and a task stays with its
// runner. Any thread wakes tasks; one thread calls Loop, or, in tests and simulations, RunReady.
#ifndef LAMINAR_ENGINE_TASK_TASK_RUNNER_H_
#define LAMINAR_ENGINE_TASK_TASK_RUNNER_H_

#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/flag.h"
#include "base/ready_queue.h"
#include "engine/task/task.h"

namespace laminar::engine {

class TaskRunner {
 public:
  explicit TaskRunner(const base::Clock& clock, RunBudget budget = {});
  /// REQUIRES: every task of its queue is done.
  ~TaskRunner();

  /// Where its tasks queue; may be kept longer than the runner.
  const std::shared_ptr<base::ReadyQueue<Task>>& queue() const { return queue_; }

  /// Runs tasks until Stop. BLOCKS.
  void Loop();
  /// Ends Loop soon. Any thread.
  void Stop();

  /// Runs each task that is ready now once; returns how many. Runner's thread.
  int RunReady();
  /// When a task wants to run by itself next.
  std::optional<base::MonotonicTime> next_timer() const;

 private:
  void WakeDueTasks();
  void RunTask(base::ReadySlot<Task>& slot);
  void SetTimer(Task& task, std::optional<base::MonotonicTime> time);

  const base::Clock& clock_;
  const RunBudget budget_;
  const std::shared_ptr<base::ReadyQueue<Task>> queue_;
  base::Flag stop_;
  std::vector<base::ReadySlot<Task>*> ready_;
  std::set<std::pair<base::MonotonicTime, Task*>> timers_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_TASK_TASK_RUNNER_H_
