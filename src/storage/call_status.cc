#include "storage/call_status.h"

#include <utility>

#include "storage/answer_error.h"

namespace laminar::storage {

absl::Status StatusOfCall(const CallResult& result, const std::string& object) {
  if (result.success()) {
    return absl::OkStatus();
  }
  if (result.answered) {
    return StatusOfAnswer(result.answer, object);
  }
  return base::MakeError(result.status.code(),
                         object + ": " + std::string(base::FromAbsl(result.status.message())));
}

base::Outcome OutcomeOfCall(const CallResult& result, const std::string& object) {
  if (result.success()) {
    return base::Outcome::Applied();
  }
  absl::Status why = StatusOfCall(result, object);
  return result.maybe_applied ? base::Outcome::Unknown(std::move(why))
                              : base::Outcome::NotApplied(std::move(why));
}

}  // namespace laminar::storage
