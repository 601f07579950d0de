// What an outcome of CheckpointLog means to CoordinatorCore. Any thread.
#ifndef LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_LOG_RESULT_H_
#define LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_LOG_RESULT_H_

#include "base/outcome.h"
#include "control/checkpoint/coordinator_messages.h"
#include "control/metadata/checkpoint_log.h"

namespace laminar::control {

inline LogResult ToLogResult(const base::Outcome& outcome) {
  switch (outcome.state()) {
    case base::Outcome::State::kApplied:
      return LogResult::kApplied;
    case base::Outcome::State::kUnknown:
      return LogResult::kUnknown;
    case base::Outcome::State::kNotApplied:
      break;
  }
  if (CheckpointLog::IsFenced(outcome.status())) {
    return LogResult::kFenced;
  }
  const bool refused = absl::IsAlreadyExists(outcome.status()) ||
                       absl::IsDataLoss(outcome.status()) ||
                       absl::IsFailedPrecondition(outcome.status());
  return refused ? LogResult::kRefused : LogResult::kNotApplied;
}

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_COORDINATOR_LOG_RESULT_H_
