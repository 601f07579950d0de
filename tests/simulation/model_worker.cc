#include "model_worker.h"

#include <algorithm>

#include <fmt/format.h>

#include "directory.h"
#include "model_controller.h"

namespace laminar::simulation {
namespace {

constexpr int64_t kBeatPause = kSecond;
constexpr int64_t kReportPause = 500 * kMillisecond;
// Frames that one task may hold back; sources stand still long before in the engine.
constexpr size_t kHeldBackMax = 8192;

}  // namespace

ModelWorker::ModelWorker(Directory& directory, Node node)
    : directory_(directory), world_(directory.world), node_(node) {}

void ModelWorker::Boot() { Beat(); }

void ModelWorker::Crash() {
  KillTasks();
  generation_ = {};
  failure_ = absl::OkStatus();
}

void ModelWorker::KillTasks() {
  for (auto& [place, task] : tasks_) {
    task->Kill();
  }
  tasks_.clear();
  reports_.clear();
  sending_reports_ = false;
  last_arrival_.clear();
  restoring_ = false;
  num_restored_ = 0;
}

void ModelWorker::Beat() {
  for (Node controller = 0; controller < kNumControllers; ++controller) {
    const Heartbeat beat = {.worker = node_,
                            .incarnation = world_.incarnation(node_),
                            .generation = generation_,
                            .failure = failure_};
    world_.Send(node_, controller, Label::kHeartbeat, [this, controller, beat] {
      directory_.controllers[static_cast<size_t>(controller)]->OnHeartbeat(beat);
    });
  }
  world_.After(kBeatPause, node_, Label::kTimer, [this] { Beat(); });
}

bool ModelWorker::Deploy(data::Generation generation,
                         Node controller,
                         const std::vector<TaskPlace>& places) {
  if (generation < generation_) {
    return false;
  }
  if (generation == generation_ && controller == controller_) {
    return !cancelled_;
  }
  KillTasks();
  generation_ = generation;
  cancelled_ = false;
  controller_ = controller;
  failure_ = absl::OkStatus();
  for (const TaskPlace& place : places) {
    tasks_.emplace(std::pair(place.stage, place.index),
                   std::make_shared<ModelTask>(world_, directory_.bug, directory_.shape,
                                               directory_.store, directory_.sink, *this, place));
  }
  return true;
}

ModelWorker::RestoreAnswer ModelWorker::Restore(
    data::Generation generation,
    const std::shared_ptr<const control::Manifest>& manifest) {
  if (generation != generation_ || cancelled_) {
    return {.state = Restoring::kUnknownGeneration, .status = {}};
  }
  if (!failure_.ok()) {
    return {.state = Restoring::kFailed, .status = failure_};
  }
  if (!restoring_) {
    restoring_ = true;
    for (auto& [place, task] : tasks_) {
      task->Restore(manifest, [this, generation](const absl::Status& status) {
        if (generation != generation_) {
          return;
        }
        ++num_restored_;
        if (!status.ok()) {
          failure_ = status;
        }
      });
    }
  }
  return {.state = num_restored_ == tasks_.size() ? Restoring::kDone : Restoring::kGoesOn,
          .status = {}};
}

bool ModelWorker::Run(data::Generation generation) {
  if (generation != generation_ || cancelled_) {
    return false;
  }
  const auto tasks = tasks_;
  for (const auto& [place, task] : tasks) {
    task->Run();
  }
  return true;
}

bool ModelWorker::Cancel(data::Generation generation) {
  if (generation >= generation_) {
    KillTasks();
    generation_ = generation;
    cancelled_ = true;
  }
  return true;
}

bool ModelWorker::TakeBarriers(data::Generation generation,
                               const std::vector<data::Barrier>& barriers) {
  if (generation != generation_ || cancelled_) {
    return false;
  }
  const auto tasks = tasks_;
  for (const data::Barrier& barrier : barriers) {
    for (const auto& [place, task] : tasks) {
      if (place.first == Stage::kSource) {
        task->TakeBarrier(barrier);
      }
    }
  }
  return true;
}

void ModelWorker::SendFrame(const TaskPlace& from, Stage stage, int index, Frame frame) {
  const Node to = directory_.worker_of(generation_, stage, index);
  const int sender = static_cast<int>(from.stage) * 100 + from.index;
  const int receiver = static_cast<int>(stage) * 100 + index;
  const auto arrival =
      to == node_ ? std::optional(world_.now() + 1000) : world_.StreamArrival(node_, to);
  if (!arrival.has_value()) {
    TaskFailed(base::Unavailable(fmt::format("worker {} cannot be reached", to)));
    return;
  }
  int64_t& last = last_arrival_[{sender, receiver}];
  last = std::max(*arrival, last + 1);
  auto carried = std::make_shared<Frame>(std::move(frame));
  world_.After(last - world_.now(), to, Label::kFrame,
               [this, to, generation = generation_, stage, index, channel = from.index, carried] {
                 directory_.workers[static_cast<size_t>(to - kFirstWorker)]->DeliverFrame(
                     generation, stage, index, channel, std::move(*carried));
               });
}

void ModelWorker::DeliverFrame(data::Generation generation,
                               Stage stage,
                               int index,
                               int channel,
                               Frame frame) {
  const auto found = tasks_.find({stage, index});
  if (generation != generation_ || found == tasks_.end() || !failure_.ok()) {
    return;  // of another generation: fenced
  }
  const std::shared_ptr<ModelTask> task = found->second;
  task->Deliver(channel, std::move(frame));
  if (task->num_queued() > kHeldBackMax) {
    world_.Violation("a queue grows without bound at " + task->place().name());
  }
}

void ModelWorker::Report(std::shared_ptr<rpc::TaskSnapshot> snapshot) {
  reports_.push_back(std::move(snapshot));
  SendReports();
}

void ModelWorker::SendReports() {
  if (sending_reports_ || reports_.empty()) {
    return;
  }
  sending_reports_ = true;
  const std::vector<std::shared_ptr<rpc::TaskSnapshot>> sent(reports_.begin(), reports_.end());
  world_.Ask<bool>(
      node_, controller_, Label::kSnapshot,
      [this, controller = controller_, sent] {
        return directory_.controllers[static_cast<size_t>(controller)]->OnSnapshots(sent);
      },
      [this, generation = generation_, num_sent = sent.size()](std::optional<bool> taken) {
        if (generation != generation_ || !sending_reports_) {
          return;
        }
        sending_reports_ = false;
        if (taken.value_or(false)) {
          reports_.erase(reports_.begin(),
                         reports_.begin() + static_cast<std::ptrdiff_t>(num_sent));
          SendReports();
          return;
        }
        sending_reports_ = true;
        world_.After(kReportPause, node_, Label::kTimer, [this, generation] {
          if (generation == generation_ && sending_reports_) {
            sending_reports_ = false;
            SendReports();
          }
        });
      },
      kSecond);
}

void ModelWorker::TaskFailed(const absl::Status& why) {
  if (failure_.ok() && !tasks_.empty()) {
    failure_ = why;
  }
}

}  // namespace laminar::simulation
