#include "storage/aws_profile.h"

#include "base/file.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

constexpr int64_t kProfileFileBytesMax = 1 << 20;

std::string PathOf(const Settings& settings, const char* variable, const char* name) {
  if (auto path = settings.Variable(variable)) {
    return *path;
  }
  const auto home = settings.Variable("HOME");
  return home.has_value() ? base::JoinPath(*home, name) : std::string();
}

absl::StatusOr<std::map<std::string, AwsProfile>> LoadFile(const std::string& path) {
  if (path.empty() || !base::FileExists(path)) {
    return std::map<std::string, AwsProfile>();
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::string text, base::ReadWholeFile(path, kProfileFileBytesMax));
  return ParseProfiles(text);
}

}  // namespace

std::map<std::string, AwsProfile> ParseProfiles(std::string_view text) {
  std::map<std::string, AwsProfile> profiles;
  AwsProfile* current = nullptr;
  for (const std::string_view line : SplitText(text, '\n')) {
    const std::string_view trimmed = Trim(line);
    if (trimmed.empty() || trimmed.starts_with('#') || trimmed.starts_with(';')) {
      continue;
    }
    if (trimmed.starts_with('[')) {
      const size_t end = trimmed.find(']');
      current = end == std::string_view::npos
                    ? nullptr
                    : &profiles[std::string(Trim(trimmed.substr(1, end - 1)))];
      continue;
    }
    const size_t equals = trimmed.find('=');
    // Indented lines belong to the setting above, which is none of ours.
    const bool indented = line.starts_with(' ') || line.starts_with('\t');
    if (current == nullptr || equals == std::string_view::npos || indented) {
      continue;
    }
    (*current)[ToLower(Trim(trimmed.substr(0, equals)))] =
        std::string(Trim(trimmed.substr(equals + 1)));
  }
  return profiles;
}

absl::StatusOr<AwsProfile> LoadAwsProfileNamed(const Settings& settings, const std::string& name) {
  const std::string config_path = PathOf(settings, "AWS_CONFIG_FILE", ".aws/config");
  const std::string keys_path = PathOf(settings, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
  LAMINAR_ASSIGN_OR_RETURN(const auto config, LoadFile(config_path));
  LAMINAR_ASSIGN_OR_RETURN(const auto keys, LoadFile(keys_path));
  AwsProfile profile;
  bool found = false;
  for (const std::string& section : {name, "profile " + name}) {
    if (const auto in_config = config.find(section);
        in_config != config.end() && (section != name || name == "default")) {
      profile.insert(in_config->second.begin(), in_config->second.end());
      found = true;
    }
  }
  if (const auto in_keys = keys.find(name); in_keys != keys.end()) {
    for (const auto& [setting, value] : in_keys->second) {
      profile[setting] = value;
    }
    found = true;
  }
  if (!found && name != "default") {
    return base::InvalidArgument("no such AWS profile: " + name + " (neither in " + config_path +
                                 " nor in " + keys_path + ")");
  }
  return profile;
}

absl::StatusOr<AwsProfile> LoadAwsProfile(const Settings& settings) {
  return LoadAwsProfileNamed(
      settings,
      settings.Find("profile", {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}).value_or("default"));
}

}  // namespace laminar::storage
