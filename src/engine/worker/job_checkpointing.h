// What a job that takes checkpoints is started with, and what it goes on from. Plain data; what is
// referred to outlives the job.
#ifndef LAMINAR_ENGINE_WORKER_JOB_CHECKPOINTING_H_
#define LAMINAR_ENGINE_WORKER_JOB_CHECKPOINTING_H_

#include <optional>
#include <string>
#include <vector>

#include "data/epoch.h"
#include "engine/task/checkpoint_setup.h"
#include "rpc/checkpoint_messages.h"
#include "storage/object_store.h"

namespace laminar::engine {

/// A checkpoint, as its manifest says.
struct RestoredJob {
  data::Epoch epoch;
  std::vector<rpc::OperatorState> operators;
  std::vector<rpc::SourceState> sources;
  std::vector<rpc::SinkState> sinks;
};

struct JobCheckpointing {
  storage::ObjectStore& store;
  std::string pipeline;  // its id: letters, digits and dashes
  data::Generation generation;
  SnapshotListener& listener;
  std::optional<RestoredJob> restored;
  /// Where the folder is made for files on their way; empty: the system's for short-lived files.
  std::string spool_folder;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_WORKER_JOB_CHECKPOINTING_H_
