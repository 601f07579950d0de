#include "control/checkpoint/state_directory.h"

#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/kill_point.h"
#include "base/process_identity.h"
#include "control/checkpoint/state_directory_check.h"
#include "control/checkpoint/state_directory_identity.h"
#include "control/metadata/json_fields.h"
#include "control/metadata/object_log.h"
#include "control/metadata/sealed_json.h"
#include "control/metadata/sqlite_log.h"
#include "storage/open_store.h"
#include "storage/probe.h"
#include "storage/store_url.h"

namespace laminar::control {

namespace {

StateIdentity NewIdentity(const StateDirectoryOptions& options) {
  return {.format_version = kStateFormatVersion,
          .pipeline = MakePipelineId(options.random),
          .created_by = options.engine_version,
          .created = options.clock->Wall()};
}

absl::Status NotThere(const std::string& location) {
  return base::NotFound(
      fmt::format("there is no state of a pipeline: check the name, or make one with laminar run "
                  "-S: {}",
                  location));
}

absl::Status Gone(const std::string& what, const std::string& location) {
  return base::DataLoss(fmt::format(
      "{} is gone, while checkpoints are there: restore it from a backup, or name another state "
      "directory to begin anew: {}",
      what, location));
}

// Who holds the lock, as far as is known: the file may be of an earlier holder.
std::string DescribeOwner(const std::string& folder) {
  const absl::StatusOr<std::string> bytes =
      base::ReadWholeFile(base::JoinPath(folder, kOwnerFileName));
  if (!bytes.ok()) {
    return "another process";
  }
  const auto json = OpenSealedJson(*bytes, kOwnerFileName);
  if (!json.ok()) {
    return "another process";
  }
  absl::Status error;
  JsonFields fields(*json, error);
  const int64_t process = fields.Integer("process");
  const std::string host = fields.Text("host");
  return error.ok() ? fmt::format("process {} on {}", process, host) : "another process";
}

absl::Status WriteOwner(const std::string& folder, const StateDirectoryOptions& options) {
  return base::WriteWholeFile(base::JoinPath(folder, kOwnerFileName),
                              SealJson({{"process", base::ProcessId()},
                                        {"host", TextToJson(base::HostName())},
                                        {"version", TextToJson(options.engine_version)},
                                        {"since_micros", options.clock->Wall().micros}}));
}

// The owner may have ended since: whoever only looks does not know.
absl::Status OfLog(const std::string& folder, const absl::Status& status) {
  if (!IsSqliteBusy(status)) {
    return status;
  }
  return base::MakeError(
      status.code(),
      fmt::format("{}; it was last opened by {}: when that is stopped in the middle of a change "
                  "(as by Ctrl-Z), let it go on or end it, then try again",
                  base::FromAbsl(status.message()), DescribeOwner(folder)));
}

absl::Status Probe(storage::ObjectStore& store, const StateDirectoryOptions& options) {
  return storage::ProbeStore(store, fmt::format("{:016x}", options.random()));
}

// Of a remote store, which says what was asked and what came of it.
absl::Status WithRemedy(const absl::Status& status) {
  if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) {
    return status;
  }
  return base::MakeError(status.code(),
                         fmt::format("{} (check the URL, the endpoint and the network, and that "
                                     "the store runs)",
                                     base::FromAbsl(status.message())));
}

absl::Status NotWritable(const std::string& folder, const absl::Status& status) {
  const char* remedy = absl::IsPermissionDenied(status)    ? "make it writable"
                       : absl::IsResourceExhausted(status) ? "free some space on its disk"
                                                           : "see to what is wrong";
  return base::MakeError(
      status.code(), fmt::format("the state directory {} cannot be written: {}, or name another "
                                 "one: {}",
                                 folder, remedy, base::FromAbsl(status.message())));
}

absl::StatusOr<base::FileLock> Lock(const std::string& folder,
                                    const StateDirectoryOptions& options) {
  absl::StatusOr<base::FileLock> lock =
      base::FileLock::TryAcquire(base::JoinPath(folder, kLockFileName));
  if (absl::IsAlreadyExists(lock.status()) && LAMINAR_SEEDED_BUG("skip_the_lock")) {
    lock = base::FileLock::TryAcquire(base::JoinPath(folder, ".laminar-second-lock"));
  }
  if (absl::IsAlreadyExists(lock.status())) {
    return absl::AlreadyExistsError(
        fmt::format("the state directory is in use by {}: stop it first, or name another one: {}",
                    DescribeOwner(folder), folder));
  }
  if (!lock.ok()) {
    return NotWritable(folder, lock.status());
  }
  if (absl::Status written = WriteOwner(folder, options); !written.ok()) {
    return NotWritable(folder, written);
  }
  return lock;
}

// laminar.json is written last: until it is there, nothing was ever run, and what is there can be
// made again.
absl::StatusOr<StateIdentity> MakeFolder(const std::string& folder,
                                         storage::ObjectStore& store,
                                         const StateDirectoryOptions& options) {
  LAMINAR_ASSIGN_OR_RETURN(const bool has_state, HasState(store));
  if (has_state) {
    return Gone(std::string(kStateFileKey), folder);
  }
  LAMINAR_RETURN_IF_ERROR(Probe(store, options));
  const std::string sqlite = base::JoinPath(folder, kSqliteFileName);
  if (absl::Status status = CreateSqliteLog(sqlite, *options.clock); !status.ok()) {
    return absl::IsDataLoss(status) ? status : NotWritable(folder, status);
  }
  LAMINAR_RETURN_IF_ERROR(base::SyncFolder(folder));
  LAMINAR_KILLPOINT("state_log_made");
  LAMINAR_ASSIGN_OR_RETURN(const auto log, OpenSqliteLog(sqlite, *options.clock));
  LAMINAR_ASSIGN_OR_RETURN(const CheckpointHistory history, log->Read());
  if (history.generation.value > 0) {
    return Gone(std::string(kStateFileKey), folder);
  }
  return CreateStateIdentity(store, NewIdentity(options));
}

absl::StatusOr<StateIdentity> MakeRemote(storage::ObjectStore& store,
                                         const StateDirectoryOptions& options) {
  LAMINAR_ASSIGN_OR_RETURN(const bool has_state, HasState(store));
  LAMINAR_ASSIGN_OR_RETURN(const CheckpointHistory history, MakeObjectLog(store)->Read());
  if (has_state || history.generation.value > 0) {
    return Gone(std::string(kStateFileKey), store.url());
  }
  return CreateStateIdentity(store, NewIdentity(options));
}

}  // namespace

absl::StatusOr<StateDirectory> StateDirectory::Open(const StateDirectoryOptions& options) {
  LAMINAR_ASSERT(options.clock != nullptr && options.random != nullptr, 0);
  LAMINAR_ASSIGN_OR_RETURN(const storage::StoreUrl url, storage::ParseStoreUrl(options.location));
  if (url.kind == storage::StoreKind::kLocal) {
    return OpenFolder(base::RealPath(url.path), options);
  }
  LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<storage::ObjectStore> store,
                           storage::OpenStore(options.location, options.store));
  return OpenOver(std::move(store), options);
}

absl::StatusOr<StateDirectory> StateDirectory::OpenFolder(const std::string& folder,
                                                          const StateDirectoryOptions& options) {
  const bool may_make = options.access == StateAccess::kRun;
  LAMINAR_RETURN_IF_ERROR(CheckFolder(folder));
  if (!base::FileExists(folder)) {
    if (!may_make) {
      return NotThere(folder);
    }
    if (absl::Status made = base::MakeFolders(folder); !made.ok()) {
      return NotWritable(folder, made);
    }
    LAMINAR_RETURN_IF_ERROR(base::SyncFolder(std::string(base::FolderName(folder))));
  }
  StateDirectory directory;
  LAMINAR_ASSIGN_OR_RETURN(directory.store_, storage::OpenStore(folder));
  absl::StatusOr<StateIdentity> identity =
      ReadStateIdentity(*directory.store_, options.engine_version);
  directory.is_new_ = absl::IsNotFound(identity.status());
  if (directory.is_new_ && !may_make) {
    LAMINAR_ASSIGN_OR_RETURN(const bool has_state, HasState(*directory.store_));
    return has_state ? Gone(std::string(kStateFileKey), folder) : NotThere(folder);
  }
  if (options.access != StateAccess::kInspect) {
    LAMINAR_ASSIGN_OR_RETURN(directory.lock_, Lock(folder, options));
    identity = ReadStateIdentity(*directory.store_, options.engine_version);
    directory.is_new_ = absl::IsNotFound(identity.status());
  }
  if (directory.is_new_) {
    identity = MakeFolder(folder, *directory.store_, options);
  }
  LAMINAR_RETURN_IF_ERROR(identity.status());
  LAMINAR_KILLPOINT("state_identity_made");
  directory.pipeline_ = identity->pipeline;
  absl::StatusOr<std::unique_ptr<CheckpointLog>> log =
      OpenSqliteLog(base::JoinPath(folder, kSqliteFileName), *options.clock);
  if (absl::IsNotFound(log.status())) {
    return Gone(kSqliteFileName, folder);
  }
  LAMINAR_RETURN_IF_ERROR(OfLog(folder, log.status()));
  directory.log_ = *std::move(log);
  const absl::StatusOr<CheckpointHistory> history = directory.log_->Read();
  LAMINAR_RETURN_IF_ERROR(OfLog(folder, history.status()));
  LAMINAR_RETURN_IF_ERROR(CheckLogKnowsState(*directory.store_, *history));
  return directory;
}

absl::StatusOr<StateDirectory> StateDirectory::OpenOver(std::unique_ptr<storage::ObjectStore> store,
                                                        const StateDirectoryOptions& options) {
  StateDirectory directory;
  directory.store_ = std::move(store);
  if (options.access == StateAccess::kRun) {
    LAMINAR_RETURN_IF_ERROR(WithRemedy(Probe(*directory.store_, options)));
  }
  absl::StatusOr<StateIdentity> identity =
      ReadStateIdentity(*directory.store_, options.engine_version);
  directory.is_new_ = absl::IsNotFound(identity.status());
  if (directory.is_new_) {
    if (options.access != StateAccess::kRun) {
      LAMINAR_ASSIGN_OR_RETURN(const bool has_state, HasState(*directory.store_));
      return has_state ? Gone(std::string(kStateFileKey), directory.location())
                       : NotThere(directory.location());
    }
    identity = MakeRemote(*directory.store_, options);
  }
  LAMINAR_RETURN_IF_ERROR(WithRemedy(identity.status()));
  LAMINAR_KILLPOINT("state_identity_made");
  directory.pipeline_ = identity->pipeline;
  directory.log_ = MakeObjectLog(*directory.store_);
  LAMINAR_ASSIGN_OR_RETURN(const CheckpointHistory history, directory.log_->Read());
  LAMINAR_RETURN_IF_ERROR(CheckLogKnowsState(*directory.store_, history));
  return directory;
}

}  // namespace laminar::control
