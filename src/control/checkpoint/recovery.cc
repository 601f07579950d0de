#include "control/checkpoint/recovery.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/kill_point.h"
#include "control/checkpoint/savepoint.h"
#include "control/checkpoint/verify.h"

namespace laminar::control {

namespace {

// Older checkpoints that are read back to say which of them can be chosen: each may be large.
constexpr size_t kOlderVerifiedMax = 3;

std::optional<data::Epoch> ParseEpoch(std::string_view text) {
  data::Epoch epoch;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch.value);
  if (error != std::errc() || end != text.data() + text.size() || epoch.value < 1) {
    return std::nullopt;
  }
  return epoch;
}

// `17, 16 and the savepoint nightly`, for a choice that is not there.
std::string DescribeKept(const StateDirectory& directory, const CheckpointHistory& history) {
  std::vector<std::string> names;
  for (const EpochRecord& record : history.epochs) {
    names.push_back(record.savepoint.empty()
                        ? fmt::format("{}", record.epoch.value)
                        : fmt::format("{} ({})", record.epoch.value, record.savepoint));
  }
  const absl::StatusOr<std::vector<std::string>> savepoints = ListSavepoints(directory.store());
  if (savepoints.ok()) {
    names.insert(names.end(), savepoints->begin(), savepoints->end());
  }
  return names.empty() ? "there is none" : fmt::format("there are: {}", fmt::join(names, ", "));
}

absl::Status CheckObjectsAreThere(storage::ObjectStore& store, const Manifest& manifest) {
  for (const rpc::StoredObject& object : ReachableObjects(manifest)) {
    LAMINAR_RETURN_IF_ERROR(CheckObjectIsThere(store, object));
  }
  return absl::OkStatus();
}

// The point of a record, which is Named even when its manifest cannot be read.
RestorePoint PointOf(const CheckpointHistory& history, const EpochRecord& record) {
  RestorePoint point;
  point.record = record;
  for (const EpochRecord& other : history.epochs) {
    if (other.epoch > record.epoch) {
      point.left_behind.push_back(other);
    }
  }
  return point;
}

absl::StatusOr<RestorePoint> FindEpoch(const StateDirectory& directory,
                                       const CheckpointHistory& history,
                                       const EpochRecord& record) {
  RestorePoint point = PointOf(history, record);
  absl::StatusOr<Manifest> manifest = ReadManifest(directory.store(), directory.pipeline(), record);
  absl::Status status = manifest.status();
  if (manifest.ok()) {
    status = CheckObjectsAreThere(directory.store(), *manifest);
  }
  if (absl::IsDataLoss(status)) {
    return ExplainDamage(directory, point, status);
  }
  LAMINAR_RETURN_IF_ERROR(status);
  point.manifest = *std::move(manifest);
  LAMINAR_KILLPOINT("restore_point_found");
  return point;
}

absl::StatusOr<RestorePoint> FindSavepoint(const StateDirectory& directory,
                                           const CheckpointHistory& history,
                                           const std::string& name) {
  RestorePoint point;
  point.manifest.header.savepoint = name;
  absl::StatusOr<Manifest> manifest = ReadSavepoint(directory.store(), name);
  if (absl::IsNotFound(manifest.status())) {
    // A checkpoint that was asked for under this name, and not copied (yet).
    for (const EpochRecord& record : history.epochs) {
      if (record.savepoint == name) {
        return FindEpoch(directory, history, record);
      }
    }
    return base::NotFound(fmt::format("there is no savepoint {} in {}; {}", name,
                                      directory.location(), DescribeKept(directory, history)));
  }
  absl::Status status = manifest.status();
  if (manifest.ok()) {
    status = CheckObjectsAreThere(directory.store(), *manifest);
  }
  if (absl::IsDataLoss(status)) {
    return ExplainDamage(directory, point, status);
  }
  LAMINAR_RETURN_IF_ERROR(status);
  point.manifest = *std::move(manifest);
  point.manifest.header.savepoint = name;  // its folder may have been copied under another name
  point.foreign = point.manifest.header.pipeline != directory.pipeline();
  for (const EpochRecord& record : history.epochs) {
    if (point.foreign || record.epoch > point.manifest.header.epoch) {
      point.left_behind.push_back(record);
    }
  }
  return point;
}

// Which others could be restored: the next older ones, read back, and the savepoints.
std::vector<std::string> OtherChoices(const StateDirectory& directory, const RestorePoint& point) {
  std::vector<std::string> choices;
  const absl::StatusOr<CheckpointHistory> history = directory.log().Read();
  size_t num_verified = 0;
  for (const EpochRecord& record : history.ok() ? history->epochs : std::vector<EpochRecord>()) {
    if (point.record.has_value() && record.epoch >= point.record->epoch) {
      continue;
    }
    if (num_verified++ == kOlderVerifiedMax) {
      break;
    }
    const VerifyReport report = VerifyCheckpoint(directory.store(), directory.pipeline(), record);
    choices.push_back(fmt::format(
        "--restore {} ({})", record.epoch.value,
        report.ok() ? "it verifies"
                    : fmt::format("no use, {} objects of it are damaged", report.problems.size())));
  }
  const absl::StatusOr<std::vector<std::string>> savepoints = ListSavepoints(directory.store());
  for (const std::string& name : savepoints.ok() ? *savepoints : std::vector<std::string>()) {
    if (point.record.has_value() || name != point.manifest.header.savepoint) {
      choices.push_back(fmt::format("--restore {} (a savepoint)", name));
    }
  }
  return choices;
}

}  // namespace

absl::StatusOr<RestoreChoice> ParseRestoreChoice(std::string_view text) {
  if (text == "latest") {
    return RestoreChoice{};
  }
  if (text == "none") {
    return RestoreChoice{.kind = RestoreChoice::Kind::kNone, .epoch = {}, .savepoint = ""};
  }
  if (const std::optional<data::Epoch> epoch = ParseEpoch(text)) {
    return RestoreChoice{.kind = RestoreChoice::Kind::kEpoch, .epoch = *epoch, .savepoint = ""};
  }
  if (!CheckSavepointName(text).ok()) {
    return base::InvalidArgument(fmt::format(
        "what to restore is latest, none, the number of a checkpoint, or the name of a savepoint; "
        "this is none of them: {}",
        text));
  }
  return RestoreChoice{
      .kind = RestoreChoice::Kind::kSavepoint, .epoch = {}, .savepoint = std::string(text)};
}

std::string RestorePoint::Name() const {
  return record.has_value() ? fmt::format("checkpoint {}", record->epoch.value)
                            : fmt::format("savepoint {}", manifest.header.savepoint);
}

absl::StatusOr<std::optional<RestorePoint>> FindRestorePoint(const StateDirectory& directory,
                                                             const RestoreChoice& choice) {
  LAMINAR_ASSIGN_OR_RETURN(const CheckpointHistory history, directory.log().Read());
  switch (choice.kind) {
    case RestoreChoice::Kind::kNone:
      return std::nullopt;
    case RestoreChoice::Kind::kSavepoint:
      return FindSavepoint(directory, history, choice.savepoint);
    case RestoreChoice::Kind::kEpoch: {
      const EpochRecord* record = history.Find(choice.epoch);
      if (record == nullptr) {
        return base::NotFound(fmt::format("there is no checkpoint {} in {}; {}", choice.epoch.value,
                                          directory.location(), DescribeKept(directory, history)));
      }
      return FindEpoch(directory, history, *record);
    }
    case RestoreChoice::Kind::kLatest:
      break;
  }
  if (!history.epochs.empty()) {
    return FindEpoch(directory, history, history.epochs.front());
  }
  if (history.newest_epoch.value > 0) {
    return base::DataLoss(
        fmt::format("the log of {} knows that epoch {} was complete, but names no epoch: restore "
                    "the log from a "
                    "backup, or choose --restore none to begin anew",
                    directory.location(), history.newest_epoch.value));
  }
  return std::nullopt;
}

absl::Status ExplainDamage(const StateDirectory& directory,
                           const RestorePoint& point,
                           const absl::Status& damage) {
  std::string message =
      fmt::format("{} cannot be restored: {}\n", point.Name(), base::FromAbsl(damage.message()));
  message +=
      "Nothing was changed. Restore what is missing from a backup, or choose where to go on:";
  for (const std::string& choice : OtherChoices(directory, point)) {
    message += fmt::format("\n  {}", choice);
  }
  message += "\n  --restore none (begin anew: all input is read again, all state is lost)";
  message += "\nOutput that was published after the point you choose will be written once more.";
  return base::DataLoss(message);
}

}  // namespace laminar::control
