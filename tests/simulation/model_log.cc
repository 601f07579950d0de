#include "model_log.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace laminar::simulation {

base::Outcome ModelLog::Fenced(data::Generation generation) const {
  if (generation < history_.generation && bug_ != Bug::kSkipFenceCheck) {
    return base::Outcome::NotApplied(
        base::MakeError(absl::StatusCode::kAborted,
                        fmt::format("generation {} has begun", history_.generation.value)));
  }
  return base::Outcome::Applied();
}

void ModelLog::Claim(Node from,
                     const std::string& nonce,
                     std::function<void(absl::StatusOr<data::Generation>)> done) {
  AskFor<data::Generation>(
      from, Label::kLogClaim,
      [this, nonce]() -> absl::StatusOr<data::Generation> {
        if (world_.Happens(refusals)) {
          return base::Unavailable("the log refuses");
        }
        const data::Generation generation = ClaimNow(nonce);
        if (world_.Happens(lost_answers)) {
          return base::Unavailable("the answer was lost");
        }
        return generation;
      },
      std::move(done));
}

data::Generation ModelLog::ClaimNow(const std::string& nonce) {
  if (const auto known = claims_.find(nonce); known != claims_.end()) {
    return known->second;
  }
  const bool reuses = bug_ == Bug::kReuseGeneration && history_.generation.value > 0;
  if (!reuses) {
    ++history_.generation.value;
  }
  world_.Note(static_cast<uint64_t>(history_.generation.value));
  claims_.emplace(nonce, history_.generation);
  return history_.generation;
}

void ModelLog::Append(Node from,
                      const control::EpochRecord& record,
                      std::function<void(base::Outcome)> done) {
  Change(from, Label::kLogAppend, [this, record] { return AppendNow(record); }, std::move(done));
}

base::Outcome ModelLog::AppendNow(const control::EpochRecord& record) {
  if (nonces_.contains(record.nonce)) {
    return base::Outcome::Applied();
  }
  if (base::Outcome fenced = Fenced(record.generation); !fenced.applied()) {
    return fenced;
  }
  if (record.epoch <= history_.newest_epoch) {
    if (bug_ == Bug::kSkipFenceCheck && record.epoch == history_.newest_epoch) {
      world_.Violation(fmt::format("epoch {} was recorded twice", record.epoch.value));
    }
    return base::Outcome::NotApplied(
        base::MakeError(absl::StatusCode::kAlreadyExists,
                        fmt::format("there is a record of epoch {}", history_.newest_epoch.value)));
  }
  if (record.generation < history_.generation || record.generation < newest_record_generation_) {
    world_.Violation(fmt::format("epoch {} was recorded by generation {} after generation {} began",
                                 record.epoch.value, record.generation.value,
                                 history_.generation.value));
  }
  newest_record_generation_ = record.generation;
  nonces_.insert(record.nonce);
  recorded_.insert(record.epoch);
  history_.newest_epoch = record.epoch;
  history_.epochs.insert(history_.epochs.begin(), record);
  world_.Note(static_cast<uint64_t>(record.epoch.value));
  on_append(record);
  return base::Outcome::Applied();
}

void ModelLog::ReadBack(Node from,
                        const control::EpochRecord& record,
                        std::function<void(base::Outcome)> done) {
  Change(
      from, Label::kLogReadBack,
      [this, record] {
        if (nonces_.contains(record.nonce)) {
          return base::Outcome::Applied();
        }
        if (base::Outcome fenced = Fenced(record.generation); !fenced.applied()) {
          return fenced;
        }
        return base::Outcome::Unknown(base::Unavailable("it may yet be written"));
      },
      std::move(done));
}

void ModelLog::Mark(Node from,
                    data::Epoch epoch,
                    data::Generation generation,
                    std::function<void(base::Outcome)> done) {
  Change(
      from, Label::kLogMark, [this, epoch, generation] { return MarkNow(epoch, generation); },
      std::move(done));
}

base::Outcome ModelLog::MarkNow(data::Epoch epoch, data::Generation generation) {
  if (base::Outcome fenced = Fenced(generation); !fenced.applied()) {
    return fenced;
  }
  for (control::EpochRecord& record : history_.epochs) {
    if (record.epoch == epoch) {
      if (!record.committed) {
        record.committed = true;
        on_mark(record);
      }
      return base::Outcome::Applied();
    }
  }
  if (!recorded_.contains(epoch)) {
    world_.Violation(fmt::format("an epoch was marked that was never complete: {}", epoch.value));
  }
  return base::Outcome::NotApplied(base::NotFound("no such epoch"));
}

void ModelLog::Remove(Node from,
                      const std::vector<data::Epoch>& epochs,
                      data::Generation generation,
                      std::function<void(base::Outcome)> done) {
  Change(
      from, Label::kLogRemove, [this, epochs, generation] { return RemoveNow(epochs, generation); },
      std::move(done));
}

base::Outcome ModelLog::RemoveNow(const std::vector<data::Epoch>& epochs,
                                  data::Generation generation) {
  if (base::Outcome fenced = Fenced(generation); !fenced.applied()) {
    return fenced;
  }
  for (const data::Epoch epoch : epochs) {
    const auto found = std::ranges::find(history_.epochs, epoch, &control::EpochRecord::epoch);
    if (found == history_.epochs.end()) {
      continue;
    }
    if (epoch == history_.newest_epoch || !found->committed || !found->savepoint.empty()) {
      world_.Violation(
          fmt::format("retention has dropped an epoch that is needed: {}", epoch.value));
    }
    const control::EpochRecord record = *found;
    history_.epochs.erase(found);
    on_remove(record);
  }
  return base::Outcome::Applied();
}

void ModelLog::Read(Node from,
                    std::function<void(absl::StatusOr<control::CheckpointHistory>)> done) {
  ModelService::Read<control::CheckpointHistory>(
      from, Label::kLogRead, [this] { return history_; }, std::move(done));
}

void ModelLease::Ask(Node from, std::function<void(std::optional<LeaseAnswer>)> done) {
  world_.Ask<LeaseAnswer>(
      from, kLeaseNode, Label::kLease,
      [this, from] {
        const bool banned = from == banned_ && world_.now() < banned_until_;
        const bool granted = !banned && (holder_ == from || world_.now() >= expires_);
        if (granted) {
          holder_ = from;
          expires_ = world_.now() + kNanos;
        }
        return LeaseAnswer{.granted = granted, .wishes = wishes};
      },
      std::move(done), 2 * kSecond);
}

void ModelLease::Finish(Node from) {
  // Written until it is known to be: nothing else depends on when.
  world_.Ask<bool>(
      from, kLeaseNode, Label::kLease,
      [this] {
        wishes.finished = true;
        return true;
      },
      [this, from](std::optional<bool> answer) {
        if (!answer.has_value()) {
          Finish(from);
        }
      });
}

void ModelLease::Expire() {
  expires_ = 0;
  banned_ = holder_;
  banned_until_ = world_.now() + 5 * kSecond;
}

}  // namespace laminar::simulation
