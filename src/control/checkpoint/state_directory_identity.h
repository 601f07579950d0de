// laminar.json: the one object that says that a place holds the state of a pipeline, of which
// pipeline, and in which format. Written once by create-if-absent, so that of two processes that
// begin at the same time both use the same id.
#ifndef LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_IDENTITY_H_
#define LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_IDENTITY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "storage/object_store.h"

namespace laminar::control {

struct StateIdentity {
  int format_version = 0;
  std::string pipeline;
  std::string created_by;  // version of the program
  base::WallTime created;
  bool operator==(const StateIdentity&) const = default;
};

/// `pl-` and 20 letters and digits, from two random numbers.
std::string MakePipelineId(const std::function<uint64_t()>& random);

std::string EncodeStateIdentity(const StateIdentity& identity);
/// DataLoss, naming `name`, when the bytes are not those that were written; FailedPrecondition,
/// naming both versions, when a later version of the program has made it.
absl::StatusOr<StateIdentity> DecodeStateIdentity(std::string_view bytes,
                                                  std::string_view name,
                                                  std::string_view engine_version);

/// Writes `identity` unless there is one, and returns the one that is there. BLOCKS.
absl::StatusOr<StateIdentity> CreateStateIdentity(storage::ObjectStore& store,
                                                  const StateIdentity& identity);

/// NotFound when there is none. BLOCKS.
absl::StatusOr<StateIdentity> ReadStateIdentity(storage::ObjectStore& store,
                                                std::string_view engine_version);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_IDENTITY_H_
