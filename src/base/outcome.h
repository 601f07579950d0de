// Outcome: what is known of an attempt to change something outside the process. There are three
// cases, not two: an answer that was lost leaves open whether the change was made, and whoever
// takes "unknown" for "no" loses or doubles results. Callers switch over state(); of an unknown
// outcome they read back what is there and compare it with what they wrote. Plain value; any
// thread.
#ifndef LAMINAR_BASE_OUTCOME_H_
#define LAMINAR_BASE_OUTCOME_H_

#include <utility>

#include "base/status.h"

namespace laminar::base {

class [[nodiscard]] Outcome {
 public:
  enum class State { kApplied, kNotApplied, kUnknown };

  static Outcome Applied() { return {State::kApplied, absl::OkStatus()}; }
  /// Nothing was changed, because of `why`.
  static Outcome NotApplied(absl::Status why) { return {State::kNotApplied, std::move(why)}; }
  /// It may have been changed or not; `why` that cannot be told.
  static Outcome Unknown(absl::Status why) { return {State::kUnknown, std::move(why)}; }

  State state() const { return state_; }
  bool applied() const { return state_ == State::kApplied; }
  /// Ok when applied, else why not, or why nobody knows.
  const absl::Status& status() const { return status_; }

 private:
  Outcome(State state, absl::Status status) : state_(state), status_(std::move(status)) {}

  State state_;
  absl::Status status_;
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_OUTCOME_H_
