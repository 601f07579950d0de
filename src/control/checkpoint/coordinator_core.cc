#include "control/checkpoint/coordinator_core.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "base/assert.h"

namespace laminar::control {
namespace {

base::MonotonicTime After(base::MonotonicTime time, int64_t nanos) { return {time.nanos + nanos}; }

std::vector<rpc::SinkCommit> CommitsOf(const EpochContents& contents) {
  std::vector<rpc::SinkCommit> commits;
  for (const rpc::TaskSnapshot& snapshot : contents.snapshots) {
    if (snapshot.sink.has_value()) {
      for (const std::string& commit : snapshot.sink->commits) {
        commits.push_back(
            {.op = snapshot.sink->op, .subtask = snapshot.sink->subtask, .commit = commit});
      }
    }
  }
  return commits;
}

}  // namespace

CoordinatorCore::CoordinatorCore(CoordinatorOptions options,
                                 CoordinatorStart start,
                                 base::MonotonicTime now)
    : options_(options),
      generation_(start.generation),
      tasks_(start.tasks),
      commits_(options.pauses),
      now_(now),
      last_number_(start.newest_epoch),
      last_begun_at_(now) {
  LAMINAR_ASSERT(options_.in_flight_max >= 1, options_.in_flight_max);
  LAMINAR_ASSERT(tasks_.size() > 0, 0);
  progress_.complete = start.newest_epoch;
  for (UncommittedEpoch& epoch : start.uncommitted) {
    LAMINAR_ASSERT(epoch.epoch <= start.newest_epoch, epoch.epoch.value);
    commits_.Add(std::move(epoch));
  }
}

std::vector<CoordinatorEffect> CoordinatorCore::Step(base::MonotonicTime now,
                                                     CoordinatorEvent event) {
  LAMINAR_ASSERT(now >= now_, now.nanos - now_.nanos);
  now_ = now;
  effects_.clear();
  const bool asks_for_fence = std::holds_alternative<event::FenceChecked>(event);
  if (!ended_ && (!doubted_.has_value() || asks_for_fence)) {
    std::visit([this](auto& what) { Take(what); }, event);
  }
  if (!ended_) {
    Advance();
  }
  return std::exchange(effects_, {});
}

void CoordinatorCore::Take(event::TaskReported& event) {
  if (event.snapshot.generation != generation_) {
    return;
  }
  if (const auto task = tasks_.Take(std::move(event.snapshot))) {
    MarkParts(*task);
  }
}

void CoordinatorCore::Take(event::TaskDeclined& event) {
  const auto task = tasks_.Decline(event.task, event.epoch);
  if (!task.has_value()) {
    return;
  }
  for (size_t i = 0; i < in_flight_.size(); ++i) {
    if (in_flight_[i].epoch == event.epoch && in_flight_[i].missing.contains(*task)) {
      if (in_flight_[i].stop) {
        Doubt(event.why);
        return;
      }
      Abort(i, event.why);
      break;
    }
  }
  MarkParts(*task);
}

void CoordinatorCore::Take(event::ManifestWritten& event) {
  InFlight* epoch = Oldest(event.epoch, Phase::kWriting);
  if (epoch == nullptr) {
    return;
  }
  if (event.outcome.applied()) {
    epoch->phase = Phase::kRecording;
    epoch->retry.Succeeded();
    return;
  }
  if (event.outcome.state() == base::Outcome::State::kNotApplied &&
      absl::IsDataLoss(event.outcome.status())) {
    Doubt(event.outcome.status());
    return;
  }
  progress_.last_error = event.outcome.status();
  epoch->retry.Failed(now_, options_.pauses);
}

void CoordinatorCore::Take(event::EpochRecorded& event) {
  if (Oldest(event.epoch, Phase::kRecording) != nullptr) {
    TakeRecordResult(event.result, event.status);
  }
}

void CoordinatorCore::Take(event::RecordRead& event) {
  if (Oldest(event.epoch, Phase::kReadingBack) != nullptr) {
    TakeRecordResult(event.result, event.status);
  }
}

void CoordinatorCore::TakeRecordResult(LogResult result, const absl::Status& status) {
  InFlight& epoch = in_flight_.front();
  switch (result) {
    case LogResult::kApplied:
      Complete();
      return;
    case LogResult::kFenced:
      End(EndReason::kFenced, status);
      return;
    case LogResult::kRefused:
      End(EndReason::kFailed, status);
      return;
    case LogResult::kNotApplied:
      progress_.last_error = status;
      epoch.phase = Phase::kRecording;
      epoch.retry.Failed(now_, options_.pauses);
      return;
    case LogResult::kUnknown:
      progress_.last_error = status;
      if (epoch.phase == Phase::kRecording) {
        epoch.phase = Phase::kReadingBack;
        epoch.retry.Again();
      } else {
        epoch.phase = Phase::kRecording;
        epoch.retry.Failed(now_, options_.pauses);
      }
      return;
  }
}

void CoordinatorCore::Take(event::CommitsDone& event) {
  if (absl::Status status = commits_.Take(now_, event); !status.ok()) {
    Doubt(status);
  }
}

void CoordinatorCore::Take(event::MarkedCommitted& event) {
  if (event.result == LogResult::kFenced || event.result == LogResult::kRefused) {
    End(event.result == LogResult::kFenced ? EndReason::kFenced : EndReason::kFailed, event.status);
    return;
  }
  commits_.Take(now_, event);
  garbage_wanted_ = garbage_wanted_ || event.result == LogResult::kApplied;
}

void CoordinatorCore::Take(event::FenceChecked& event) {
  if (!doubted_.has_value() || !fence_check_.busy()) {
    return;
  }
  switch (event.result) {
    case LogResult::kFenced:
      End(EndReason::kFenced, event.status);
      return;
    case LogResult::kApplied:
    case LogResult::kRefused:
      End(EndReason::kFailed, *doubted_);
      return;
    case LogResult::kNotApplied:
    case LogResult::kUnknown:
      fence_check_.Failed(now_, options_.pauses);
      return;
  }
}

void CoordinatorCore::Take(event::GarbageCollected& event) {
  garbage_busy_ = false;
  if (event.fenced) {
    End(EndReason::kFenced, event.status);
    return;
  }
  if (!event.status.ok()) {
    progress_.last_error = event.status;  // the next epoch's collection finds what is left
  }
}

void CoordinatorCore::Take(event::TriggerRequested& event) {
  if (last_begun_) {
    effects_.push_back(effect::RequestAnswered{
        .request = event.request,
        .epoch = base::MakeError(absl::StatusCode::kFailedPrecondition,
                                 "the job is ending: it begins no further checkpoint")});
    return;
  }
  requests_.push_back({.number = event.request, .savepoint = std::move(event.savepoint)});
}

void CoordinatorCore::Take(event::StopRequested& event) {
  if (!stop_savepoint_.has_value()) {
    stop_savepoint_ = std::move(event.savepoint);
  }
}

void CoordinatorCore::Advance() {
  if (doubted_.has_value()) {
    if (fence_check_.Due(now_)) {
      fence_check_.Begin();
      effects_.push_back(effect::CheckFence());
    }
    return;
  }
  AbortLate();
  AdvanceOldest();
  if (!ended_) {
    AdvanceCommits();
    BeginDue();
    AdvanceOldest();
    AdvanceEnd();
  }
}

void CoordinatorCore::AbortLate() {
  for (size_t i = 0; i < in_flight_.size();) {
    const InFlight& epoch = in_flight_[i];
    const bool may_abort = !epoch.missing.empty() && !epoch.stop && !epoch.finish;
    if (may_abort && now_ >= After(epoch.begun, options_.timeout_nanos)) {
      Abort(i, base::MakeError(
                   absl::StatusCode::kDeadlineExceeded,
                   fmt::format("checkpoint {} was aborted: after {} ms {} of {} tasks had not "
                               "done their part, among them {}",
                               epoch.epoch.value, options_.timeout_nanos / 1'000'000,
                               epoch.missing.size(), tasks_.size(),
                               tasks_.name(*epoch.missing.begin()))));
    } else {
      ++i;
    }
  }
}

void CoordinatorCore::AdvanceOldest() {
  if (in_flight_.empty()) {
    return;
  }
  InFlight& epoch = in_flight_.front();
  if (!epoch.missing.empty() || !epoch.retry.Due(now_)) {
    return;
  }
  if (epoch.phase == Phase::kCollecting) {
    Collected(epoch);
  }
  epoch.retry.Begin();
  switch (epoch.phase) {
    case Phase::kCollecting:
    case Phase::kWriting:
      effects_.push_back(effect::WriteManifest{.contents = epoch.contents});
      return;
    case Phase::kRecording:
      effects_.push_back(effect::RecordEpoch{.contents = epoch.contents});
      return;
    case Phase::kReadingBack:
      effects_.push_back(effect::ReadBackRecord{.epoch = epoch.epoch});
      return;
  }
}

void CoordinatorCore::Collected(InFlight& epoch) {
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
  epoch.phase = Phase::kWriting;
}

void CoordinatorCore::AdvanceCommits() {
  if (auto effect = commits_.Next(now_)) {
    effects_.push_back(*std::move(effect));
  }
  if (garbage_wanted_ && !garbage_busy_) {
    garbage_wanted_ = false;
    garbage_busy_ = true;
    effects_.push_back(effect::CollectGarbage());
  }
}

bool CoordinatorCore::MayBegin() const {
  return !last_begun_ && in_flight_.size() < static_cast<size_t>(options_.in_flight_max);
}

std::optional<base::MonotonicTime> CoordinatorCore::NextDue() const {
  if (options_.interval_nanos <= 0) {
    return std::nullopt;
  }
  base::MonotonicTime due = After(last_begun_at_, options_.interval_nanos);
  if (last_resolved_at_.has_value()) {
    due = std::max(due, After(*last_resolved_at_, options_.pause_nanos_min));
  }
  return due;
}

void CoordinatorCore::BeginDue() {
  if (!MayBegin()) {
    return;
  }
  if (tasks_.AllEnded()) {
    if (in_flight_.empty()) {
      if (tasks_.HasUnrecordedEnd() || progress_.num_completed == 0) {
        Begin(/*stop=*/false, /*finish=*/true);
      }
      last_begun_ = true;
    }
    return;
  }
  if (stop_savepoint_.has_value()) {
    Begin(/*stop=*/true, /*finish=*/false);
    return;
  }
  if (commits_.num_uncommitted() >= static_cast<size_t>(options_.uncommitted_max)) {
    return;
  }
  const auto due = NextDue();
  if (!requests_.empty() || (due.has_value() && now_ >= *due)) {
    Begin(/*stop=*/false, /*finish=*/false);
  }
}

void CoordinatorCore::Begin(bool stop, bool finish) {
  last_number_ = {last_number_.value + 1};
  last_begun_at_ = now_;
  last_begun_ = stop || finish;
  InFlight epoch;
  epoch.epoch = last_number_;
  epoch.stop = stop;
  epoch.finish = finish;
  epoch.begun = now_;
  if (last_begun_ && stop_savepoint_.has_value()) {
    epoch.savepoint = *stop_savepoint_;
  }
  // Requests of one name, or of none, are served together; the last epoch serves all it can.
  while (!requests_.empty()) {
    Request& request = requests_.front();
    if (!request.savepoint.empty() && !epoch.savepoint.empty() &&
        request.savepoint != epoch.savepoint) {
      break;
    }
    if (!request.savepoint.empty()) {
      epoch.savepoint = request.savepoint;
    }
    epoch.requests.push_back(request.number);
    requests_.pop_front();
  }
  tasks_.BarrierSent(epoch.epoch);
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (!tasks_.Has(i, epoch.epoch)) {
      epoch.missing.insert(i);
    }
  }
  if (!finish) {
    effects_.push_back(effect::SendBarrier{.barrier = {.epoch = epoch.epoch, .stop = stop}});
  }
  in_flight_.push_back(std::move(epoch));
}

void CoordinatorCore::MarkParts(size_t task) {
  for (InFlight& epoch : in_flight_) {
    if (epoch.missing.contains(task) && tasks_.Has(task, epoch.epoch)) {
      epoch.missing.erase(task);
    }
  }
}

void CoordinatorCore::Complete() {
  InFlight epoch = std::move(in_flight_.front());
  in_flight_.pop_front();
  tasks_.Recorded(epoch.epoch);
  commits_.Add({.epoch = epoch.epoch, .commits = CommitsOf(*epoch.contents)});
  last_resolved_at_ = now_;
  stopped_ = stopped_ || (epoch.stop && !epoch.contents->finished);
  progress_.complete = epoch.epoch;
  progress_.completed_at = now_;
  progress_.duration_nanos = now_.nanos - epoch.begun.nanos;
  progress_.bytes_written = epoch.contents->bytes_written;
  progress_.state_bytes = epoch.contents->state_bytes;
  ++progress_.num_completed;
  progress_.last_error = absl::OkStatus();
  effects_.push_back(effect::EpochCompleted{.contents = epoch.contents,
                                            .duration_nanos = progress_.duration_nanos});
  for (const int64_t request : epoch.requests) {
    effects_.push_back(effect::RequestAnswered{.request = request, .epoch = epoch.epoch});
  }
}

void CoordinatorCore::Abort(size_t index, const absl::Status& why) {
  const InFlight& epoch = in_flight_[index];
  ++progress_.num_aborted;
  progress_.last_error = why;
  last_resolved_at_ = now_;
  effects_.push_back(effect::EpochAborted{.epoch = epoch.epoch, .why = why});
  for (const int64_t request : epoch.requests) {
    effects_.push_back(effect::RequestAnswered{.request = request, .epoch = why});
  }
  in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(index));
}

void CoordinatorCore::AdvanceEnd() {
  if (last_begun_ && in_flight_.empty() && commits_.idle() && !garbage_wanted_ && !garbage_busy_) {
    End(stopped_ ? EndReason::kStopped : EndReason::kFinished, absl::OkStatus());
  }
}

void CoordinatorCore::Doubt(const absl::Status& why) {
  doubted_ = why;
  progress_.last_error = why;
}

void CoordinatorCore::End(EndReason reason, const absl::Status& status) {
  const absl::Status why =
      status.ok() ? base::MakeError(absl::StatusCode::kFailedPrecondition, "the job has ended")
                  : status;
  for (const InFlight& epoch : in_flight_) {
    for (const int64_t request : epoch.requests) {
      effects_.push_back(effect::RequestAnswered{.request = request, .epoch = why});
    }
  }
  for (const Request& request : requests_) {
    effects_.push_back(effect::RequestAnswered{.request = request.number, .epoch = why});
  }
  requests_.clear();
  in_flight_.clear();
  ended_ = true;
  effects_.push_back(
      effect::Ended{.reason = reason, .status = status, .epoch = progress_.complete});
}

CoordinatorCore::InFlight* CoordinatorCore::Oldest(data::Epoch epoch, Phase phase) {
  if (in_flight_.empty() || in_flight_.front().epoch != epoch ||
      in_flight_.front().phase != phase || !in_flight_.front().retry.busy()) {
    return nullptr;
  }
  return &in_flight_.front();
}

std::optional<base::MonotonicTime> CoordinatorCore::wake_at() const {
  if (ended_) {
    return std::nullopt;
  }
  if (doubted_.has_value()) {
    return fence_check_.busy() ? std::nullopt : std::optional(fence_check_.at());
  }
  std::optional<base::MonotonicTime> earliest = commits_.wake_at();
  const auto consider = [&earliest](base::MonotonicTime time) {
    earliest = earliest.has_value() ? std::min(*earliest, time) : time;
  };
  for (const InFlight& epoch : in_flight_) {
    if (!epoch.missing.empty() && !epoch.stop && !epoch.finish) {
      consider(After(epoch.begun, options_.timeout_nanos));
    }
  }
  if (!in_flight_.empty() && in_flight_.front().missing.empty() &&
      !in_flight_.front().retry.busy()) {
    consider(in_flight_.front().retry.at());
  }
  const bool held = commits_.num_uncommitted() >= static_cast<size_t>(options_.uncommitted_max);
  const bool begins = MayBegin() && !held && !tasks_.AllEnded();
  if (const auto due = NextDue(); due.has_value() && begins) {
    consider(*due);
  }
  return earliest;
}

CoordinatorProgress CoordinatorCore::Progress() const {
  CoordinatorProgress progress = progress_;
  progress.committed = commits_.committed();
  progress.num_in_flight = static_cast<int>(in_flight_.size());
  progress.num_uncommitted = commits_.num_uncommitted();
  if (doubted_.has_value() && !ended_) {
    progress.waits_for = "the log to say whether another process has taken the job over";
    return progress;
  }
  if (in_flight_.empty()) {
    progress.waits_for = commits_.waits_for();
    return progress;
  }
  const InFlight& oldest = in_flight_.front();
  switch (oldest.phase) {
    case Phase::kCollecting:
      progress.waits_for =
          oldest.missing.empty()
              ? ""
              : fmt::format("{} of {} tasks to do their part of checkpoint {}, among them {}",
                            oldest.missing.size(), tasks_.size(), oldest.epoch.value,
                            tasks_.name(*oldest.missing.begin()));
      break;
    case Phase::kWriting:
      progress.waits_for =
          fmt::format("the manifest of checkpoint {} to be written", oldest.epoch.value);
      break;
    case Phase::kRecording:
    case Phase::kReadingBack:
      progress.waits_for = fmt::format("checkpoint {} to be recorded", oldest.epoch.value);
      break;
  }
  return progress;
}

}  // namespace laminar::control
