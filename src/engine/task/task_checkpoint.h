// TaskCheckpoint: one task's part of checkpoints. When a barrier has left the task, its tables are
// cut, which takes no longer than some milliseconds; then, while rows go on coming, the task hands
// the cuts' rows part by part to the I/O threads, which write and upload them. When all of it is
// durable, and the sink's part too, the listener is told. Owned by the task; task's thread.
//
//   idle --Begin--> draining --Drain...--> idle      (I/O goes on behind it)
//   draining --Begin--> draining of the later epoch; what was left of the earlier comes with it
//   idle --End--> ended, for good
#ifndef LAMINAR_ENGINE_TASK_TASK_CHECKPOINT_H_
#define LAMINAR_ENGINE_TASK_TASK_CHECKPOINT_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/serial_queue.h"
#include "base/status.h"
#include "data/stream_event.h"
#include "engine/operators/operator.h"
#include "engine/state/key_group_range.h"
#include "engine/state/state_table.h"
#include "engine/task/checkpoint_setup.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::engine {

/// What a task knows of itself beside its operators' tables, at a barrier.
struct TaskCut {
  std::optional<rpc::SourceState> source;
  std::vector<rpc::EdgeCount> edges;
  int64_t align_nanos = 0;
  bool has_sink = false;  // the sink's part comes by SinkDone
};

class TaskCheckpoint {
 public:
  struct Identity {
    std::string task;
    int subtask = 0;
    KeyGroupRange key_groups;
  };
  struct StatefulOperator {
    Operator* op = nullptr;
    rpc::OperatorId id;
    std::string name;
    std::string description;
  };

  /// `wake` makes the task run again. `setup` and the operators outlive this. REQUIRES: the
  /// operators are open.
  TaskCheckpoint(Identity identity,
                 std::vector<StatefulOperator> operators,
                 const CheckpointSetup& setup,
                 const base::Clock& clock,
                 std::function<void()> wake);
  ~TaskCheckpoint();

  /// The barrier has left the task: cuts the tables, the first time as a whole. `cut` was taken
  /// when it came.
  absl::Status Begin(data::Barrier barrier, TaskCut cut);
  /// What the sink calls when its part of the epoch that Begin or End was called for last is
  /// durable. May be called on any thread, also after this has gone.
  std::function<void(absl::StatusOr<rpc::SinkState>)> SinkDone();
  /// Why the task cannot go on: the sink's part of an epoch is lost.
  absl::Status status() const;
  /// Whether rows of a cut wait to be handed over.
  bool draining() const { return !cuts_.empty(); }
  /// Hands some over; works for about 1 ms. False when the I/O threads have enough for now; the
  /// task is woken when that has changed. REQUIRES: draining().
  absl::StatusOr<bool> Drain();

  /// The task has ended and has nothing more to say: its last part, which counts for all epochs
  /// from the next on. Returns which that is.
  data::Epoch End(TaskCut cut);
  /// Whether all parts are durable or given up, and the listener was told.
  bool Settled() const;

  /// Drops what is not done. BLOCKS: until the piece of I/O that runs has ended.
  void Close();

 private:
  struct Table {
    size_t op = 0;
    size_t position = 0;  // in the operator's tables
    bool whole_next = true;
    int64_t rows_in_files = 0;
  };
  struct OpenCut {
    size_t table = 0;
    StateTable* state = nullptr;
    std::unique_ptr<StateCut> cut;
    int64_t num_rows = 0;  // handed over
  };
  struct Epoch;   // what is known of an epoch's parts
  struct Shared;  // with the I/O threads

  std::vector<rpc::OperatorState> NameTables();
  std::shared_ptr<Epoch> StartEpoch(data::Epoch number, TaskCut cut);
  static CutKind KindFor(const Table& table, const StateTable& state);
  void TakeBroken();
  void AbandonCuts();
  void PushEndOfTables();

  const Identity identity_;
  const std::vector<StatefulOperator> operators_;
  const CheckpointSetup& setup_;
  const base::Clock& clock_;
  const std::function<void()> wake_;
  std::vector<Table> tables_;
  const std::shared_ptr<Shared> shared_;
  base::SerialQueue queue_;
  std::shared_ptr<Epoch> epoch_;  // being drained, or the last one
  data::Epoch last_epoch_;        // whose barrier has passed, or that was restored
  std::deque<OpenCut> cuts_;      // the first is being handed over
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_TASK_TASK_CHECKPOINT_H_
