#include "control/checkpoint/coordinator_tasks.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace laminar::control {

CoordinatorTasks::CoordinatorTasks(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const bool added = by_name_.emplace(name, tasks_.size()).second;
    LAMINAR_ASSERT(added, tasks_.size());
    tasks_.emplace_back().name = name;
  }
}

std::optional<size_t> CoordinatorTasks::Take(rpc::TaskSnapshot snapshot) {
  const auto found = by_name_.find(snapshot.task);
  if (found == by_name_.end()) {
    return std::nullopt;
  }
  Task& task = tasks_[found->second];
  if (snapshot.ended) {
    if (task.end.has_value()) {
      return std::nullopt;
    }
    task.end = std::move(snapshot);
    ++num_ended_;
    return found->second;
  }
  const data::Epoch epoch = snapshot.epoch;
  if (!std::ranges::binary_search(sent_, epoch) || task.parts.contains(epoch)) {
    return std::nullopt;
  }
  task.parts.emplace(epoch, std::move(snapshot));
  return found->second;
}

std::optional<size_t> CoordinatorTasks::Decline(const std::string& name, data::Epoch epoch) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || !std::ranges::binary_search(sent_, epoch)) {
    return std::nullopt;
  }
  const bool added = tasks_[found->second].parts.emplace(epoch, std::nullopt).second;
  return added ? std::optional(found->second) : std::nullopt;
}

bool CoordinatorTasks::Has(size_t index, data::Epoch epoch) const {
  const Task& task = tasks_[index];
  for (const data::Epoch sent : sent_) {
    if (sent > epoch) {
      break;
    }
    if (!task.parts.contains(sent) && !EndCounts(task, sent)) {
      return false;
    }
  }
  if (EndCounts(task, epoch)) {
    return true;
  }
  const auto part = task.parts.find(epoch);
  return part != task.parts.end() && part->second.has_value();
}

bool CoordinatorTasks::HasUnrecordedEnd() const {
  return std::ranges::any_of(
      tasks_, [](const Task& task) { return task.end.has_value() && !task.end_recorded; });
}

std::vector<rpc::TaskSnapshot> CoordinatorTasks::Gather(data::Epoch epoch) const {
  std::vector<rpc::TaskSnapshot> snapshots;
  snapshots.reserve(tasks_.size());
  for (size_t i = 0; i < tasks_.size(); ++i) {
    LAMINAR_ASSERT(Has(i, epoch), i);
    snapshots.push_back(GatherTask(tasks_[i], epoch));
  }
  return snapshots;
}

rpc::TaskSnapshot CoordinatorTasks::GatherTask(const Task& task, data::Epoch epoch) const {
  const bool ended = EndCounts(task, epoch);
  rpc::TaskSnapshot snapshot = ended ? *task.end : *task.parts.at(epoch);
  snapshot.epoch = epoch;
  if (ended && task.end_recorded) {
    snapshot.bytes_written = 0;
  }
  if (!snapshot.sink.has_value()) {
    return snapshot;
  }
  std::vector<std::string> commits;
  for (const auto& [part_epoch, part] : task.parts) {
    if (part_epoch <= epoch && part.has_value() && part->sink.has_value()) {
      commits.insert(commits.end(), part->sink->commits.begin(), part->sink->commits.end());
    }
  }
  if (ended && !task.end_recorded) {
    commits.insert(commits.end(), task.end->sink->commits.begin(), task.end->sink->commits.end());
  }
  snapshot.sink->commits = std::move(commits);
  return snapshot;
}

void CoordinatorTasks::Recorded(data::Epoch epoch) {
  for (Task& task : tasks_) {
    task.parts.erase(task.parts.begin(), task.parts.upper_bound(epoch));
    task.end_recorded = task.end_recorded || EndCounts(task, epoch);
  }
  sent_.erase(sent_.begin(), std::ranges::upper_bound(sent_, epoch));
}

}  // namespace laminar::control
