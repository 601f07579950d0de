#include "oracles.h"

#include <cstdlib>

#include <fmt/format.h>

#include "control/checkpoint/garbage_core.h"

namespace laminar::simulation {

Oracles::Oracles(World& world,
                 Bug bug,
                 const JobShape& shape,
                 ModelStore& store,
                 ModelLog& log,
                 ModelSink& sink)
    : world_(world), bug_(bug), shape_(shape), store_(store), log_(log), sink_(sink) {
  log_.on_append = [this](const control::EpochRecord& record) { OnAppend(record); };
  log_.on_mark = [this](const control::EpochRecord& record) { OnMark(record); };
  log_.on_remove = [this](const control::EpochRecord& record) { OnRemove(record); };
  store_.on_delete = [this](const std::string& key) { OnDelete(key); };
}

void Oracles::OnAppend(const control::EpochRecord& record) {
  const auto object = store_.objects().find(record.manifest.key);
  if (object == store_.objects().end() || object->second.manifest == nullptr) {
    world_.Violation(fmt::format("epoch {} is complete without a manifest", record.epoch.value));
    return;
  }
  const auto manifest = object->second.manifest;
  manifests_[record.epoch] = manifest;
  ++reached_[record.manifest.key];
  for (const rpc::StoredObject& one : control::ReachableObjects(*manifest)) {
    ++reached_[one.key];
    const auto found = store_.objects().find(one.key);
    if (found == store_.objects().end() || found->second.crc32c != one.crc32c ||
        found->second.bytes != one.bytes) {
      world_.Violation(
          fmt::format("epoch {} is complete without its object {}", record.epoch.value, one.key));
      return;
    }
  }
  std::vector<std::string> names;
  for (const rpc::SinkCommit& commit : control::PendingCommits(*manifest)) {
    names.push_back(commit.commit);
  }
  sink_.Expect(record.epoch, names);
}

void Oracles::OnMark(const control::EpochRecord& record) {
  const auto found = manifests_.find(record.epoch);
  if (found == manifests_.end()) {
    return;
  }
  for (const rpc::SinkCommit& commit : control::PendingCommits(*found->second)) {
    if (!sink_.IsPublished(commit.commit) && bug_ != Bug::kPublishUnderNewNames) {
      world_.Violation(fmt::format("epoch {} was marked committed before {} was published",
                                   record.epoch.value, commit.commit));
      return;
    }
  }
  for (const rpc::SourceState& source : found->second->sources) {
    for (const data::SplitPosition& position : source.splits) {
      const int split = std::atoi(position.split.c_str());
      const int64_t until = std::atoll(position.position.c_str());
      for (int64_t& offset = reference_offsets_[split]; offset < until; ++offset) {
        ++reference_[KeyOfRow(shape_, split, offset)];
      }
    }
  }
  for (uint32_t key = 0; key < shape_.num_keys; ++key) {
    if (reference_[key] != sink_.counts()[key]) {
      world_.Violation(
          fmt::format("output up to epoch {} has {} rows of key {}, and not the {} of its input",
                      record.epoch.value, sink_.counts()[key], key, reference_[key]));
      return;
    }
  }
}

void Oracles::OnRemove(const control::EpochRecord& record) {
  const auto found = manifests_.find(record.epoch);
  if (found == manifests_.end()) {
    return;
  }
  const auto release = [this](const std::string& key) {
    if (--reached_[key] == 0) {
      reached_.erase(key);
    }
  };
  release(record.manifest.key);
  for (const rpc::StoredObject& one : control::ReachableObjects(*found->second)) {
    release(one.key);
  }
  manifests_.erase(found);
}

void Oracles::OnDelete(const std::string& key) {
  if (reached_.contains(key)) {
    world_.Violation("an object was deleted that a kept checkpoint needs: " + key);
  }
}

void Oracles::OnRestore(data::Generation generation, data::Epoch epoch) {
  const control::CheckpointHistory& history = log_.history();
  if (generation == history.generation && epoch != history.newest_epoch) {
    world_.Violation(fmt::format("generation {} went on from epoch {}, though {} is complete",
                                 generation.value, epoch.value, history.newest_epoch.value));
  }
}

void Oracles::OnJobFailed(const absl::Status& why) {
  if (!store_.was_damaged() || !absl::IsDataLoss(why)) {
    world_.Violation("the job has failed: " + std::string(why.message()));
  }
}

void Oracles::ExpectNoGarbage(bool finished) {
  if (!world_.violations().empty()) {
    return;
  }
  if (finished) {
    // What somebody of an earlier generation has left after the last attempt's sweep stays: there
    // is no later attempt. But all of the input must have become output.
    if (sink_.num_rows() != shape_.rows_per_split * shape_.num_splits) {
      world_.Violation(fmt::format("the job has finished with {} of {} rows published",
                                   sink_.num_rows(), shape_.rows_per_split * shape_.num_splits));
    }
    return;
  }
  const data::Generation generation = log_.history().generation;
  for (const auto& [key, object] : store_.objects()) {
    const auto of = control::GenerationOfKey(key);
    if (of.has_value() && *of < generation && !reached_.contains(key)) {
      world_.Violation("garbage is left: " + key);
      return;
    }
  }
  for (const std::string& name : sink_.Leftovers(generation)) {
    world_.Violation("output is left unpublished: " + name);
    return;
  }
}

}  // namespace laminar::simulation
