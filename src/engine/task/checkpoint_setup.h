// What the tasks of one attempt to run a job share when the job takes checkpoints. Outlives the
// tasks; any thread.
#ifndef LAMINAR_ENGINE_TASK_CHECKPOINT_SETUP_H_
#define LAMINAR_ENGINE_TASK_CHECKPOINT_SETUP_H_

#include <string>

#include "base/io_pool.h"
#include "base/status.h"
#include "data/epoch.h"
#include "engine/state/snapshot/checkpoint_files.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::engine {

/// Is told what becomes of the parts of an epoch; any thread.
class SnapshotListener {
 public:
  virtual ~SnapshotListener() = default;
  /// A task has made its part durable.
  virtual void OnTaskSnapshot(rpc::TaskSnapshot snapshot) = 0;
  /// A task cannot make this epoch durable; what it would have held comes with a later one.
  virtual void OnTaskDeclined(const std::string& task,
                              data::Epoch epoch,
                              const absl::Status& why) = 0;
};

struct CheckpointSetup {
  CheckpointFiles& files;
  base::IoPool& pool;  // with room for one piece of work of each task
  SnapshotListener& listener;
  data::Epoch restored;  // which the job goes on from; 0: none
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_TASK_CHECKPOINT_SETUP_H_
