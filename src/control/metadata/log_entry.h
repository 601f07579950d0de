// LogEntry: one position of a pipeline's checkpoint log. It says what was changed, and holds all
// that is known after the change, so that the newest entry alone is enough: older ones can be
// removed, and what a paused writer leaves at a position that was removed is never read. Pure; any
// thread.
#ifndef LAMINAR_CONTROL_METADATA_LOG_ENTRY_H_
#define LAMINAR_CONTROL_METADATA_LOG_ENTRY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "control/metadata/checkpoint_log.h"

namespace laminar::control {

/// Of what this program writes; it reads this one and those before it.
inline constexpr int kLogFormatVersion = 1;

struct LogEntry {
  enum class Kind { kGeneration, kEpoch, kCommitted, kRemoved };
  Kind kind = Kind::kGeneration;
  int64_t position = 0;          // from 1
  data::Generation writer;       // the generation that has made the change
  std::string generation_nonce;  // of the newest generation
  CheckpointHistory history;     // after the change
  bool operator==(const LogEntry&) const = default;
};

/// `generation`, `epoch`, `committed` or `removed`.
std::string_view LogEntryKindName(LogEntry::Kind kind);

std::string EncodeLogEntry(const LogEntry& entry);
/// DataLoss, naming the object `name`, when the bytes are not those that were written for
/// `position`; FailedPrecondition when a later version of the program has written them.
absl::StatusOr<LogEntry> DecodeLogEntry(std::string_view bytes,
                                        int64_t position,
                                        std::string_view name);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_LOG_ENTRY_H_
