// Where a pipeline goes on: the newest complete epoch that the log knows, or what the user has
// chosen instead. What cannot be read stops it, with a message that explains the choice: never is
// an older checkpoint taken silently, never is begun anew where there is a complete epoch. Called
// by `laminar run` and by commands, after the generation is claimed; everything BLOCKS.
#ifndef LAMINAR_CONTROL_CHECKPOINT_RECOVERY_H_
#define LAMINAR_CONTROL_CHECKPOINT_RECOVERY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "control/checkpoint/manifest.h"
#include "control/checkpoint/state_directory.h"
#include "control/metadata/checkpoint_log.h"

namespace laminar::control {

/// `--restore latest|none|ID`.
struct RestoreChoice {
  enum class Kind { kLatest, kNone, kEpoch, kSavepoint };
  Kind kind = Kind::kLatest;
  data::Epoch epoch;      // of kEpoch
  std::string savepoint;  // of kSavepoint
  bool operator==(const RestoreChoice&) const = default;
};

/// InvalidArgument when it is neither of those words, nor a number, nor a savepoint's name.
absl::StatusOr<RestoreChoice> ParseRestoreChoice(std::string_view text);

struct RestorePoint {
  Manifest manifest;
  std::optional<EpochRecord> record;  // unset: of a savepoint
  /// Complete epochs that came after it, newest first. Where sinks have published them, their rows
  /// will be written once more.
  std::vector<EpochRecord> left_behind;
  /// The savepoint of another pipeline: its commits are that one's to publish.
  bool foreign = false;

  /// `checkpoint 17`, `savepoint nightly`.
  std::string Name() const;
};

/// What to restore; nullopt: nothing, begin anew (the choice was kNone, or no epoch was ever
/// complete). Its manifest was checked, and all its objects are there with the length they should
/// have; their bytes are checked by who reads them. DataLoss, explaining the choice, when something
/// is gone or damaged; NotFound, naming what there is, when the chosen one is not there.
absl::StatusOr<std::optional<RestorePoint>> FindRestorePoint(const StateDirectory& directory,
                                                             const RestoreChoice& choice);

/// What is said when `damage` was found in a checkpoint that was to be restored: what else can be
/// chosen, and what that means. Also of damage that shows only when the state is loaded.
absl::Status ExplainDamage(const StateDirectory& directory,
                           const RestorePoint& point,
                           const absl::Status& damage);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_RECOVERY_H_
