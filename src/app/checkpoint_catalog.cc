#include "app/checkpoint_catalog.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/entropy.h"
#include "base/file.h"
#include "control/checkpoint/savepoint.h"
#include "storage/store_url.h"

namespace laminar::app {
namespace {

void Summarize(const control::Manifest& manifest, CheckpointSummary& summary) {
  summary.header = manifest.header;
  summary.state_bytes = control::StateBytes(manifest);
  summary.changed_bytes = manifest.figures.bytes_written;
  summary.num_files = static_cast<int>(control::ReachableObjects(manifest).size());
  summary.num_operators = static_cast<int>(
      std::count_if(manifest.operators.begin(), manifest.operators.end(),
                    [](const rpc::OperatorState& state) { return !state.tables.empty(); }));
}

CheckpointSummary SummaryOf(const control::StateDirectory& directory,
                            const control::EpochRecord& record) {
  CheckpointSummary summary;
  summary.id = std::to_string(record.epoch.value);
  summary.committed = record.committed;
  summary.completed = record.completed;
  const absl::StatusOr<control::Manifest> manifest =
      control::ReadManifest(directory.store(), directory.pipeline(), record);
  summary.status = manifest.status();
  if (manifest.ok()) {
    Summarize(*manifest, summary);
  }
  return summary;
}

CheckpointSummary SummaryOfSavepoint(const control::StateDirectory& directory,
                                     const std::string& name) {
  CheckpointSummary summary;
  summary.id = name;
  summary.savepoint = true;
  const absl::StatusOr<control::Manifest> manifest =
      control::ReadSavepoint(directory.store(), name);
  summary.status = manifest.status();
  if (manifest.ok()) {
    Summarize(*manifest, summary);
    summary.completed = manifest->header.created;
  }
  return summary;
}

// Retention of a job that runs may have removed what was listed.
bool IsGone(const control::StateDirectory& directory, data::Epoch epoch) {
  const absl::StatusOr<control::CheckpointHistory> history = directory.log().Read();
  return history.ok() && history->Find(epoch) == nullptr;
}

absl::Status NoSuchCheckpoint(const control::StateDirectory& directory, const std::string& id) {
  std::vector<std::string> names;
  LAMINAR_ASSIGN_OR_RETURN(const control::CheckpointHistory history, directory.log().Read());
  for (const control::EpochRecord& record : history.epochs) {
    names.push_back(std::to_string(record.epoch.value));
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string> savepoints,
                           control::ListSavepoints(directory.store()));
  names.insert(names.end(), savepoints.begin(), savepoints.end());
  const std::string there =
      names.empty() ? "there is none" : fmt::format("there are: {}", fmt::join(names, ", "));
  if (id == "latest") {
    return base::NotFound(
        fmt::format("no checkpoint is complete yet in {}; {}", directory.location(), there));
  }
  return base::NotFound(fmt::format("there is no checkpoint or savepoint {} in {}; {}", id,
                                    directory.location(), there));
}

// The record that is meant; nullopt: it is a savepoint's name.
absl::StatusOr<std::optional<control::EpochRecord>> FindRecord(
    const control::StateDirectory& directory,
    const std::string& id,
    const control::RestoreChoice& choice) {
  using Kind = control::RestoreChoice::Kind;
  if (choice.kind == Kind::kNone) {
    return base::InvalidArgument("none is no checkpoint");
  }
  if (choice.kind == Kind::kSavepoint) {
    return std::nullopt;
  }
  LAMINAR_ASSIGN_OR_RETURN(const control::CheckpointHistory history, directory.log().Read());
  const control::EpochRecord* record = choice.kind == Kind::kEpoch ? history.Find(choice.epoch)
                                       : history.epochs.empty()    ? nullptr
                                                                   : &history.epochs.front();
  if (record == nullptr) {
    return NoSuchCheckpoint(directory, id);
  }
  return *record;
}

CheckpointVerification Verify(const control::StateDirectory& directory,
                              const control::EpochRecord& record) {
  return {
      .id = std::to_string(record.epoch.value),
      .report = control::VerifyCheckpoint(directory.store(), directory.pipeline(), record),
  };
}

absl::StatusOr<std::vector<CheckpointVerification>> VerifyAll(
    const control::StateDirectory& directory) {
  std::vector<CheckpointVerification> verifications;
  LAMINAR_ASSIGN_OR_RETURN(const control::CheckpointHistory history, directory.log().Read());
  for (const control::EpochRecord& record : history.epochs) {
    CheckpointVerification one = Verify(directory, record);
    if (one.report.ok() || !IsGone(directory, record.epoch)) {
      verifications.push_back(std::move(one));
    }
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string> savepoints,
                           control::ListSavepoints(directory.store()));
  for (const std::string& name : savepoints) {
    verifications.push_back(
        {.id = name, .report = control::VerifySavepoint(directory.store(), name)});
  }
  return verifications;
}

}  // namespace

absl::StatusOr<control::StateDirectory> OpenState(const std::string& location,
                                                  control::StateAccess access,
                                                  const std::string& engine_version) {
  return control::StateDirectory::Open({.location = location,
                                        .access = access,
                                        .engine_version = engine_version,
                                        .clock = &base::SystemClock(),
                                        .random = base::SystemEntropy,
                                        .store = {}});
}

std::string FolderOf(const control::StateDirectory& directory) {
  const absl::StatusOr<storage::StoreUrl> url = storage::ParseStoreUrl(directory.location());
  const bool local = url.ok() && url->kind == storage::StoreKind::kLocal;
  return local && base::IsFolder(url->path) ? base::RealPath(url->path) : "";
}

absl::StatusOr<std::vector<CheckpointSummary>> ListCheckpoints(
    const control::StateDirectory& directory) {
  std::vector<CheckpointSummary> summaries;
  LAMINAR_ASSIGN_OR_RETURN(const control::CheckpointHistory history, directory.log().Read());
  for (const control::EpochRecord& record : history.epochs) {
    CheckpointSummary summary = SummaryOf(directory, record);
    if (summary.status.ok() || !IsGone(directory, record.epoch)) {
      summaries.push_back(std::move(summary));
    }
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string> savepoints,
                           control::ListSavepoints(directory.store()));
  for (const std::string& name : savepoints) {
    summaries.push_back(SummaryOfSavepoint(directory, name));
  }
  return summaries;
}

absl::StatusOr<Checkpoint> FindCheckpoint(const control::StateDirectory& directory,
                                          const std::string& id) {
  LAMINAR_ASSIGN_OR_RETURN(const control::RestoreChoice choice, control::ParseRestoreChoice(id));
  Checkpoint checkpoint;
  LAMINAR_ASSIGN_OR_RETURN(checkpoint.record, FindRecord(directory, id, choice));
  if (checkpoint.record.has_value()) {
    checkpoint.id = std::to_string(checkpoint.record->epoch.value);
    LAMINAR_ASSIGN_OR_RETURN(
        checkpoint.manifest,
        control::ReadManifest(directory.store(), directory.pipeline(), *checkpoint.record));
    return checkpoint;
  }
  checkpoint.id = choice.savepoint;
  absl::StatusOr<control::Manifest> manifest =
      control::ReadSavepoint(directory.store(), choice.savepoint);
  if (absl::IsNotFound(manifest.status())) {
    return NoSuchCheckpoint(directory, id);
  }
  LAMINAR_RETURN_IF_ERROR(manifest.status());
  checkpoint.manifest = *std::move(manifest);
  return checkpoint;
}

absl::StatusOr<control::EpochRecord> FindEpochRecord(const control::StateDirectory& directory,
                                                     const std::string& id) {
  LAMINAR_ASSIGN_OR_RETURN(const control::RestoreChoice choice, control::ParseRestoreChoice(id));
  LAMINAR_ASSIGN_OR_RETURN(const std::optional<control::EpochRecord> record,
                           FindRecord(directory, id, choice));
  return record.has_value() ? absl::StatusOr<control::EpochRecord>(*record)
                            : NoSuchCheckpoint(directory, id);
}

absl::StatusOr<std::vector<CheckpointVerification>> VerifyCheckpoints(
    const control::StateDirectory& directory,
    const std::string& id) {
  if (id.empty()) {
    return VerifyAll(directory);
  }
  LAMINAR_ASSIGN_OR_RETURN(const control::RestoreChoice choice, control::ParseRestoreChoice(id));
  LAMINAR_ASSIGN_OR_RETURN(const std::optional<control::EpochRecord> record,
                           FindRecord(directory, id, choice));
  if (record.has_value()) {
    return std::vector<CheckpointVerification>{Verify(directory, *record)};
  }
  if (const absl::Status there =
          control::ReadSavepoint(directory.store(), choice.savepoint).status();
      absl::IsNotFound(there)) {
    return NoSuchCheckpoint(directory, id);
  }
  return std::vector<CheckpointVerification>{
      {.id = id, .report = control::VerifySavepoint(directory.store(), choice.savepoint)}};
}

}  // namespace laminar::app
