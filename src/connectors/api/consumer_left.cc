#include "connectors/api/consumer_left.h"

#include "base/file.h"

namespace laminar::connectors {
namespace {

constexpr char kPayload[] = "laminar/consumer_left";

}  // namespace

absl::Status ConsumerLeft(std::string_view message) {
  absl::Status status = base::MakeError(absl::StatusCode::kCancelled, message);
  status.SetPayload(kPayload, absl::Cord("1"));
  return status;
}

bool IsConsumerLeft(const absl::Status& status) {
  return status.GetPayload(kPayload).has_value() || base::IsClosedPipe(status);
}

}  // namespace laminar::connectors
