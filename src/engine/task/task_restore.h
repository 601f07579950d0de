// TaskRestore: brings the tables of a task's operators back from the files of a checkpoint, before
// its first row. I/O threads fetch, check and decode the files, oldest first; the task applies
// their rows, part by part, and other tasks have their turn meanwhile. Owned by the task; task's
// thread.
#ifndef LAMINAR_ENGINE_TASK_TASK_RESTORE_H_
#define LAMINAR_ENGINE_TASK_TASK_RESTORE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/serial_queue.h"
#include "base/status.h"
#include "engine/operators/operator.h"
#include "engine/state/key_group_range.h"
#include "engine/task/checkpoint_setup.h"
#include "engine/task/task_checkpoint.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::engine {

class TaskRestore {
 public:
  /// `restored` are the states of all operators of the job; what is of these operators and key
  /// groups is taken. `wake` makes the task run again. The lists outlive this.
  TaskRestore(const std::vector<TaskCheckpoint::StatefulOperator>& operators,
              const std::vector<rpc::OperatorState>& restored,
              KeyGroupRange key_groups,
              const CheckpointSetup& setup,
              std::function<void()> wake);
  ~TaskRestore();

  enum class Progress { kMoved, kWaiting, kDone };
  /// Applies some rows; works for about 1 ms. DataLoss, naming the object, when a file is missing
  /// or damaged; the budget's refusal. REQUIRES: the operators are open. With kWaiting the task is
  /// woken when there is more.
  absl::StatusOr<Progress> Step();

  /// BLOCKS: until the piece of I/O that runs has ended.
  void Close();

 private:
  struct File;    // to be read
  struct Batch;   // rows of one file
  struct Shared;  // with the I/O threads

  void FindFiles();
  void RequestMore();

  const std::vector<TaskCheckpoint::StatefulOperator>& operators_;
  const std::vector<rpc::OperatorState>& restored_;
  const KeyGroupRange key_groups_;
  const std::shared_ptr<Shared> shared_;
  base::SerialQueue queue_;
  std::unique_ptr<Batch> batch_;  // being applied
  size_t next_chunk_ = 0;         // of it
  bool started_ = false;
  bool done_ = false;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_TASK_TASK_RESTORE_H_
