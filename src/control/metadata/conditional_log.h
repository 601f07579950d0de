// ConditionalLog: the protocol of a checkpoint log over any store with a conditional create. The
// newest entry is the truth. A change reads it, decides, and creates the next position: when
// somebody else was faster, it reads and decides again.
//
// Positions are removed in time, but for the newest two, so a writer that was paused can succeed in
// creating one that others have long filled and removed. Therefore a create counts only once the
// writer has asked for the newest position again and found its own, or has found its change in
// what came after. Entries below the newest are never read. Owned as CheckpointLog says.
#ifndef LAMINAR_CONTROL_METADATA_CONDITIONAL_LOG_H_
#define LAMINAR_CONTROL_METADATA_CONDITIONAL_LOG_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/metadata/checkpoint_log.h"
#include "control/metadata/log_entry.h"
#include "control/metadata/log_positions.h"

namespace laminar::control {

class ConditionalLog : public CheckpointLog {
 public:
  explicit ConditionalLog(std::unique_ptr<LogPositions> positions);

  absl::StatusOr<data::Generation> ClaimGeneration(const std::string& nonce) override;
  base::Outcome AppendEpoch(const EpochRecord& record) override;
  base::Outcome ReadBack(const EpochRecord& record) override;
  base::Outcome MarkCommitted(data::Epoch epoch, data::Generation generation) override;
  base::Outcome RemoveEpochs(const std::vector<data::Epoch>& epochs,
                             data::Generation generation) override;
  absl::StatusOr<CheckpointHistory> Read() override;

 private:
  // What is to be done about a change, seen the newest entry: nothing (the outcome says why), or to
  // create the entry `next`.
  struct Decision {
    std::optional<base::Outcome> outcome;
    LogEntry next;
  };
  using Decide = std::function<Decision(const LogEntry& newest)>;

  // Makes a change; leaves the entry that holds it in newest_.
  base::Outcome Change(const Decide& decide);
  // One try: an outcome, or nullopt when it is to be tried again.
  std::optional<base::Outcome> TryChange(const Decide& decide);
  // The entry to decide by: the one that is known, else what the store says.
  absl::Status Load();

  std::unique_ptr<LogPositions> positions_;
  // The newest entry as far as is known; may be out of date. An empty log has position 0.
  std::optional<LogEntry> newest_;
  int num_unknown_ = 0;  // of the change being made
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_CONDITIONAL_LOG_H_
