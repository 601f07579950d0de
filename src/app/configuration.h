// Configuration: one table of keys with type, default and description, and the layers that set
// them. Highest first: -X on the command line, environment LAMINAR__SECTION__KEY, --config files
// (the last wins), --config-dir in name order, ./laminar.{yaml,toml}, $XDG_CONFIG_HOME/laminar/,
// /etc/laminar/, built-in. Loaded once by the command line at start; const after, any thread.
#ifndef LAMINAR_APP_CONFIGURATION_H_
#define LAMINAR_APP_CONFIGURATION_H_

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "data/options.h"

namespace laminar::app {

/// One row of the reference; `laminar config show`, docs/configuration.md and the checks are made
/// from these.
struct ConfigurationKey {
  std::string name;  // "worker.memory-limit"
  data::OptionType type = data::OptionType::kString;
  std::string default_value;
  std::string description;
  std::vector<std::string> values;  // of a kEnum
  int64_t minimum = 0;              // of a kInteger, as is
  int64_t maximum = std::numeric_limits<int64_t>::max();
};

const std::vector<ConfigurationKey>& ConfigurationKeys();

struct ConfigurationSources {
  std::vector<std::string> files;                              // --config
  std::string directory;                                       // --config-dir
  std::vector<std::pair<std::string, std::string>> overrides;  // -X
  /// Environment as NAME, VALUE; only LAMINAR__ names are read.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Folders searched for laminar.yaml and laminar.toml, lowest precedence first.
  std::vector<std::string> search_path;
};

class Configuration {
 public:
  /// Reads every layer. InvalidArgument names the file, line or variable, the key, and the nearest
  /// key where one is meant.
  static absl::StatusOr<Configuration> Load(const ConfigurationSources& sources);

  /// REQUIRES for all: `key` is in ConfigurationKeys().
  const std::string& GetString(std::string_view key) const;
  int64_t GetInteger(std::string_view key) const;  // also sizes, in bytes
  bool GetBoolean(std::string_view key) const;
  data::Duration GetDuration(std::string_view key) const;
  /// Where the value comes from: "default", "flag -X", "env LAMINAR__...", or a file's path and
  /// line.
  const std::string& Origin(std::string_view key) const;

 private:
  struct Entry {
    std::string value;
    std::string origin;
  };
  absl::Status Set(const std::string& key, const std::string& value, const std::string& origin);
  absl::Status ReadFile(const std::string& path);

  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace laminar::app

#endif  // LAMINAR_APP_CONFIGURATION_H_
