// What lies in format_1/, and how it was written.
#ifndef LAMINAR_TESTS_COMPATIBILITY_FORMAT_1_H_
#define LAMINAR_TESTS_COMPATIBILITY_FORMAT_1_H_

#include <cstdint>
#include <string>

#include "base/status.h"
#include "control/checkpoint/manifest.h"
#include "control/checkpoint/state_directory.h"

namespace laminar::compatibility {

inline constexpr const char* kPipelineOfFormat1 = "pl-aaaaaaaaaaaaaaaaaaaa";
inline constexpr const char* kSavepointOfFormat1 = "before_upgrade";
inline constexpr int64_t kNumEpochsOfFormat1 = 3;

/// The manifest of epoch 1, 2 or 3; of the savepoint, which was made of epoch 2, but for the keys.
control::Manifest ManifestOfFormat1(int64_t epoch);

/// The bytes of a file of state that the manifests name.
std::string StateBytesOfFormat1(int64_t epoch, int subtask);

/// Writes format_1/folder and format_1/objects below `folder`. REQUIRES: this program writes format
/// 1.
absl::Status WriteFormat1(const std::string& folder);

/// Options that open a state directory as it was written: time stands still, chance is none.
control::StateDirectoryOptions OptionsOfFormat1(const std::string& location,
                                                control::StateAccess access);

}  // namespace laminar::compatibility

#endif  // LAMINAR_TESTS_COMPATIBILITY_FORMAT_1_H_
