#include "control/checkpoint/garbage_collector.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/kill_point.h"
#include "base/log.h"
#include "control/checkpoint/manifest.h"

namespace laminar::control {
namespace {

// Listing everything costs more than reading what retention has dropped, and finds only what
// crashes have left.
constexpr int kCollectionsPerSweep = 64;

// Generations before this one whose unfinished uploads are ended: a request each. Older ones have
// been seen to by those in between, each at its start.
constexpr int64_t kGenerationsLookedAtMax = 16;

}  // namespace

absl::StatusOr<GarbageCollector::Retained> GarbageCollector::Retain() {
  LAMINAR_ASSIGN_OR_RETURN(const CheckpointHistory history, log_.Read());
  Retained retained;
  for (EpochRecord& record : removing_) {
    if (history.Find(record.epoch) == nullptr) {
      retained.dropped.push_back(std::move(record));
    }
  }
  removing_.clear();
  std::vector<RetainedEpoch> epochs;
  for (const EpochRecord& record : history.epochs) {
    epochs.push_back({.epoch = record.epoch,
                      .committed = record.committed,
                      .savepoint = !record.savepoint.empty()});
  }
  const std::vector<data::Epoch> chosen = ChooseDropped(epochs, policy_, restored_);
  LAMINAR_KILLPOINT("retention_before");
  const base::Outcome removed =
      chosen.empty() ? base::Outcome::Applied() : log_.RemoveEpochs(chosen, generation_);
  LAMINAR_KILLPOINT("retention_after");
  for (const EpochRecord& record : history.epochs) {
    if (!std::ranges::binary_search(chosen, record.epoch)) {
      retained.kept.push_back(record);
    } else if (removed.applied()) {
      retained.dropped.push_back(record);
    } else {
      retained.kept.push_back(record);
      removing_.push_back(record);
    }
  }
  if (removed.state() == base::Outcome::State::kNotApplied) {
    removing_.clear();
    // What was dropped before must not be forgotten: only a later generation ends the job here.
    return CheckpointLog::IsFenced(removed.status()) ? absl::StatusOr<Retained>(removed.status())
                                                     : retained;
  }
  return retained;
}

absl::Status GarbageCollector::Collect(const Retained& retained) {
  dropped_.insert(dropped_.end(), retained.dropped.begin(), retained.dropped.end());
  const bool sweep = collections_until_sweep_ == 0;
  if (!sweep && dropped_.empty()) {
    --collections_until_sweep_;
    return absl::OkStatus();
  }
  GarbageInput input;
  input.generation = generation_;
  LAMINAR_RETURN_IF_ERROR(AddObjects(retained.kept, input.reachable));
  LAMINAR_RETURN_IF_ERROR(AddObjects(dropped_, input.dropped));
  if (sweep) {
    for (const char* prefix : {"data/", "manifests/"}) {
      LAMINAR_ASSIGN_OR_RETURN(const auto listed, store_.List(prefix));
      for (const storage::ObjectInfo& info : listed) {
        input.listed.push_back(info.key);
      }
    }
  }
  for (const std::string& key : ChooseGarbage(input)) {
    const base::Outcome deleted = store_.Delete(key);
    if (!deleted.applied()) {
      return deleted.status();
    }
    LAMINAR_KILLPOINT("garbage_one_deleted");
  }
  for (const EpochRecord& record : dropped_) {
    objects_.erase(record.manifest.key);
  }
  dropped_.clear();
  LAMINAR_KILLPOINT("garbage_collected");
  EndUploads();
  collections_until_sweep_ = sweep ? kCollectionsPerSweep : collections_until_sweep_ - 1;
  return absl::OkStatus();
}

// They cost the same as objects, and no listing shows them. Not everyone may list and end them, and
// a rule of the bucket can see to them as well: so a refusal holds up nothing else.
void GarbageCollector::EndUploads() {
  if (std::exchange(uploads_ended_, true)) {
    return;
  }
  const int64_t oldest = std::max<int64_t>(1, generation_.value - kGenerationsLookedAtMax);
  for (int64_t generation = generation_.value - 1; generation >= oldest; --generation) {
    const absl::Status ended = store_.RemoveUnfinished(fmt::format("data/g{}/", generation));
    if (!ended.ok()) {
      base::LogWarning("unfinished uploads of earlier attempts are not removed",
                       {{"reason", std::string(base::FromAbsl(ended.message()))}});
      return;
    }
  }
}

absl::Status GarbageCollector::AddObjects(const std::vector<EpochRecord>& records,
                                          std::vector<std::string>& keys) {
  for (const EpochRecord& record : records) {
    LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string>* objects, ObjectsOf(record));
    keys.insert(keys.end(), objects->begin(), objects->end());
  }
  return absl::OkStatus();
}

absl::StatusOr<const std::vector<std::string>*> GarbageCollector::ObjectsOf(
    const EpochRecord& record) {
  const std::string& key = record.manifest.key;
  if (const auto known = objects_.find(key); known != objects_.end()) {
    return &known->second;
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::string bytes, store_.Get(key));
  LAMINAR_ASSIGN_OR_RETURN(const Manifest manifest, DecodeManifest(bytes, key));
  std::vector<std::string> objects = {key};
  for (rpc::StoredObject& object : ReachableObjects(manifest)) {
    objects.push_back(std::move(object.key));
  }
  return &objects_.emplace(key, std::move(objects)).first->second;
}

}  // namespace laminar::control
