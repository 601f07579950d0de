#include "model_attempt.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "control/checkpoint/coordinator_log_result.h"
#include "control/checkpoint/garbage_core.h"
#include "control/checkpoint/manifest.h"

namespace laminar::simulation {

using control::LogResult;
namespace event = control::event;
namespace effect = control::effect;

ModelAttempt::ModelAttempt(Directory& directory,
                           Node node,
                           std::string nonce,
                           std::optional<data::Epoch> restored,
                           control::CoordinatorStart start,
                           Events events)
    : directory_(directory),
      world_(directory.world),
      node_(node),
      nonce_(std::move(nonce)),
      restored_(restored),
      generation_(start.generation),
      events_(std::move(events)),
      core_(directory.coordinator, std::move(start), {directory.world.now()}) {}

void ModelAttempt::Step(control::CoordinatorEvent event) {
  if (killed_) {
    return;
  }
  const auto self = shared_from_this();
  for (control::CoordinatorEffect& effect : core_.Step({world_.now()}, std::move(event))) {
    std::visit([this](auto& what) { Perform(what); }, effect);
    if (killed_) {
      return;
    }
  }
  const control::CoordinatorProgress progress = core_.Progress();
  if (progress.num_uncommitted > static_cast<size_t>(directory_.coordinator.uncommitted_max) + 2 ||
      progress.num_in_flight > directory_.coordinator.in_flight_max) {
    world_.Violation("the coordinator has more under way than it may");
  }
  ScheduleTick();
}

void ModelAttempt::ScheduleTick() {
  const auto wake_at = core_.wake_at();
  if (wake_at.has_value() && wake_at->nanos <= world_.now()) {
    world_.Violation("the coordinator wants to be woken again and again");
  }
  if (!wake_at.has_value() || (tick_at_ > world_.now() && tick_at_ <= wake_at->nanos)) {
    return;
  }
  tick_at_ = std::max(wake_at->nanos, world_.now() + 1);
  world_.After(tick_at_ - world_.now(), node_, Label::kTimer,
               WhileAlive([this] { Step(event::Tick()); }));
}

void ModelAttempt::Perform(effect::SendBarrier& effect) {
  world_.Note(static_cast<uint64_t>(effect.barrier.epoch.value));
  if (world_.traces()) {
    world_.Trace(fmt::format("g{} barrier {}{}", generation_.value, effect.barrier.epoch.value,
                             effect.barrier.stop ? " (stop)" : ""));
  }
  events_.send_barrier(effect.barrier);
}

void ModelAttempt::Perform(effect::WriteManifest& effect) {
  control::ManifestHeader header;
  header.generation = generation_;
  header.epoch = effect.contents->epoch;
  header.parent = restored_;
  header.savepoint = effect.contents->savepoint;
  header.stopped = effect.contents->stopped;
  header.finished = effect.contents->finished;
  header.num_key_groups = static_cast<int>(directory_.shape.num_key_groups);
  auto manifest = std::make_shared<control::Manifest>(
      control::BuildManifest(header, effect.contents->snapshots));
  if (absl::Status lost = control::CheckAuditLedger(*manifest); !lost.ok()) {
    world_.Violation("rows were lost between tasks: " + std::string(lost.message()));
  }
  auto objects = std::make_shared<std::vector<rpc::StoredObject>>();
  for (const rpc::StoredObject& object : control::ReachableObjects(*manifest)) {
    if (!verified_.contains(object.key)) {
      objects->push_back(object);
    }
  }
  if (directory_.bug == Bug::kAckBeforeUpload) {
    objects->clear();
  }
  Verify(std::move(manifest), std::move(objects), 0);
}

void ModelAttempt::Verify(std::shared_ptr<const control::Manifest> manifest,
                          std::shared_ptr<std::vector<rpc::StoredObject>> objects,
                          size_t next) {
  if (next == objects->size()) {
    for (const rpc::StoredObject& object : *objects) {
      verified_.insert(object.key);
    }
    PutManifest(std::move(manifest));
    return;
  }
  const rpc::StoredObject& object = (*objects)[next];
  directory_.store.Head(
      node_, object.key,
      WhileAlive([this, manifest, objects, next, object](absl::StatusOr<int64_t> bytes) {
        if (absl::IsNotFound(bytes.status()) || (bytes.ok() && *bytes != object.bytes)) {
          Step(event::ManifestWritten{
              .epoch = manifest->header.epoch,
              .outcome = base::Outcome::NotApplied(base::DataLoss("not there: " + object.key))});
        } else if (!bytes.ok()) {
          Step(event::ManifestWritten{.epoch = manifest->header.epoch,
                                      .outcome = base::Outcome::Unknown(bytes.status())});
        } else {
          Verify(manifest, objects, next + 1);
        }
      }));
}

void ModelAttempt::PutManifest(std::shared_ptr<const control::Manifest> manifest) {
  const control::ManifestHeader& header = manifest->header;
  const data::Epoch epoch = header.epoch;
  ModelObject object;
  object.manifest = manifest;
  object.bytes = 1000 + epoch.value;
  object.crc32c = static_cast<uint32_t>(epoch.value * 31 + generation_.value);
  record_ = {.epoch = epoch,
             .generation = generation_,
             .manifest = {.key = control::ManifestKey(generation_, epoch),
                          .bytes = object.bytes,
                          .crc32c = object.crc32c},
             .nonce = fmt::format("{}-{}", nonce_, epoch.value),
             .savepoint = header.savepoint,
             .completed = {(world_.now() + directory_.wall_offset_nanos) / 1000},
             .committed = false};
  std::vector<std::string>& named = objects_[record_->manifest.key];
  named = {record_->manifest.key};
  for (const rpc::StoredObject& reachable : control::ReachableObjects(*manifest)) {
    named.push_back(reachable.key);
  }
  directory_.store.Put(
      node_, record_->manifest.key, std::move(object),
      WhileAlive([this, epoch, manifest](const base::Outcome& outcome) {
        if (directory_.bug == Bug::kCommitBeforeRecord && outcome.applied()) {
          for (const rpc::SinkCommit& commit : control::PendingCommits(*manifest)) {
            directory_.sink.Publish(node_, commit.commit, [](const base::Outcome&) {});
          }
        }
        Step(event::ManifestWritten{.epoch = epoch, .outcome = outcome});
      }));
}

void ModelAttempt::Perform(effect::RecordEpoch& effect) {
  const data::Epoch epoch = effect.contents->epoch;
  if (directory_.bug == Bug::kForgetEmptyEpochs &&
      std::ranges::all_of(effect.contents->snapshots, [](const rpc::TaskSnapshot& snapshot) {
        return !snapshot.sink.has_value() || snapshot.sink->commits.empty();
      })) {
    Step(event::EpochRecorded{.epoch = epoch, .result = LogResult::kApplied, .status = {}});
    return;
  }
  directory_.log.Append(
      node_, *record_, WhileAlive([this, epoch](const base::Outcome& outcome) {
        LogResult result = control::ToLogResult(outcome);
        if (directory_.bug == Bug::kTakeUnknownForNo && result == LogResult::kUnknown) {
          // As if nothing had been written: what belongs to it is cleared away.
          result = LogResult::kNotApplied;
          directory_.store.Delete(node_, record_->manifest.key, [](const base::Outcome&) {});
        }
        Step(event::EpochRecorded{.epoch = epoch, .result = result, .status = outcome.status()});
      }));
}

void ModelAttempt::Perform(effect::ReadBackRecord& effect) {
  directory_.log.ReadBack(
      node_, *record_, WhileAlive([this, epoch = effect.epoch](const base::Outcome& outcome) {
        Step(event::RecordRead{
            .epoch = epoch, .result = control::ToLogResult(outcome), .status = outcome.status()});
      }));
}

void ModelAttempt::Perform(effect::CommitSinks& effect) {
  Commit(effect.epoch,
         std::make_shared<const std::vector<rpc::SinkCommit>>(std::move(effect.commits)), 0);
}

void ModelAttempt::Commit(data::Epoch epoch,
                          std::shared_ptr<const std::vector<rpc::SinkCommit>> commits,
                          size_t next) {
  if (next == commits->size()) {
    Step(event::CommitsDone{
        .epoch = epoch, .num_applied = next, .outcome = base::Outcome::Applied()});
    return;
  }
  const std::string& name = (*commits)[next].commit;
  const std::string as = directory_.bug == Bug::kPublishUnderNewNames
                             ? fmt::format("{}-of-g{}", name, generation_.value)
                             : name;
  directory_.sink.PublishAs(
      node_, name, as, WhileAlive([this, epoch, commits, next](const base::Outcome& outcome) {
        const bool taken_for_done = directory_.bug == Bug::kTakeUnknownForYes &&
                                    outcome.state() == base::Outcome::State::kUnknown;
        if (outcome.applied() || taken_for_done) {
          Commit(epoch, commits, next + 1);
        } else {
          Step(event::CommitsDone{.epoch = epoch, .num_applied = next, .outcome = outcome});
        }
      }));
}

void ModelAttempt::Perform(effect::MarkCommitted& effect) {
  directory_.log.Mark(
      node_, effect.epoch, generation_,
      WhileAlive([this, epoch = effect.epoch](const base::Outcome& outcome) {
        LogResult result = control::ToLogResult(outcome);
        if (absl::IsNotFound(outcome.status())) {
          result = LogResult::kApplied;
        }
        Step(event::MarkedCommitted{.epoch = epoch, .result = result, .status = outcome.status()});
      }));
}

void ModelAttempt::Perform(effect::CheckFence&) {
  directory_.log.Read(
      node_, WhileAlive([this](absl::StatusOr<control::CheckpointHistory> history) {
        const LogResult result = !history.ok()                       ? LogResult::kUnknown
                                 : history->generation > generation_ ? LogResult::kFenced
                                                                     : LogResult::kApplied;
        Step(event::FenceChecked{
            .result = result,
            .status = result == LogResult::kFenced
                          ? base::MakeError(absl::StatusCode::kAborted, "a later generation")
                          : history.status()});
      }));
}

void ModelAttempt::Perform(effect::EpochCompleted& effect) {
  world_.Note(static_cast<uint64_t>(effect.contents->epoch.value));
  if (world_.traces()) {
    world_.Trace(
        fmt::format("g{} epoch {} complete", generation_.value, effect.contents->epoch.value));
  }
  events_.completed();
}

void ModelAttempt::Perform(effect::EpochAborted& effect) {
  if (world_.traces()) {
    world_.Trace(fmt::format("g{} epoch {} aborted", generation_.value, effect.epoch.value));
  }
}

void ModelAttempt::Perform(effect::Ended& effect) {
  if (world_.traces()) {
    world_.Trace(fmt::format("g{} coordinator ended ({}): {}", generation_.value,
                             static_cast<int>(effect.reason),
                             std::string(effect.status.message())));
  }
  events_.ended(effect.reason, effect.status);
}

// ---- garbage

void ModelAttempt::Perform(effect::CollectGarbage&) {
  directory_.log.Read(node_, WhileAlive([this](absl::StatusOr<control::CheckpointHistory> history) {
                        if (!history.ok()) {
                          GarbageDone(history.status());
                          return;
                        }
                        Retain(*history);
                      }));
}

void ModelAttempt::GarbageDone(const absl::Status& status, bool fenced) {
  Step(event::GarbageCollected{.status = status, .fenced = fenced});
}

void ModelAttempt::Retain(const control::CheckpointHistory& history) {
  std::vector<control::RetainedEpoch> epochs;
  for (const Record& record : history.epochs) {
    epochs.push_back({.epoch = record.epoch,
                      .committed = record.committed,
                      .savepoint = !record.savepoint.empty()});
  }
  for (Record& record : removing_) {
    if (history.Find(record.epoch) == nullptr) {
      dropped_.push_back(std::move(record));
    }
  }
  removing_.clear();
  const std::vector<data::Epoch> chosen =
      control::ChooseDropped(epochs, directory_.retention, restored_);
  std::vector<Record> kept;
  for (const Record& record : history.epochs) {
    (std::ranges::binary_search(chosen, record.epoch) ? removing_ : kept).push_back(record);
  }
  const bool sweep = world_.random().OneIn(4) || core_.Progress().num_completed < 2;
  directory_.log.Remove(node_, chosen, generation_,
                        WhileAlive([this, kept, sweep](const base::Outcome& outcome) {
                          if (control::ToLogResult(outcome) == LogResult::kFenced) {
                            GarbageDone(outcome.status(), /*fenced=*/true);
                            return;
                          }
                          std::vector<Record> reachable = kept;
                          if (outcome.applied()) {
                            dropped_.insert(dropped_.end(), removing_.begin(), removing_.end());
                            removing_.clear();
                          } else {
                            reachable.insert(reachable.end(), removing_.begin(), removing_.end());
                          }
                          std::vector<Record> all = reachable;
                          all.insert(all.end(), dropped_.begin(), dropped_.end());
                          LoadManifests(all, [this, reachable, sweep](const absl::Status& status) {
                            if (!status.ok()) {
                              GarbageDone(status);
                              return;
                            }
                            Collect(reachable, dropped_, sweep);
                          });
                        }));
}

void ModelAttempt::LoadManifests(const std::vector<Record>& records,
                                 std::function<void(absl::Status)> done) {
  for (const Record& record : records) {
    const std::string& key = record.manifest.key;
    if (objects_.contains(key)) {
      continue;
    }
    directory_.store.Get(
        node_, key, WhileAlive([this, key, records, done](absl::StatusOr<ModelObject> object) {
          if (!object.ok()) {
            done(object.status());
            return;
          }
          std::vector<std::string>& named = objects_[key];
          named = {key};
          for (const rpc::StoredObject& one : control::ReachableObjects(*object->manifest)) {
            named.push_back(one.key);
          }
          LoadManifests(records, done);
        }));
    return;
  }
  done(absl::OkStatus());
}

void ModelAttempt::Collect(const std::vector<Record>& kept,
                           const std::vector<Record>& dropped,
                           bool sweep) {
  control::GarbageInput input;
  input.generation = generation_;
  for (const Record& record : kept) {
    const auto& named = objects_[record.manifest.key];
    input.reachable.insert(input.reachable.end(), named.begin(), named.end());
  }
  for (const Record& record : dropped) {
    const auto& named = objects_[record.manifest.key];
    input.dropped.insert(input.dropped.end(), named.begin(), named.end());
  }
  if (!sweep) {
    DeleteObjects(std::make_shared<const std::vector<std::string>>(control::ChooseGarbage(input)),
                  0);
    return;
  }
  const data::Epoch oldest = kept.empty() ? data::Epoch{} : kept.back().epoch;
  directory_.store.List(
      node_,
      WhileAlive([this, input, oldest](absl::StatusOr<std::vector<std::string>> listed) mutable {
        if (!listed.ok()) {
          GarbageDone(listed.status());
          return;
        }
        input.listed = *std::move(listed);
        if (directory_.bug == Bug::kCollectWhatIsOnItsWay) {
          ++input.generation.value;
        }
        std::vector<std::string> garbage = control::ChooseGarbage(input);
        if (directory_.bug == Bug::kCollectByEpochNumber) {
          for (const std::string& key : input.listed) {
            const size_t epoch = key.find("/e");
            if (epoch != std::string::npos && std::atoll(key.c_str() + epoch + 2) < oldest.value) {
              garbage.push_back(key);
            }
          }
        }
        DeleteObjects(std::make_shared<const std::vector<std::string>>(std::move(garbage)), 0);
      }));
}

void ModelAttempt::DeleteObjects(std::shared_ptr<const std::vector<std::string>> keys,
                                 size_t next) {
  if (next == keys->size()) {
    for (const Record& record : dropped_) {
      objects_.erase(record.manifest.key);
    }
    dropped_.clear();
    GarbageDone(absl::OkStatus());
    return;
  }
  directory_.store.Delete(node_, (*keys)[next],
                          WhileAlive([this, keys, next](const base::Outcome& outcome) {
                            if (!outcome.applied()) {
                              GarbageDone(outcome.status());
                              return;
                            }
                            DeleteObjects(keys, next + 1);
                          }));
}

}  // namespace laminar::simulation
