// CoordinatorTasks: which parts of which epochs the tasks of a job have made durable, and what of
// their output is still to be published. A task passes every barrier that was sent, so an epoch of
// a task is there only when the parts of all earlier epochs are, also of aborted ones: their sinks'
// commits go with the next epoch that completes. Pure: part of CoordinatorCore.
#ifndef LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_TASKS_H_
#define LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_TASKS_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/epoch.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::control {

class CoordinatorTasks {
 public:
  explicit CoordinatorTasks(const std::vector<std::string>& names);

  size_t size() const { return tasks_.size(); }
  const std::string& name(size_t task) const { return tasks_[task].name; }

  /// A barrier of this epoch goes to the tasks. REQUIRES: greater than all before.
  void BarrierSent(data::Epoch epoch) { sent_.push_back(epoch); }
  /// Takes a part, unless it is known or of no epoch that was sent; returns whose it is.
  std::optional<size_t> Take(rpc::TaskSnapshot snapshot);
  /// The task adds nothing to this epoch; returns its index, nullopt when that changes nothing.
  std::optional<size_t> Decline(const std::string& task, data::Epoch epoch);

  /// Whether the task's part of the epoch is there.
  bool Has(size_t task, data::Epoch epoch) const;
  bool AllEnded() const { return num_ended_ == tasks_.size(); }
  /// Whether a task has ended whose last part is in no complete epoch.
  bool HasUnrecordedEnd() const;

  /// All parts of the epoch. REQUIRES: Has(task, epoch) of every task.
  std::vector<rpc::TaskSnapshot> Gather(data::Epoch epoch) const;
  /// The epoch is complete: what Gather returned for it is never returned again, but for the states
  /// of tasks that have ended.
  void Recorded(data::Epoch epoch);

 private:
  struct Task {
    std::string name;
    std::map<data::Epoch, std::optional<rpc::TaskSnapshot>> parts;  // nullopt: declined
    std::optional<rpc::TaskSnapshot> end;
    bool end_recorded = false;
  };

  bool EndCounts(const Task& task, data::Epoch epoch) const {
    return task.end.has_value() && task.end->epoch <= epoch;
  }
  rpc::TaskSnapshot GatherTask(const Task& task, data::Epoch epoch) const;

  std::vector<Task> tasks_;
  std::map<std::string, size_t> by_name_;
  std::vector<data::Epoch> sent_;  // those behind the last complete one
  size_t num_ended_ = 0;
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_TASKS_H_
