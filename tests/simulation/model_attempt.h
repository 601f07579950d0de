// ModelAttempt: performs what the protocol's CoordinatorCore wants done in one attempt to run the
// job, over the simulated store, log and sinks: what control/checkpoint's CheckpointCoordinator
// does over real ones, with every step an event that may fail, be late or be lost.
#ifndef LAMINAR_TESTS_SIMULATION_MODEL_ATTEMPT_H_
#define LAMINAR_TESTS_SIMULATION_MODEL_ATTEMPT_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/checkpoint/coordinator_core.h"
#include "directory.h"
#include "world.h"

namespace laminar::simulation {

class ModelAttempt : public std::enable_shared_from_this<ModelAttempt> {
 public:
  struct Events {
    std::function<void(data::Barrier)> send_barrier;
    std::function<void()> completed;
    std::function<void(control::EndReason, const absl::Status&)> ended;
  };

  ModelAttempt(Directory& directory,
               Node node,
               std::string nonce,
               std::optional<data::Epoch> restored,
               control::CoordinatorStart start,
               Events events);

  void Start() { Step(control::event::Tick()); }
  void Step(control::CoordinatorEvent event);
  /// Nothing of it happens any more.
  void Kill() { killed_ = true; }
  data::Generation generation() const { return generation_; }

 private:
  using Record = control::EpochRecord;

  void Perform(control::effect::SendBarrier& effect);
  void Perform(control::effect::WriteManifest& effect);
  void Perform(control::effect::RecordEpoch& effect);
  void Perform(control::effect::ReadBackRecord& effect);
  void Perform(control::effect::CommitSinks& effect);
  void Perform(control::effect::MarkCommitted& effect);
  void Perform(control::effect::CheckFence& effect);
  void Perform(control::effect::CollectGarbage& effect);
  void Perform(control::effect::EpochCompleted& effect);
  void Perform(control::effect::EpochAborted& effect);
  void Perform(control::effect::RequestAnswered& effect) {}
  void Perform(control::effect::Ended& effect);

  void Verify(std::shared_ptr<const control::Manifest> manifest,
              std::shared_ptr<std::vector<rpc::StoredObject>> objects,
              size_t next);
  void PutManifest(std::shared_ptr<const control::Manifest> manifest);
  void Commit(data::Epoch epoch,
              std::shared_ptr<const std::vector<rpc::SinkCommit>> commits,
              size_t next);
  void Retain(const control::CheckpointHistory& history);
  void LoadManifests(const std::vector<Record>& records, std::function<void(absl::Status)> done);
  void Collect(const std::vector<Record>& kept, const std::vector<Record>& dropped, bool sweep);
  void DeleteObjects(std::shared_ptr<const std::vector<std::string>> keys, size_t next);
  void GarbageDone(const absl::Status& status, bool fenced = false);
  /// Wraps a callback so that it does nothing once the attempt is over.
  template <typename F>
  auto WhileAlive(F action) {
    return [self = shared_from_this(), action = std::move(action)](auto&&... arguments) mutable {
      if (!self->killed_) {
        action(std::forward<decltype(arguments)>(arguments)...);
      }
    };
  }
  void ScheduleTick();

  Directory& directory_;
  World& world_;
  const Node node_;
  const std::string nonce_;
  const std::optional<data::Epoch> restored_;
  const data::Generation generation_;
  const Events events_;
  control::CoordinatorCore core_;
  bool killed_ = false;
  int64_t tick_at_ = 0;
  std::optional<Record> record_;  // of the epoch that is being recorded
  std::set<std::string> verified_;
  std::map<std::string, std::vector<std::string>> objects_;  // that a manifest names, by its key
  std::vector<Record> dropped_;
  std::vector<Record> removing_;
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_MODEL_ATTEMPT_H_
