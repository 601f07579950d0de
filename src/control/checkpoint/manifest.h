// Manifest: all that a checkpoint is made of, in one immutable object: which files the tables of
// every operator are in, how far the sources have read, what the sinks publish, and the ledger by
// which it is known that no row was on its way. Written once all tasks have done their part of an
// epoch, before the one conditional write that makes the epoch complete; read by recovery, by
// retention and by `laminar checkpoints`. Plain data; any thread.
//
// Format: one JSON object, whose last member is the CRC32C of all bytes before that member, so that
// whatever flips or is cut off is noticed.
#ifndef LAMINAR_CONTROL_CHECKPOINT_MANIFEST_H_
#define LAMINAR_CONTROL_CHECKPOINT_MANIFEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "data/epoch.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::control {

/// Of what this program writes. What it reads: this one and all before it.
inline constexpr int kManifestFormatVersion = 1;

struct OperatorParallelism {
  rpc::OperatorId op;
  std::string name;         // of its node, for people
  std::string description;  // likewise
  int parallelism = 1;
  uint64_t kin = 0;  // see plan::NodeIdentity; 0: not known
  bool operator==(const OperatorParallelism&) const = default;
};

/// What is known of a checkpoint before any task has done its part.
struct ManifestHeader {
  std::string engine_version;
  std::string pipeline;  // its random id
  data::Generation generation;
  data::Epoch epoch;
  std::optional<data::Epoch> parent;  // the checkpoint that this generation went on from
  uint64_t program_fingerprint = 0;   // see ProgramFingerprint
  std::string sql;                    // the program, normalised
  int num_key_groups = 0;
  std::string key_hash;                        // data::kKeyHashId
  uint64_t key_hash_seed = 0;                  // of that hash; 0: its own
  std::vector<OperatorParallelism> operators;  // all nodes, in the order of the graph
  bool finished = false;                       // all sources have ended: nothing follows
  bool stopped = false;                        // the last one before the job was stopped
  base::WallTime created;                      // for people
  std::string savepoint;                       // its name; empty: none
  bool operator==(const ManifestHeader&) const = default;
};

/// How the checkpoint was made, for people.
struct ManifestFigures {
  int64_t bytes_written = 0;    // by all tasks, in this epoch
  int64_t cut_nanos_max = 0;    // the longest that a task stood still
  int64_t align_nanos_max = 0;  // the longest from a task's first barrier to its last
  bool operator==(const ManifestFigures&) const = default;
};

struct Manifest {
  int format_version = kManifestFormatVersion;
  ManifestHeader header;
  /// Those with tables, of all subtasks together, sorted by id.
  std::vector<rpc::OperatorState> operators;
  /// Per source the splits of all subtasks, sorted; the least watermark of those subtasks that have
  /// not ended (of all that have: the greatest); ended: all have. Sorted by id.
  std::vector<rpc::SourceState> sources;
  std::vector<rpc::SinkState> sinks;  // per subtask, sorted by id, then by subtask
  std::vector<rpc::EdgeCount> edges;  // sums over the subtasks, sorted
  ManifestFigures figures;
  bool operator==(const Manifest&) const = default;
};

/// `manifests/g3-e17.json`.
std::string ManifestKey(data::Generation generation, data::Epoch epoch);

/// Puts together what the tasks have said. REQUIRES: one snapshot of every task, of the header's
/// generation, of its epoch or, from tasks that have ended, of an earlier one; subtasks of one
/// operator agree on the columns of its tables.
Manifest BuildManifest(const ManifestHeader& header,
                       const std::vector<rpc::TaskSnapshot>& snapshots);

std::string EncodeManifest(const Manifest& manifest);
/// DataLoss, naming the object `name`, when the bytes are not those that were written;
/// FailedPrecondition when a later version of the program has written them.
absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes, std::string_view name);

/// Internal, naming the edge, where not the same rows were sent and received, or the source, where
/// two subtasks have read one split.
absl::Status CheckAuditLedger(const Manifest& manifest);

/// Every object that the manifest needs, each once, sorted by key; the manifest itself is not among
/// them.
std::vector<rpc::StoredObject> ReachableObjects(const Manifest& manifest);

/// What the sinks publish once the epoch is complete, in order.
std::vector<rpc::SinkCommit> PendingCommits(const Manifest& manifest);

/// Bytes of all files of state, each counted once.
int64_t StateBytes(const Manifest& manifest);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_MANIFEST_H_
