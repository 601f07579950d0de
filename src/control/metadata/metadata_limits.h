// Bounds of the durable control state, each with its unit and reason.
#ifndef LAMINAR_CONTROL_METADATA_METADATA_LIMITS_H_
#define LAMINAR_CONTROL_METADATA_METADATA_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace laminar::control {

/// Times that a change of the log is tried when others have changed it meanwhile: each time one of
/// them has got on, so more mean that something is broken.
inline constexpr int kLogConflictsMax = 64;

/// Times that a change of the log is tried when nobody knows whether it was made; stores have tried
/// several times themselves.
inline constexpr int kLogUnknownsMax = 3;

/// Old positions of the log are removed together, every so many positions: a removal costs a
/// request to an object store, or a write to disk.
inline constexpr int64_t kLogPositionsKept = 8;
static_assert(kLogPositionsKept >= 2, "the newest two fence writers that were paused");

/// Epochs that the log names: each entry holds all of them.
inline constexpr size_t kLogEpochsMax = 10'000;

/// Bytes of a pipeline's id: it is a part of names in stores and at brokers.
inline constexpr size_t kPipelineIdBytesMax = 64;

/// Bytes of a savepoint's name: it is a part of keys.
inline constexpr size_t kSavepointNameBytesMax = 100;

/// Milliseconds that SQLite waits for another process that holds the database.
inline constexpr int kSqliteBusyMillis = 10'000;

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_METADATA_LIMITS_H_
