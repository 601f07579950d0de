// LogPositions: where a checkpoint log keeps its entries: texts at positions 1, 2, 3, ..., each
// created once and never changed. All that a log needs of a store is that of two who create one
// position one is refused. Owned by its log; every call BLOCKS.
#ifndef LAMINAR_CONTROL_METADATA_LOG_POSITIONS_H_
#define LAMINAR_CONTROL_METADATA_LOG_POSITIONS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/outcome.h"
#include "base/status.h"

namespace laminar::control {

class LogPositions {
 public:
  virtual ~LogPositions() = default;
  /// What an entry is called in messages.
  virtual std::string Name(int64_t position) const = 0;
  /// The greatest position that there is, 0 when there is none. Sees all that was created before
  /// the call.
  virtual absl::StatusOr<int64_t> Newest() = 0;
  /// NotFound when it was removed, or never created.
  virtual absl::StatusOr<std::string> Get(int64_t position) = 0;
  /// NotApplied with AlreadyExists when there is an entry.
  virtual base::Outcome Create(int64_t position, std::string_view bytes) = 0;
  /// Removes what is below `position`; whatever cannot be removed stays until the next time.
  virtual void RemoveBelow(int64_t position) = 0;
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_LOG_POSITIONS_H_
