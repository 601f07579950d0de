#include "control/checkpoint/coordinator_epochs.h"

#include <utility>

#include "fmt/format.h"

namespace laminar::control {

using Phase = EpochInFlight::Phase;

void CoordinatorEpochs::Begin(EpochInFlight epoch) {
  tasks_.BarrierSent(epoch.epoch);
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (!tasks_.Has(i, epoch.epoch)) {
      epoch.missing.insert(i);
    }
  }
  in_flight_.push_back(std::move(epoch));
}

void CoordinatorEpochs::Take(rpc::TaskSnapshot snapshot) {
  if (const auto task = tasks_.Take(std::move(snapshot))) {
    MarkParts(*task);
  }
}

std::optional<size_t> CoordinatorEpochs::Take(const event::TaskDeclined& event) {
  const auto task = tasks_.Decline(event.task, event.epoch);
  if (!task.has_value()) {
    return std::nullopt;
  }
  MarkParts(*task);
  for (size_t i = 0; i < in_flight_.size(); ++i) {
    if (in_flight_[i].epoch == event.epoch && in_flight_[i].missing.contains(*task)) {
      return i;
    }
  }
  return std::nullopt;
}

void CoordinatorEpochs::MarkParts(size_t task) {
  for (EpochInFlight& epoch : in_flight_) {
    if (epoch.missing.contains(task) && tasks_.Has(task, epoch.epoch)) {
      epoch.missing.erase(task);
    }
  }
}

absl::Status CoordinatorEpochs::Take(base::MonotonicTime now, const event::ManifestWritten& event) {
  if (!Awaits(event.epoch, Phase::kWriting)) {
    return absl::OkStatus();
  }
  EpochInFlight& epoch = in_flight_.front();
  if (event.outcome.applied()) {
    epoch.phase = Phase::kRecording;
    epoch.retry.Succeeded();
    return absl::OkStatus();
  }
  if (event.outcome.state() == base::Outcome::State::kNotApplied &&
      absl::IsDataLoss(event.outcome.status())) {
    return event.outcome.status();
  }
  epoch.retry.Failed(now, pauses_);
  return absl::OkStatus();
}

bool CoordinatorEpochs::Awaits(data::Epoch epoch, Phase phase) const {
  return !in_flight_.empty() && in_flight_.front().epoch == epoch &&
         in_flight_.front().phase == phase && in_flight_.front().retry.busy();
}

void CoordinatorEpochs::RecordFailed(base::MonotonicTime now, LogResult result) {
  EpochInFlight& epoch = in_flight_.front();
  if (result == LogResult::kUnknown && epoch.phase == Phase::kRecording) {
    epoch.phase = Phase::kReadingBack;
    epoch.retry.Again();
    return;
  }
  epoch.phase = Phase::kRecording;
  epoch.retry.Failed(now, pauses_);
}

std::optional<CoordinatorEffect> CoordinatorEpochs::Next(base::MonotonicTime now) {
  if (in_flight_.empty()) {
    return std::nullopt;
  }
  EpochInFlight& epoch = in_flight_.front();
  if (!epoch.missing.empty() || !epoch.retry.Due(now)) {
    return std::nullopt;
  }
  epoch.retry.Begin();
  switch (epoch.phase) {
    case Phase::kCollecting:
      Collect(epoch);
      epoch.phase = Phase::kWriting;
      [[fallthrough]];
    case Phase::kWriting:
      return effect::WriteManifest{.contents = epoch.contents};
    case Phase::kRecording:
      return effect::RecordEpoch{.contents = epoch.contents};
    case Phase::kReadingBack:
      return effect::ReadBackRecord{.epoch = epoch.epoch};
  }
  return std::nullopt;
}

void CoordinatorEpochs::Collect(EpochInFlight& epoch) const {
  auto contents = std::make_shared<EpochContents>();
  contents->epoch = epoch.epoch;
  contents->generation = generation_;
  contents->savepoint = epoch.savepoint;
  contents->stopped = epoch.stop;
  contents->finished = true;
  contents->snapshots = tasks_.Gather(epoch.epoch);
  for (const rpc::TaskSnapshot& snapshot : contents->snapshots) {
    contents->bytes_written += snapshot.bytes_written;
    contents->state_bytes += snapshot.state_bytes;
    contents->finished = contents->finished && snapshot.ended;
  }
  epoch.contents = std::move(contents);
}

EpochInFlight CoordinatorEpochs::TakeComplete() {
  EpochInFlight epoch = Remove(0);
  tasks_.Recorded(epoch.epoch);
  return epoch;
}

EpochInFlight CoordinatorEpochs::Remove(size_t index) {
  EpochInFlight epoch = std::move(in_flight_[index]);
  in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(index));
  return epoch;
}

std::optional<base::MonotonicTime> CoordinatorEpochs::wake_at() const {
  if (in_flight_.empty() || !in_flight_.front().missing.empty() ||
      in_flight_.front().retry.busy()) {
    return std::nullopt;
  }
  return in_flight_.front().retry.at();
}

std::string CoordinatorEpochs::waits_for() const {
  if (in_flight_.empty()) {
    return "";
  }
  const EpochInFlight& oldest = in_flight_.front();
  const int64_t number = oldest.epoch.value;
  switch (oldest.phase) {
    case Phase::kCollecting:
      return oldest.missing.empty()
                 ? ""
                 : fmt::format("{} of {} tasks to do their part of checkpoint {}, among them {}",
                               oldest.missing.size(), tasks_.size(), number,
                               tasks_.name(*oldest.missing.begin()));
    case Phase::kWriting:
      return fmt::format("the manifest of checkpoint {} to be written", number);
    case Phase::kRecording:
    case Phase::kReadingBack:
      return fmt::format("checkpoint {} to be recorded", number);
  }
  return "";
}

}  // namespace laminar::control
