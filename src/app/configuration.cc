#include "app/configuration.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <toml++/toml.h>
#include <yaml-cpp/yaml.h>

#include "base/assert.h"
#include "base/diagnostic.h"
#include "base/file.h"
#include "base/limits.h"

namespace laminar::app {
namespace {

using data::OptionType;

// More make states that are too small to be worth a file each.
constexpr int64_t kKeyGroupsMax = 32768;

// Each holds a delta of all state until it is durable.
constexpr int64_t kCheckpointsInFlightMax = 8;

// Retention reads the manifest of each.
constexpr int64_t kCheckpointsRetainedMax = 10'000;

const ConfigurationKey* FindKey(std::string_view name) {
  for (const ConfigurationKey& key : ConfigurationKeys()) {
    if (key.name == name) {
      return &key;
    }
  }
  return nullptr;
}

absl::StatusOr<int64_t> ParseInteger(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return base::InvalidArgument(fmt::format("not a whole number: {}", text));
  }
  return value;
}

absl::Status CheckValue(const ConfigurationKey& key, const std::string& value) {
  switch (key.type) {
    case OptionType::kInteger: {
      LAMINAR_ASSIGN_OR_RETURN(int64_t number, ParseInteger(value));
      if (number < key.minimum || number > key.maximum) {
        return base::InvalidArgument(
            fmt::format("must be {} to {}: {}", key.minimum, key.maximum, value));
      }
      return absl::OkStatus();
    }
    case OptionType::kSize:
      return data::ParseSize(value).status();
    case OptionType::kDuration:
      return data::ParseDuration(value).status();
    case OptionType::kBoolean:
      if (value != "true" && value != "false") {
        return base::InvalidArgument(fmt::format("must be true or false: {}", value));
      }
      return absl::OkStatus();
    case OptionType::kEnum:
      if (std::find(key.values.begin(), key.values.end(), value) == key.values.end()) {
        return base::InvalidArgument(
            fmt::format("must be one of {}: {}", fmt::join(key.values, ", "), value));
      }
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

// LAMINAR__WORKER__MEMORY_LIMIT names worker.memory-limit.
std::string KeyOfVariable(std::string_view name) {
  std::string key;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_' && i + 1 < name.size() && name[i + 1] == '_') {
      key += '.';
      ++i;
    } else if (name[i] == '_') {
      key += '-';
    } else {
      key += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    }
  }
  return key;
}

struct FileEntry {
  std::string key;
  std::string value;
  int line = 0;
};

absl::Status FlattenYaml(const YAML::Node& node,
                         const std::string& prefix,
                         std::vector<FileEntry>& entries) {
  if (!node.IsMap()) {
    return base::InvalidArgument(
        fmt::format("line {}: expected a mapping of keys to values", node.Mark().line + 1));
  }
  for (const auto& item : node) {
    const std::string key = prefix + item.first.as<std::string>();
    if (item.second.IsMap()) {
      LAMINAR_RETURN_IF_ERROR(FlattenYaml(item.second, key + ".", entries));
    } else if (item.second.IsScalar()) {
      entries.push_back({key, item.second.as<std::string>(), item.first.Mark().line + 1});
    } else {
      return base::InvalidArgument(
          fmt::format("line {}: expected a single value for {}", item.first.Mark().line + 1, key));
    }
  }
  return absl::OkStatus();
}

absl::Status FlattenToml(const toml::table& table,
                         const std::string& prefix,
                         std::vector<FileEntry>& entries) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const int line = static_cast<int>(node.source().begin.line);
    if (node.is_table()) {
      LAMINAR_RETURN_IF_ERROR(FlattenToml(*node.as_table(), key + ".", entries));
    } else if (node.is_string()) {
      entries.push_back({key, node.as_string()->get(), line});
    } else if (node.is_integer()) {
      entries.push_back({key, std::to_string(node.as_integer()->get()), line});
    } else if (node.is_boolean()) {
      entries.push_back({key, node.as_boolean()->get() ? "true" : "false", line});
    } else {
      return base::InvalidArgument(
          fmt::format("line {}: expected text, a whole number or a boolean for {}", line, key));
    }
  }
  return absl::OkStatus();
}

// Both libraries report malformed text by exceptions; they end here.
absl::StatusOr<std::vector<FileEntry>> ParseFile(const std::string& path, const std::string& text) {
  std::vector<FileEntry> entries;
  try {
    if (path.ends_with(".toml")) {
      LAMINAR_RETURN_IF_ERROR(FlattenToml(toml::parse(text), "", entries));
    } else if (path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json")) {
      const YAML::Node root = YAML::Load(text);
      if (!root.IsNull()) {
        LAMINAR_RETURN_IF_ERROR(FlattenYaml(root, "", entries));
      }
    } else {
      return base::InvalidArgument("configuration files end in .yaml, .yml, .json or .toml");
    }
  } catch (const toml::parse_error& error) {
    return base::InvalidArgument(
        fmt::format("line {}: {}", error.source().begin.line, error.description()));
  } catch (const YAML::Exception& error) {
    return base::InvalidArgument(fmt::format("line {}: {}", error.mark.line + 1, error.msg));
  }
  return entries;
}

}  // namespace

const std::vector<ConfigurationKey>& ConfigurationKeys() {
  static const std::vector<ConfigurationKey> keys = {
      {"checkpoint.interval",
       OptionType::kDuration,
       "10s",
       "From one checkpoint to the next, of a job that has a state directory; 0s: none but the "
       "last.",
       {}},
      {"checkpoint.in-flight-max",
       OptionType::kInteger,
       "1",
       "Checkpoints that may be under way at a time.",
       {},
       1,
       kCheckpointsInFlightMax},
      {"checkpoint.pause-min",
       OptionType::kDuration,
       "0s",
       "Least time between the end of a checkpoint and the beginning of the next.",
       {}},
      {"checkpoint.retain",
       OptionType::kInteger,
       "5",
       "Complete checkpoints that are kept; savepoints are kept besides.",
       {},
       1,
       kCheckpointsRetainedMax},
      {"checkpoint.timeout",
       OptionType::kDuration,
       "10m",
       "A checkpoint that takes longer is given up, and the next one begun.",
       {}},
      {"logging.format",
       OptionType::kEnum,
       "text",
       "How log lines look on stderr.",
       {"text", "json", "logfmt"}},
      {"logging.level",
       OptionType::kEnum,
       "warn",
       "The least important log line that is written.",
       {"trace", "debug", "info", "warn", "error"}},
      {"pipeline.default-sink",
       OptionType::kEnum,
       "stdout",
       "Where a bare SELECT goes: stdout, or blackhole to drop rows.",
       {"stdout", "blackhole"}},
      {"pipeline.key-groups",
       OptionType::kInteger,
       "256",
       "Parts into which keys hash; bounds the parallelism of keyed operators.",
       {},
       1,
       kKeyGroupsMax},
      {"pipeline.parallelism",
       OptionType::kInteger,
       "1",
       "Subtasks per operator; 0: one per core.",
       {},
       0,
       base::kParallelismMax},
      {"run.state-dir",
       OptionType::kString,
       "",
       "Where `laminar run` keeps checkpoints: a folder or the URL of an object store; empty: "
       "none.",
       {}},
      {"worker.memory-limit",
       OptionType::kSize,
       "0",
       "Bytes for queues, buffers and state of all jobs in the process; 0: 60 % of the machine or "
       "its cgroup.",
       {}},
      {"worker.spill-dir",
       OptionType::kString,
       "",
       "Folder on a disk for state that exceeds the memory limit, and for files of checkpoints on "
       "their way; empty: the system's for short-lived files; off: state is not put there.",
       {}},
      {"worker.spill-limit",
       OptionType::kSize,
       "0",
       "Bytes of state on disk; 0: what the disk has free, but for a reserve of 5 %, at most 4 "
       "GiB.",
       {}},
      {"worker.state-backend",
       OptionType::kEnum,
       "memory",
       "Where keyed rows lie that exceed the memory limit: memory, in a mapped file; or rocksdb, "
       "in "
       "a database, for keys that come at random.",
       {"memory", "rocksdb"}},
      {"worker.threads",
       OptionType::kInteger,
       "0",
       "Cores that tasks run on; 0: as many as the parallelism needs, at most all.",
       {},
       0,
       base::kParallelismMax},
  };
  return keys;
}

absl::Status Configuration::Set(const std::string& key,
                                const std::string& value,
                                const std::string& origin) {
  const ConfigurationKey* known = FindKey(key);
  if (known == nullptr) {
    std::vector<std::string> names;
    for (const ConfigurationKey& candidate : ConfigurationKeys()) {
      names.push_back(candidate.name);
    }
    const std::string nearest = base::FindNearest(key, names);
    const std::string hint =
        nearest.empty() ? "see laminar config show" : "did you mean " + nearest + "?";
    return base::InvalidArgument(
        fmt::format("{}: unknown configuration key {}; {}", origin, key, hint));
  }
  if (absl::Status checked = CheckValue(*known, value); !checked.ok()) {
    return base::InvalidArgument(
        fmt::format("{}: {}: {}", origin, key, base::FromAbsl(checked.message())));
  }
  entries_[key] = {value, origin};
  return absl::OkStatus();
}

absl::Status Configuration::ReadFile(const std::string& path) {
  LAMINAR_ASSIGN_OR_RETURN(std::string text, base::ReadWholeFile(path));
  absl::StatusOr<std::vector<FileEntry>> parsed = ParseFile(path, text);
  if (!parsed.ok()) {
    return base::InvalidArgument(
        fmt::format("{}: {}", path, base::FromAbsl(parsed.status().message())));
  }
  for (const FileEntry& entry : *parsed) {
    LAMINAR_RETURN_IF_ERROR(Set(entry.key, entry.value, fmt::format("{}:{}", path, entry.line)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Configuration> Configuration::Load(const ConfigurationSources& sources) {
  Configuration configuration;
  for (const ConfigurationKey& key : ConfigurationKeys()) {
    configuration.entries_[key.name] = {key.default_value, "default"};
  }
  for (const std::string& folder : sources.search_path) {
    for (const char* name : {"laminar.toml", "laminar.yaml"}) {
      const std::string path = folder + "/" + name;
      if (base::FileExists(path)) {
        LAMINAR_RETURN_IF_ERROR(configuration.ReadFile(path));
      }
    }
  }
  if (!sources.directory.empty()) {
    LAMINAR_ASSIGN_OR_RETURN(std::vector<std::string> names, base::ListFolder(sources.directory));
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      if (name.ends_with(".yaml") || name.ends_with(".toml")) {
        LAMINAR_RETURN_IF_ERROR(configuration.ReadFile(sources.directory + "/" + name));
      }
    }
  }
  for (const std::string& path : sources.files) {
    LAMINAR_RETURN_IF_ERROR(configuration.ReadFile(path));
  }
  constexpr std::string_view kPrefix = "LAMINAR__";
  for (const auto& [name, value] : sources.environment) {
    if (name.starts_with(kPrefix)) {
      LAMINAR_RETURN_IF_ERROR(
          configuration.Set(KeyOfVariable(name.substr(kPrefix.size())), value, "env " + name));
    }
  }
  for (const auto& [key, value] : sources.overrides) {
    LAMINAR_RETURN_IF_ERROR(configuration.Set(key, value, "flag -X"));
  }
  return configuration;
}

const std::string& Configuration::GetString(std::string_view key) const {
  const auto entry = entries_.find(key);
  LAMINAR_ASSERT(entry != entries_.end(), key.size());
  return entry->second.value;
}

int64_t Configuration::GetInteger(std::string_view key) const {
  const ConfigurationKey* known = FindKey(key);
  LAMINAR_ASSERT(known != nullptr, key.size());
  absl::StatusOr<int64_t> value = known->type == OptionType::kSize ? data::ParseSize(GetString(key))
                                                                   : ParseInteger(GetString(key));
  LAMINAR_ASSERT(value.ok(), key.size());
  return *value;
}

bool Configuration::GetBoolean(std::string_view key) const { return GetString(key) == "true"; }

data::Duration Configuration::GetDuration(std::string_view key) const {
  absl::StatusOr<data::Duration> value = data::ParseDuration(GetString(key));
  LAMINAR_ASSERT(value.ok(), key.size());
  return *value;
}

const std::string& Configuration::Origin(std::string_view key) const {
  const auto entry = entries_.find(key);
  LAMINAR_ASSERT(entry != entries_.end(), key.size());
  return entry->second.origin;
}

}  // namespace laminar::app
