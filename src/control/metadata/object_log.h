// The checkpoint log of a pipeline whose state lies in an object store: entries are objects
// log/000000000001.json, ..., made by create-if-absent.
#ifndef LAMINAR_CONTROL_METADATA_OBJECT_LOG_H_
#define LAMINAR_CONTROL_METADATA_OBJECT_LOG_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "control/metadata/checkpoint_log.h"
#include "storage/object_store.h"

namespace laminar::control {

inline constexpr std::string_view kObjectLogPrefix = "log/";

/// `store` outlives the log.
std::unique_ptr<CheckpointLog> MakeObjectLog(storage::ObjectStore& store);

/// `log/000000000017.json`.
std::string LogEntryKey(int64_t position);
/// The position of such a key; nullopt for every other one.
std::optional<int64_t> LogEntryPosition(std::string_view key);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_OBJECT_LOG_H_
