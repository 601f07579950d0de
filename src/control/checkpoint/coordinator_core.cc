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
      epochs_(start.generation, start.tasks, options.pauses),
      commits_(options.pauses),
      now_(now),
      last_number_(start.newest_epoch),
      last_begun_at_(now) {
  LAMINAR_ASSERT(options_.in_flight_max >= 1, options_.in_flight_max);
  LAMINAR_ASSERT(epochs_.tasks().size() > 0, 0);
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
  if (event.snapshot.generation == generation_) {
    epochs_.Take(std::move(event.snapshot));
  }
}

void CoordinatorCore::Take(event::TaskDeclined& event) {
  const std::optional<size_t> declined = epochs_.Take(event);
  if (!declined.has_value()) {
    return;
  }
  if (epochs_.at(*declined).stop) {
    Doubt(event.why);
  } else {
    Abort(*declined, event.why);
  }
}

void CoordinatorCore::Take(event::ManifestWritten& event) {
  const bool awaited = epochs_.Awaits(event.epoch, EpochInFlight::Phase::kWriting);
  if (absl::Status damage = epochs_.Take(now_, event); !damage.ok()) {
    Doubt(damage);
  } else if (awaited && !event.outcome.applied()) {
    progress_.last_error = event.outcome.status();
  }
}

void CoordinatorCore::Take(event::EpochRecorded& event) {
  if (epochs_.Awaits(event.epoch, EpochInFlight::Phase::kRecording)) {
    TakeRecordResult(event.result, event.status);
  }
}

void CoordinatorCore::Take(event::RecordRead& event) {
  if (epochs_.Awaits(event.epoch, EpochInFlight::Phase::kReadingBack)) {
    // That the record is not there says less than why it could not be written.
    const bool known = event.result == LogResult::kUnknown && !progress_.last_error.ok();
    TakeRecordResult(event.result, known ? absl::Status(progress_.last_error) : event.status);
  }
}

void CoordinatorCore::TakeRecordResult(LogResult result, const absl::Status& status) {
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
    case LogResult::kUnknown:
      progress_.last_error = status;
      epochs_.RecordFailed(now_, result);
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
  progress_.garbage_error = event.status;
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
  const CoordinatorTasks& tasks = epochs_.tasks();
  for (size_t i = 0; i < epochs_.size();) {
    const EpochInFlight& epoch = epochs_.at(i);
    if (!epoch.MayBeLate() || now_ < After(epoch.begun, options_.timeout_nanos)) {
      ++i;
      continue;
    }
    Abort(i, base::MakeError(absl::StatusCode::kDeadlineExceeded,
                             fmt::format("checkpoint {} was aborted: after {} ms {} of {} tasks "
                                         "had not done their part, among them {}",
                                         epoch.epoch.value, options_.timeout_nanos / 1'000'000,
                                         epoch.missing.size(), tasks.size(),
                                         tasks.name(*epoch.missing.begin()))));
  }
}

void CoordinatorCore::AdvanceOldest() {
  if (auto effect = epochs_.Next(now_)) {
    effects_.push_back(*std::move(effect));
  }
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
  return !last_begun_ && epochs_.size() < static_cast<size_t>(options_.in_flight_max);
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
  if (epochs_.tasks().AllEnded()) {
    if (epochs_.empty()) {
      if (epochs_.tasks().HasUnrecordedEnd() || progress_.num_completed == 0) {
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
  EpochInFlight epoch;
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
  if (!finish) {
    effects_.push_back(effect::SendBarrier{.barrier = {.epoch = epoch.epoch, .stop = stop}});
  }
  epochs_.Begin(std::move(epoch));
}

void CoordinatorCore::Complete() {
  const EpochInFlight epoch = epochs_.TakeComplete();
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
  Answer(epoch.requests, epoch.epoch);
}

void CoordinatorCore::Abort(size_t index, const absl::Status& why) {
  const EpochInFlight epoch = epochs_.Remove(index);
  ++progress_.num_aborted;
  progress_.last_error = why;
  last_resolved_at_ = now_;
  effects_.push_back(effect::EpochAborted{.epoch = epoch.epoch, .why = why});
  Answer(epoch.requests, why);
}

void CoordinatorCore::Answer(const std::vector<int64_t>& requests,
                             const absl::StatusOr<data::Epoch>& epoch) {
  for (const int64_t request : requests) {
    effects_.push_back(effect::RequestAnswered{.request = request, .epoch = epoch});
  }
}

void CoordinatorCore::AdvanceEnd() {
  if (last_begun_ && epochs_.empty() && commits_.idle() && !garbage_wanted_ && !garbage_busy_) {
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
  for (size_t i = 0; i < epochs_.size(); ++i) {
    Answer(epochs_.at(i).requests, why);
  }
  for (const Request& request : requests_) {
    Answer({request.number}, why);
  }
  requests_.clear();
  epochs_.Clear();
  ended_ = true;
  effects_.push_back(
      effect::Ended{.reason = reason, .status = status, .epoch = progress_.complete});
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
  for (size_t i = 0; i < epochs_.size(); ++i) {
    if (epochs_.at(i).MayBeLate()) {
      consider(After(epochs_.at(i).begun, options_.timeout_nanos));
    }
  }
  if (const auto step = epochs_.wake_at()) {
    consider(*step);
  }
  const bool held = commits_.num_uncommitted() >= static_cast<size_t>(options_.uncommitted_max);
  const bool begins = MayBegin() && !held && !epochs_.tasks().AllEnded();
  if (const auto due = NextDue(); due.has_value() && begins) {
    consider(*due);
  }
  return earliest;
}

CoordinatorProgress CoordinatorCore::Progress() const {
  CoordinatorProgress progress = progress_;
  progress.committed = commits_.committed();
  progress.num_in_flight = static_cast<int>(epochs_.size());
  progress.num_uncommitted = commits_.num_uncommitted();
  if (doubted_.has_value() && !ended_) {
    progress.waits_for = "the log to say whether another process has taken the job over";
    return progress;
  }
  progress.waits_for = epochs_.empty() ? commits_.waits_for() : epochs_.waits_for();
  return progress;
}

}  // namespace laminar::control
