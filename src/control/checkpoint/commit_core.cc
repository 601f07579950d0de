#include "control/checkpoint/commit_core.h"

#include <utility>

#include "fmt/format.h"

#include "base/assert.h"

namespace laminar::control {

void CommitCore::Add(UncommittedEpoch epoch) {
  LAMINAR_ASSERT(epochs_.empty() || epochs_.back().epoch < epoch.epoch, epoch.epoch.value);
  LAMINAR_ASSERT(committed_ < epoch.epoch, epoch.epoch.value);
  epochs_.push_back(std::move(epoch));
}

absl::Status CommitCore::Take(base::MonotonicTime now, const event::CommitsDone& event) {
  if (epochs_.empty() || epochs_.front().epoch != event.epoch || !retry_.busy()) {
    return absl::OkStatus();
  }
  num_applied_ += event.num_applied;
  LAMINAR_ASSERT(num_applied_ <= epochs_.front().commits.size(), num_applied_);
  switch (event.outcome.state()) {
    case base::Outcome::State::kApplied:
      LAMINAR_ASSERT(num_applied_ == epochs_.front().commits.size(), num_applied_);
      last_error_ = absl::OkStatus();
      retry_.Succeeded();
      return absl::OkStatus();
    case base::Outcome::State::kUnknown:
      last_error_ = event.outcome.status();
      retry_.Failed(now, pauses_);
      return absl::OkStatus();
    case base::Outcome::State::kNotApplied:
      return event.outcome.status().ok()
                 ? base::Internal("a sink refused to publish its output, giving no reason")
                 : event.outcome.status();
  }
  return absl::OkStatus();
}

void CommitCore::Take(base::MonotonicTime now, const event::MarkedCommitted& event) {
  if (epochs_.empty() || epochs_.front().epoch != event.epoch || !retry_.busy()) {
    return;
  }
  switch (event.result) {
    case LogResult::kFenced:
    case LogResult::kRefused:
      return;  // the job ends
    case LogResult::kApplied:
      committed_ = event.epoch;
      epochs_.pop_front();
      num_applied_ = 0;
      last_error_ = absl::OkStatus();
      retry_.Succeeded();
      return;
    case LogResult::kNotApplied:
    case LogResult::kUnknown:  // marking is idempotent: marked twice is marked
      last_error_ = event.status;
      retry_.Failed(now, pauses_);
      return;
  }
}

std::optional<CoordinatorEffect> CommitCore::Next(base::MonotonicTime now) {
  if (epochs_.empty() || !retry_.Due(now)) {
    return std::nullopt;
  }
  retry_.Begin();
  const UncommittedEpoch& first = epochs_.front();
  if (num_applied_ < first.commits.size()) {
    return effect::CommitSinks{
        .epoch = first.epoch,
        .commits = {first.commits.begin() + static_cast<std::ptrdiff_t>(num_applied_),
                    first.commits.end()}};
  }
  return effect::MarkCommitted{.epoch = first.epoch};
}

std::optional<base::MonotonicTime> CommitCore::wake_at() const {
  if (epochs_.empty() || retry_.busy()) {
    return std::nullopt;
  }
  return retry_.at();
}

std::string CommitCore::waits_for() const {
  if (epochs_.empty()) {
    return "";
  }
  const UncommittedEpoch& first = epochs_.front();
  std::string text = num_applied_ < first.commits.size()
                         ? fmt::format("output of epoch {} to be published ({} of {} parts are)",
                                       first.epoch.value, num_applied_, first.commits.size())
                         : fmt::format("epoch {} to be marked committed", first.epoch.value);
  if (!last_error_.ok()) {
    text += fmt::format(": {}", base::FromAbsl(last_error_.message()));
  }
  return text;
}

}  // namespace laminar::control
