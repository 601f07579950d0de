// A JSON object with a seal: its last member is the CRC32C of every byte before that member. So
// what flips or is cut off in a manifest, a log entry or laminar.json is noticed, and the text can
// still be read by people and by any JSON reader. Pure; any thread.
#ifndef LAMINAR_CONTROL_METADATA_SEALED_JSON_H_
#define LAMINAR_CONTROL_METADATA_SEALED_JSON_H_

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/status.h"

namespace laminar::control {

/// REQUIRES: an object with a member at least, without one called "crc32c"; texts are UTF-8.
std::string SealJson(const nlohmann::ordered_json& object);

/// Seals a text that SealJson could have made but for its seal: `{...` without the closing brace.
std::string SealText(std::string_view text);

/// The object, its seal included. DataLoss, naming the object `name`, when the bytes are not those
/// that were sealed.
absl::StatusOr<nlohmann::ordered_json> OpenSealedJson(std::string_view bytes,
                                                      std::string_view name);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_SEALED_JSON_H_
