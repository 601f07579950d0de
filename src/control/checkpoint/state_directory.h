// StateDirectory: the place of one pipeline's state, a folder or a URL of an object store. Opening
// it makes sure that it is what it should be: of this program's format, this pipeline's own, not in
// use by another process, and complete; whatever is wrong is an error that says what to do, and
// never an empty start where there was data. Made by roles and commands at start; owned by them.
//
//   laminar.json                        format version and id of the pipeline, written once
//   metadata.sqlite or log/             which epochs are complete
//   manifests/, data/, savepoints/      see manifest.h and savepoint.h
//   .laminar-lock, .laminar-owner       of a folder: held by the process that uses it
#ifndef LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_H_
#define LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file_lock.h"
#include "base/status.h"
#include "control/metadata/checkpoint_log.h"
#include "storage/object_store.h"
#include "storage/store_options.h"

namespace laminar::control {

/// Of what this program makes; it reads this one and those before it.
inline constexpr int kStateFormatVersion = 1;

inline constexpr std::string_view kStateFileKey = "laminar.json";

enum class StateAccess {
  kRun,      // makes it when there is none; a folder is locked
  kChange,   // must be there; a folder is locked
  kInspect,  // must be there; others may use it at the same time
};

struct StateDirectoryOptions {
  std::string location;  // a path or a URL
  StateAccess access = StateAccess::kRun;
  std::string engine_version;
  const base::Clock* clock = nullptr;
  std::function<uint64_t()> random;  // for the pipeline's id: base::SystemEntropy
  storage::StoreOptions store;
};

class StateDirectory {
 public:
  /// Opens it, and makes it where there is none (kRun). Errors by code: NotFound (kChange,
  /// kInspect), InvalidArgument (of the location), AlreadyExists (in use), FailedPrecondition (of
  /// another version; files in it that are not ours), DataLoss (something of it is gone or
  /// damaged), PermissionDenied, ResourceExhausted, Unavailable (the store). BLOCKS.
  static absl::StatusOr<StateDirectory> Open(const StateDirectoryOptions& options);

  /// As Open, over a store that is there already and a log of objects: remote stores, tests.
  static absl::StatusOr<StateDirectory> OpenOver(std::unique_ptr<storage::ObjectStore> store,
                                                 const StateDirectoryOptions& options);

  storage::ObjectStore& store() const { return *store_; }
  CheckpointLog& log() const { return *log_; }
  /// The pipeline's id: letters, digits and a dash; random, and the same for good.
  const std::string& pipeline() const { return pipeline_; }
  /// For messages; no secret in it.
  std::string location() const { return store_->url(); }
  /// Whether it has just been made.
  bool is_new() const { return is_new_; }

 private:
  StateDirectory() = default;
  static absl::StatusOr<StateDirectory> OpenFolder(const std::string& folder,
                                                   const StateDirectoryOptions& options);

  std::optional<base::FileLock> lock_;  // given back last
  std::unique_ptr<storage::ObjectStore> store_;
  std::unique_ptr<CheckpointLog> log_;
  std::string pipeline_;
  bool is_new_ = false;
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_H_
