// AWS profile files: ~/.aws/credentials and ~/.aws/config, their sections and settings ("Shared
// config and credentials files" of the AWS SDKs reference guide). Pure but for reading the files.
#ifndef LAMINAR_STORAGE_AWS_PROFILE_H_
#define LAMINAR_STORAGE_AWS_PROFILE_H_

#include <map>
#include <string>
#include <string_view>

#include "base/status.h"
#include "storage/settings.h"

namespace laminar::storage {

using AwsProfile = std::map<std::string, std::string>;

/// Sections of a file of such a kind, by their names as written; lines that are none are skipped.
std::map<std::string, AwsProfile> ParseProfiles(std::string_view text);

/// The profile that is chosen (setting `profile`, AWS_PROFILE, else "default"), from both files;
/// empty when there is none by the name "default". InvalidArgument when a name was chosen that is
/// not there. BLOCKS.
absl::StatusOr<AwsProfile> LoadAwsProfile(const Settings& settings);
/// The same by its name, for a profile that another one refers to.
absl::StatusOr<AwsProfile> LoadAwsProfileNamed(const Settings& settings, const std::string& name);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_AWS_PROFILE_H_
