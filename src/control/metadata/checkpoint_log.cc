#include "control/metadata/checkpoint_log.h"

#include <utility>

namespace laminar::control {

const EpochRecord* CheckpointHistory::Find(data::Epoch epoch) const {
  for (const EpochRecord& record : epochs) {
    if (record.epoch == epoch) {
      return &record;
    }
  }
  return nullptr;
}

absl::StatusOr<std::vector<EpochRecord>> CheckpointLog::ListEpochs() {
  LAMINAR_ASSIGN_OR_RETURN(CheckpointHistory history, Read());
  return std::move(history.epochs);
}

bool CheckpointLog::IsFenced(const absl::Status& status) {
  return status.code() == absl::StatusCode::kAborted;
}

}  // namespace laminar::control
