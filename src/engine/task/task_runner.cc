#include "engine/task/task_runner.h"

#include <algorithm>

#include "base/assert.h"

namespace laminar::engine {

TaskRunner::TaskRunner(const base::Clock& clock, RunBudget budget)
    : clock_(clock), budget_(budget), queue_(std::make_shared<base::ReadyQueue<Task>>()) {}

TaskRunner::~TaskRunner() { LAMINAR_ASSERT(timers_.empty(), timers_.size()); }

void TaskRunner::Stop() {
  stop_.Raise();
  queue_->Interrupt();
}

void TaskRunner::Loop() {
  while (!stop_.raised()) {
    if (RunReady() > 0) {
      continue;
    }
    std::optional<int64_t> nanos;
    if (const std::optional<base::MonotonicTime> timer = next_timer(); timer.has_value()) {
      nanos = std::max<int64_t>(0, timer->nanos - clock_.Now().nanos);
    }
    queue_->Park(nanos);
  }
}

std::optional<base::MonotonicTime> TaskRunner::next_timer() const {
  return timers_.empty() ? std::nullopt : std::optional(timers_.begin()->first);
}

int TaskRunner::RunReady() {
  WakeDueTasks();
  ready_.clear();
  queue_->Take(ready_);
  for (base::ReadySlot<Task>* slot : ready_) {
    RunTask(*slot);
  }
  return static_cast<int>(ready_.size());
}

void TaskRunner::WakeDueTasks() {
  if (timers_.empty()) {
    return;
  }
  const base::MonotonicTime now = clock_.Now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    Task& task = *timers_.begin()->second;
    SetTimer(task, std::nullopt);
    task.waker()->Wake();
  }
}

void TaskRunner::SetTimer(Task& task, std::optional<base::MonotonicTime> time) {
  if (task.timer.has_value()) {
    timers_.erase({*task.timer, &task});
  }
  task.timer = time;
  if (time.has_value()) {
    timers_.emplace(*time, &task);
  }
}

void TaskRunner::RunTask(base::ReadySlot<Task>& slot) {
  Task& task = slot.owner();
  if (task.done()) {
    // It was woken once more while it ended; now it is in no queue.
    task.listener().OnTaskDone(task, task.outcome());
    return;
  }
  SetTimer(task, std::nullopt);
  slot.Begin();
  const RunResult result = task.Run(budget_);
  switch (result.state) {
    case RunResult::State::kProgress:
      slot.Wake();
      break;
    case RunResult::State::kBlocked:
      SetTimer(task, result.wake_at);
      break;
    case RunResult::State::kDone:
      if (slot.Retire()) {
        task.listener().OnTaskDone(task, task.outcome());
      }
      break;
  }
}

}  // namespace laminar::engine
