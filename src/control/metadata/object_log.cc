#include "control/metadata/object_log.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "control/metadata/conditional_log.h"
#include "control/metadata/log_positions.h"

namespace laminar::control {

namespace {

class ObjectPositions final : public LogPositions {
 public:
  explicit ObjectPositions(storage::ObjectStore& store) : store_(store) {}

  std::string Name(int64_t position) const override {
    return fmt::format("{} of {}", LogEntryKey(position), store_.url());
  }

  absl::StatusOr<int64_t> Newest() override {
    LAMINAR_ASSIGN_OR_RETURN(const std::vector<int64_t> positions, List());
    return positions.empty() ? 0 : *std::max_element(positions.begin(), positions.end());
  }

  absl::StatusOr<std::string> Get(int64_t position) override {
    return store_.Get(LogEntryKey(position));
  }

  base::Outcome Create(int64_t position, std::string_view bytes) override {
    return store_.PutIfAbsent(LogEntryKey(position), bytes);
  }

  void RemoveBelow(int64_t position) override {
    const absl::StatusOr<std::vector<int64_t>> positions = List();
    if (!positions.ok()) {
      return;
    }
    for (const int64_t old : *positions) {
      if (old < position && !store_.Delete(LogEntryKey(old)).applied()) {
        return;
      }
    }
  }

 private:
  absl::StatusOr<std::vector<int64_t>> List() {
    LAMINAR_ASSIGN_OR_RETURN(const std::vector<storage::ObjectInfo> objects,
                             store_.List(std::string(kObjectLogPrefix)));
    std::vector<int64_t> positions;
    for (const storage::ObjectInfo& object : objects) {
      if (const std::optional<int64_t> position = LogEntryPosition(object.key)) {
        positions.push_back(*position);
      }
    }
    return positions;
  }

  storage::ObjectStore& store_;
};

}  // namespace

std::string LogEntryKey(int64_t position) {
  return fmt::format("{}{:012}.json", kObjectLogPrefix, position);
}

std::optional<int64_t> LogEntryPosition(std::string_view key) {
  if (!key.starts_with(kObjectLogPrefix)) {
    return std::nullopt;
  }
  const std::string_view name = key.substr(kObjectLogPrefix.size());
  int64_t position = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), position);
  if (error != std::errc() || position < 1 || key != LogEntryKey(position)) {
    return std::nullopt;
  }
  return position;
}

std::unique_ptr<CheckpointLog> MakeObjectLog(storage::ObjectStore& store) {
  return std::make_unique<ConditionalLog>(std::make_unique<ObjectPositions>(store));
}

}  // namespace laminar::control
