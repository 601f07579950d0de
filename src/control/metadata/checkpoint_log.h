// CheckpointLog: the durable word on which epochs of a pipeline are complete and which generation
// may complete them. Every change is one conditional write that takes effect wholly or not at all,
// and only if nobody else has changed the log since it was read: of two writers one is refused, and
// a writer of generation g is refused for good once g+1 is claimed. In SQLite beside a local state
// directory, in objects where there is only an object store. Owned by the coordinator's shell, or
// by a command; one thread at a time. Every call BLOCKS.
//
// Changes may be repeated with the same nonce, epoch or generation: what has been applied is not
// applied again. So of an unknown outcome the caller repeats the call until it is known.
#ifndef LAMINAR_CONTROL_METADATA_CHECKPOINT_LOG_H_
#define LAMINAR_CONTROL_METADATA_CHECKPOINT_LOG_H_

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/outcome.h"
#include "base/status.h"
#include "data/epoch.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::control {

/// A complete epoch.
struct EpochRecord {
  data::Epoch epoch;
  data::Generation generation;
  rpc::StoredObject manifest;
  std::string nonce;         // unique among all records that anyone has tried to append
  std::string savepoint;     // the name under which it was asked for; empty: none
  base::WallTime completed;  // for people
  bool committed = false;    // its sinks have published what belongs to it
  bool operator==(const EpochRecord&) const = default;
};

/// What the log says.
struct CheckpointHistory {
  data::Generation generation;      // the newest; 0: none was ever claimed
  data::Epoch newest_epoch;         // of all that were ever complete; 0: none. Never used again
  std::vector<EpochRecord> epochs;  // those that are kept, newest first
  bool operator==(const CheckpointHistory&) const = default;

  /// Null when it is not there (any more).
  const EpochRecord* Find(data::Epoch epoch) const;
};

class CheckpointLog {
 public:
  virtual ~CheckpointLog() = default;

  /// The next generation, which fences all before it. `nonce` is new for every attempt to run the
  /// job; with the nonce of the newest generation, returns that one again.
  virtual absl::StatusOr<data::Generation> ClaimGeneration(const std::string& nonce) = 0;

  /// Makes the epoch complete. NotApplied, Aborted: a later generation, which the message names,
  /// has begun; the writer stops and changes nothing any more. NotApplied, AlreadyExists: there is
  /// another record of this or a later epoch.
  virtual base::Outcome AppendEpoch(const EpochRecord& record) = 0;
  /// Whether AppendEpoch of this very record has been applied. NotApplied when it never will be,
  /// with the codes of AppendEpoch; Unknown also when it is not there, but may yet be: then
  /// AppendEpoch again.
  virtual base::Outcome ReadBack(const EpochRecord& record) = 0;

  /// Notes that the sinks have published the epoch. NotApplied: Aborted as above, or NotFound.
  virtual base::Outcome MarkCommitted(data::Epoch epoch, data::Generation generation) = 0;
  /// Forgets epochs; those that are not there are no error. NotApplied: Aborted as above, or
  /// FailedPrecondition when the newest epoch is among them, which recovery starts from.
  virtual base::Outcome RemoveEpochs(const std::vector<data::Epoch>& epochs,
                                     data::Generation generation) = 0;

  /// All that is known now. DataLoss, naming the object, when the log is damaged.
  virtual absl::StatusOr<CheckpointHistory> Read() = 0;
  /// The epochs that are kept, newest first.
  absl::StatusOr<std::vector<EpochRecord>> ListEpochs();

  /// Whether a status of an outcome says that a later generation has begun.
  static bool IsFenced(const absl::Status& status);
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_CHECKPOINT_LOG_H_
