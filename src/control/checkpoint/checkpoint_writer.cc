#include "control/checkpoint/checkpoint_writer.h"

#include <unordered_map>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/kill_point.h"

namespace laminar::control {
namespace {

// Objects to look at one by one; more of them are looked up in a listing.
constexpr size_t kHeadsMax = 16;

base::Outcome Damaged(const rpc::StoredObject& object, std::string_view what) {
  return base::Outcome::NotApplied(base::DataLoss(
      fmt::format("a task has stored an object of state that {}: {}", what, object.key)));
}

}  // namespace

CheckpointWriter::CheckpointWriter(ManifestHeader header,
                                   std::string nonce,
                                   const base::Clock& clock,
                                   storage::ObjectStore& store,
                                   CheckpointLog& log)
    : header_(std::move(header)),
      nonce_(std::move(nonce)),
      clock_(clock),
      store_(store),
      log_(log) {}

void CheckpointWriter::Prepare(const EpochContents& contents) {
  ManifestHeader header = header_;
  header.epoch = contents.epoch;
  header.generation = contents.generation;
  header.savepoint = contents.savepoint;
  header.stopped = contents.stopped;
  header.finished = contents.finished;
  header.created = clock_.Wall();
  Prepared prepared;
  prepared.manifest = BuildManifest(header, contents.snapshots);
  prepared.bytes = EncodeManifest(prepared.manifest);
  prepared.record = {
      .epoch = contents.epoch,
      .generation = contents.generation,
      .manifest = {.key = ManifestKey(contents.generation, contents.epoch),
                   .bytes = static_cast<int64_t>(prepared.bytes.size()),
                   .crc32c = base::Crc32c(prepared.bytes)},
      .nonce = fmt::format("{}-{}", nonce_, contents.epoch.value),
      .savepoint = contents.savepoint,
      .completed = header.created,
  };
  prepared_ = std::move(prepared);
}

base::Outcome CheckpointWriter::WriteManifest(const EpochContents& contents) {
  if (!prepared_.has_value() || prepared_->record.epoch != contents.epoch) {
    Prepare(contents);
  }
  if (absl::Status lost = CheckAuditLedger(prepared_->manifest); !lost.ok()) {
    return base::Outcome::NotApplied(base::DataLoss(base::FromAbsl(lost.message())));
  }
  if (base::Outcome there = VerifyObjects(); !there.applied()) {
    return there;
  }
  const rpc::StoredObject& object = prepared_->record.manifest;
  LAMINAR_KILLPOINT("manifest_before_put");
  if (base::Outcome put = store_.Put(object.key, prepared_->bytes); !put.applied()) {
    return put;
  }
  LAMINAR_KILLPOINT("manifest_after_put");
  const auto info = store_.Head(object.key);
  if (!info.ok()) {
    return base::Outcome::Unknown(info.status());
  }
  return info->bytes == object.bytes ? base::Outcome::Applied()
                                     : base::Outcome::NotApplied(base::Unavailable(fmt::format(
                                           "the store has kept {} of {} bytes of the manifest: {}",
                                           info->bytes, object.bytes, object.key)));
}

base::Outcome CheckpointWriter::VerifyObjects() {
  const std::vector<rpc::StoredObject> objects = ReachableObjects(prepared_->manifest);
  std::vector<rpc::StoredObject> unverified;
  for (const rpc::StoredObject& object : objects) {
    if (!verified_.contains(object.key)) {
      unverified.push_back(object);
    }
  }
  if (unverified.size() > kHeadsMax) {
    if (base::Outcome there = VerifyByListing(unverified); !there.applied()) {
      return there;
    }
  } else {
    for (const rpc::StoredObject& object : unverified) {
      const auto info = store_.Head(object.key);
      if (absl::IsNotFound(info.status())) {
        return Damaged(object, "is not there");
      }
      if (!info.ok()) {
        return base::Outcome::Unknown(info.status());
      }
      if (info->bytes != object.bytes) {
        return Damaged(object, "has another size");
      }
    }
  }
  verified_.clear();
  for (const rpc::StoredObject& object : objects) {
    verified_.insert(object.key);
  }
  return base::Outcome::Applied();
}

base::Outcome CheckpointWriter::VerifyByListing(const std::vector<rpc::StoredObject>& objects) {
  const auto listed = store_.List("data/");
  if (!listed.ok()) {
    return base::Outcome::Unknown(listed.status());
  }
  std::unordered_map<std::string_view, int64_t> sizes;
  for (const storage::ObjectInfo& info : *listed) {
    sizes.emplace(info.key, info.bytes);
  }
  for (const rpc::StoredObject& object : objects) {
    const auto found = sizes.find(object.key);
    if (found == sizes.end()) {
      return Damaged(object, "is not there");
    }
    if (found->second != object.bytes) {
      return Damaged(object, "has another size");
    }
  }
  return base::Outcome::Applied();
}

base::Outcome CheckpointWriter::Record() {
  LAMINAR_ASSERT(prepared_.has_value(), 0);
  LAMINAR_KILLPOINT("record_before");
  base::Outcome recorded = log_.AppendEpoch(prepared_->record);
  LAMINAR_KILLPOINT("record_after");
  if (LAMINAR_SEEDED_BUG("take_unknown_for_no") && prepared_->record.epoch.value % 4 == 0) {
    return base::Outcome::NotApplied(base::Unavailable("the answer was lost"));
  }
  return recorded;
}

base::Outcome CheckpointWriter::ReadBack() {
  LAMINAR_ASSERT(prepared_.has_value(), 0);
  return log_.ReadBack(prepared_->record);
}

base::Outcome CheckpointWriter::MarkCommitted(data::Epoch epoch) {
  LAMINAR_KILLPOINT("mark_before");
  base::Outcome marked = log_.MarkCommitted(epoch, header_.generation);
  LAMINAR_KILLPOINT("mark_after");
  // Somebody has removed the checkpoint by hand: there is nothing left to mark.
  return absl::IsNotFound(marked.status()) ? base::Outcome::Applied() : marked;
}

base::Outcome CheckpointWriter::CheckFence() {
  const auto history = log_.Read();
  if (!history.ok()) {
    return base::Outcome::Unknown(history.status());
  }
  if (history->generation > header_.generation) {
    return base::Outcome::NotApplied(
        base::MakeError(absl::StatusCode::kAborted,
                        fmt::format("another process has taken the job over, with generation {}",
                                    history->generation.value)));
  }
  return base::Outcome::Applied();
}

}  // namespace laminar::control
