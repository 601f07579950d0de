// GarbageCore: which complete epochs retention drops, and which objects nothing needs any more. By
// reachability from what is kept, never by arithmetic on epochs: an old file may be part of the
// newest checkpoint, and a new one may be on its way into the next. Pure; any thread.
#ifndef LAMINAR_CONTROL_CHECKPOINT_GARBAGE_CORE_H_
#define LAMINAR_CONTROL_CHECKPOINT_GARBAGE_CORE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/epoch.h"

namespace laminar::control {

struct RetentionPolicy {
  /// Complete epochs that are kept, savepoints apart.
  int num_complete = 3;
};

/// A complete epoch, as far as retention looks at it.
struct RetainedEpoch {
  data::Epoch epoch;
  bool committed = false;
  bool savepoint = false;
};

/// The epochs to forget. Stay: the newest `num_complete`, the newest committed one, all that are
/// not committed (their commits are pending), savepoints, and `restored`, which the running attempt
/// has gone on from and may not have named in a checkpoint of its own yet.
std::vector<data::Epoch> ChooseDropped(const std::vector<RetainedEpoch>& epochs,
                                       const RetentionPolicy& policy,
                                       std::optional<data::Epoch> restored);

struct GarbageInput {
  data::Generation generation;         // of whoever collects
  std::vector<std::string> reachable;  // manifests that are kept, and all that they name
  std::vector<std::string> dropped;    // manifests that retention has dropped, and all they name
  std::vector<std::string> listed;     // what is there; empty when nobody has looked
};

/// The objects to delete, each once, manifests after what they name: whoever is interrupted can
/// still learn what is left. Never one of this generation that no dropped manifest names, since it
/// may be on its way into a checkpoint; never one of a later generation; never one whose name is
/// not that of a checkpoint's object.
std::vector<std::string> ChooseGarbage(const GarbageInput& input);

/// The generation that wrote `data/g3/...` or `manifests/g3-e17.json`; nullopt: not such a key.
std::optional<data::Generation> GenerationOfKey(std::string_view key);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_GARBAGE_CORE_H_
