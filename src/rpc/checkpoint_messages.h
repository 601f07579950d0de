// What workers and the checkpoint coordinator tell one another, and what a manifest is made of.
// Plain data, no logic; any thread.
//
// A state table of an operator is a list of files, oldest first: rows of a later file replace those
// of an earlier one. Each reference says which key groups are taken from the file: after
// rescaling, several subtasks refer to parts of one file.
#ifndef LAMINAR_RPC_CHECKPOINT_MESSAGES_H_
#define LAMINAR_RPC_CHECKPOINT_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/epoch.h"
#include "data/split_position.h"

namespace laminar::rpc {

/// Who an operator is, whatever the text of the program: see plan::Node::fingerprint.
struct OperatorId {
  uint64_t fingerprint = 0;
  auto operator<=>(const OperatorId&) const = default;
};

/// An immutable object of a checkpoint.
struct StoredObject {
  std::string key;  // relative to the state's root
  int64_t bytes = 0;
  uint32_t crc32c = 0;
  bool operator==(const StoredObject&) const = default;
};

/// Rows of a state table: all that it held (the first of a list), or what has changed since.
struct StateFile {
  StoredObject object;
  data::Epoch epoch;             // in which it was written
  uint32_t key_group_begin = 0;  // key groups [begin, end) are taken from it
  uint32_t key_group_end = 0;
  int64_t num_rows = 0;
  bool operator==(const StateFile&) const = default;
};

struct StateColumn {
  std::string name;
  std::string type;  // SQL
  bool nullable = true;
  uint64_t origin = 0;  // what it holds, whatever its name; 0: not known
  /// Of a program's table: where the stored one lacks it, it may begin with 0, or NULL where it can
  /// be: it sums up the rows that come from there on.
  bool may_begin = false;
  bool operator==(const StateColumn&) const = default;
};

struct TableState {
  std::string name;
  int version = 1;
  bool sliced = false;
  std::vector<StateColumn> keys;
  std::vector<StateColumn> values;
  std::vector<StateFile> files;  // oldest first
  bool operator==(const TableState&) const = default;
};

/// Of one subtask of an operator.
struct OperatorState {
  OperatorId op;
  std::string name;         // of its node, for people
  std::string description;  // likewise
  std::vector<TableState> tables;
  bool operator==(const OperatorState&) const = default;
};

/// Of one subtask of a source.
struct SourceState {
  OperatorId op;
  std::string name;
  std::vector<data::SplitPosition> splits;
  int64_t watermark_micros = 0;  // the last one that it sent
  bool ended = false;            // nothing comes from it any more
  bool operator==(const SourceState&) const = default;
};

/// Of one subtask of a sink.
struct SinkState {
  OperatorId op;
  std::string name;
  int subtask = 0;
  std::string state;  // what a later writer goes on from; only the connector reads it
  std::vector<std::string> commits;  // what the epoch publishes, in order; likewise
  bool operator==(const SinkState&) const = default;
};

/// Rows that have passed an edge up to the barrier, since the job began: the same number must have
/// been sent and received.
struct EdgeCount {
  OperatorId from;
  OperatorId to;
  int input = 0;
  bool sent = false;  // else received
  int64_t num_rows = 0;
  uint64_t hash = 0;  // sum of the rows' hashes, modulo 2^64: whatever their order
  bool operator==(const EdgeCount&) const = default;
};

/// One task has done its part of an epoch: everything it names is durable. A task that has ended
/// says so once with `ended`; that counts for every later epoch.
struct TaskSnapshot {
  std::string task;  // its name, unique within the job: "source_0/2"
  data::Generation generation;
  data::Epoch epoch;
  bool ended = false;
  std::vector<OperatorState> operators;
  std::optional<SourceState> source;
  std::optional<SinkState> sink;
  std::vector<EdgeCount> edges;
  int64_t cut_nanos = 0;      // for which processing stood still
  int64_t align_nanos = 0;    // from the first barrier to the last
  int64_t bytes_written = 0;  // in this epoch
  int64_t state_bytes = 0;    // of all files that it refers to
};

/// Something that a sink publishes once its epoch is complete.
struct SinkCommit {
  OperatorId op;
  int subtask = 0;
  std::string commit;  // only the connector reads it
  bool operator==(const SinkCommit&) const = default;
};

}  // namespace laminar::rpc

#endif  // LAMINAR_RPC_CHECKPOINT_MESSAGES_H_
