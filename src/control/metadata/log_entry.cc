#include "control/metadata/log_entry.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "control/metadata/json_fields.h"
#include "control/metadata/sealed_json.h"

namespace laminar::control {

namespace {

constexpr std::array<std::pair<LogEntry::Kind, std::string_view>, 4> kKindNames = {{
    {LogEntry::Kind::kGeneration, "generation"},
    {LogEntry::Kind::kEpoch, "epoch"},
    {LogEntry::Kind::kCommitted, "committed"},
    {LogEntry::Kind::kRemoved, "removed"},
}};

nlohmann::ordered_json RecordToJson(const EpochRecord& record) {
  return {
      {"epoch", record.epoch.value},
      {"generation", record.generation.value},
      {"manifest", record.manifest.key},
      {"bytes", record.manifest.bytes},
      {"crc32c", record.manifest.crc32c},
      {"nonce", TextToJson(record.nonce)},
      {"savepoint", TextToJson(record.savepoint)},
      {"completed_micros", record.completed.micros},
      {"committed", record.committed},
  };
}

EpochRecord RecordFromJson(JsonFields& fields) {
  EpochRecord record;
  record.epoch.value = fields.Integer("epoch", 1);
  record.generation.value = fields.Integer("generation", 1);
  record.manifest.key = fields.Text("manifest");
  record.manifest.bytes = fields.Integer("bytes", 0);
  record.manifest.crc32c = static_cast<uint32_t>(fields.Integer("crc32c", 0, UINT32_MAX));
  record.nonce = fields.Text("nonce");
  record.savepoint = fields.Text("savepoint");
  record.completed.micros = fields.Integer("completed_micros");
  record.committed = fields.Flag("committed");
  return record;
}

LogEntry::Kind KindFromName(std::string_view name, absl::Status& error) {
  for (const auto& [kind, kind_name] : kKindNames) {
    if (kind_name == name) {
      return kind;
    }
  }
  if (error.ok()) {
    error = base::InvalidArgument(fmt::format("there is no kind '{}'", name));
  }
  return LogEntry::Kind::kGeneration;
}

// What every history that was ever written fulfils.
absl::Status CheckHistory(const CheckpointHistory& history) {
  const EpochRecord* newer = nullptr;
  for (const EpochRecord& record : history.epochs) {
    const bool older =
        newer == nullptr || (record.epoch < newer->epoch && record.generation <= newer->generation);
    if (!older || record.epoch > history.newest_epoch || record.generation > history.generation) {
      return base::InvalidArgument(
          fmt::format("epochs are out of order at epoch {}", record.epoch.value));
    }
    newer = &record;
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view LogEntryKindName(LogEntry::Kind kind) {
  for (const auto& [known, name] : kKindNames) {
    if (known == kind) {
      return name;
    }
  }
  return "unknown";
}

std::string EncodeLogEntry(const LogEntry& entry) {
  nlohmann::ordered_json epochs = nlohmann::ordered_json::array();
  for (const EpochRecord& record : entry.history.epochs) {
    epochs.push_back(RecordToJson(record));
  }
  return SealJson({
      {"format_version", kLogFormatVersion},
      {"kind", LogEntryKindName(entry.kind)},
      {"position", entry.position},
      {"writer", entry.writer.value},
      {"generation", entry.history.generation.value},
      {"generation_nonce", TextToJson(entry.generation_nonce)},
      {"newest_epoch", entry.history.newest_epoch.value},
      {"epochs", std::move(epochs)},
  });
}

absl::StatusOr<LogEntry> DecodeLogEntry(std::string_view bytes,
                                        int64_t position,
                                        std::string_view name) {
  LAMINAR_ASSIGN_OR_RETURN(const nlohmann::ordered_json object, OpenSealedJson(bytes, name));
  absl::Status error;
  JsonFields fields(object, error);
  const int64_t version = fields.Integer("format_version", 1);
  if (error.ok() && version > kLogFormatVersion) {
    return absl::FailedPreconditionError(
        fmt::format("{} was written by a later version of laminar: its format is {}, this program "
                    "reads up to {}; use the later version",
                    name, version, kLogFormatVersion));
  }
  LogEntry entry;
  entry.kind = KindFromName(fields.Text("kind"), error);
  entry.position = fields.Integer("position", 1);
  entry.writer.value = fields.Integer("writer", 1);
  entry.history.generation.value = fields.Integer("generation", 1);
  entry.generation_nonce = fields.Text("generation_nonce");
  entry.history.newest_epoch.value = fields.Integer("newest_epoch", 0);
  fields.EachObject("epochs", [&entry](JsonFields& record) {
    entry.history.epochs.push_back(RecordFromJson(record));
  });
  if (error.ok()) {
    error = CheckHistory(entry.history);
  }
  if (error.ok() && entry.position != position) {
    error = base::InvalidArgument(
        fmt::format("it belongs to position {} and not to {}", entry.position, position));
  }
  if (!error.ok()) {
    return base::DataLoss(fmt::format("{} is damaged: {}", name, base::FromAbsl(error.message())));
  }
  return entry;
}

}  // namespace laminar::control
