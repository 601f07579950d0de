#include "engine/task/task_checkpoint.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/assert.h"
#include "base/kill_point.h"
#include "base/mutex.h"
#include "engine/network/chunk_bytes.h"
#include "engine/state/snapshot/table_files.h"
#include "engine/task/table_description.h"

namespace laminar::engine {
namespace {

// Rows that wait to be written, per task.
constexpr int64_t kQueueBytesMax = 16 << 20;

// A table is written as a whole again when its files hold so many times the rows that it has.
constexpr int64_t kRowsInFilesFactor = 3;
constexpr int64_t kRowsInFilesLeast = 20'000;

}  // namespace

// What is known of the task's part of one epoch. Guarded by Shared::mutex.
struct TaskCheckpoint::Epoch {
  rpc::TaskSnapshot snapshot;
  bool tables_done = false;
  bool sink_done = false;
  absl::Status failure;  // of a table
  bool told = false;
};

// What the task and the I/O threads share; lives as long as either needs it.
struct TaskCheckpoint::Shared {
  Shared(const std::string& task_name, SnapshotListener& snapshot_listener, TableFiles table_files)
      : task(task_name), listener(snapshot_listener), files(std::move(table_files)) {}

  // I/O work only.
  void BeginFile(size_t table,
                 size_t op,
                 size_t position,
                 const data::Schema& schema,
                 Epoch& epoch) {
    file_ok = true;
    Check(files.Begin(op, position, schema, epoch.snapshot.epoch), table, epoch);
  }
  void AddRows(size_t table, const data::Chunk& rows, Epoch& epoch) {
    if (file_ok) {
      Check(files.Add(rows), table, epoch);
    }
  }
  void FinishFile(size_t table, bool complete, Epoch& epoch) {
    if (file_ok) {
      Check(files.Finish(complete), table, epoch);
    }
    if (file_ok && complete) {
      incomplete.erase(table);
    }
  }
  void ClearTable(size_t table, size_t op, size_t position) {
    files.Clear(op, position);
    incomplete.erase(table);
  }
  void EndTables(Epoch& epoch) LAMINAR_EXCLUDES(mutex) {
    {
      base::MutexLock lock(mutex);
      epoch.snapshot.operators = files.operators();
      epoch.snapshot.bytes_written = files.TakeBytesWritten();
      epoch.snapshot.state_bytes = files.state_bytes();
      if (!incomplete.empty() && epoch.failure.ok()) {
        epoch.failure = base::MakeError(absl::StatusCode::kAborted,
                                        "an earlier snapshot of the task could not be written");
      }
      epoch.tables_done = true;
    }
    Tell(epoch);
  }

  void Check(const absl::Status& status, size_t table, Epoch& epoch) LAMINAR_EXCLUDES(mutex) {
    if (status.ok()) {
      return;
    }
    file_ok = false;
    files.Discard();
    incomplete.insert(table);
    base::MutexLock lock(mutex);
    broken.insert(table);
    epoch.failure = status;
  }

  // Tells the listener once both parts are known.
  void Tell(Epoch& epoch) LAMINAR_EXCLUDES(mutex) {
    rpc::TaskSnapshot snapshot;
    absl::Status failure;
    {
      base::MutexLock lock(mutex);
      if (!epoch.tables_done || !epoch.sink_done || epoch.told) {
        return;
      }
      epoch.told = true;
      failure = epoch.failure;
      if (epoch.snapshot.sink.has_value()) {
        std::vector<std::string>& commits = epoch.snapshot.sink->commits;
        commits.insert(commits.begin(), carried.begin(), carried.end());
        carried = failure.ok() ? std::vector<std::string>() : commits;
      }
      snapshot = std::move(epoch.snapshot);
    }
    if (failure.ok()) {
      LAMINAR_KILLPOINT("task_before_report");
      if (LAMINAR_SEEDED_BUG("forget_commits_at_the_end_of_input") && snapshot.ended &&
          snapshot.sink.has_value()) {
        snapshot.sink->commits.clear();
      }
      listener.OnTaskSnapshot(std::move(snapshot));
      LAMINAR_KILLPOINT("task_after_report");
    } else if (!absl::IsCancelled(failure)) {
      listener.OnTaskDeclined(task, snapshot.epoch, failure);
    }
  }

  const std::string task;
  SnapshotListener& listener;

  // I/O work only.
  TableFiles files;
  bool file_ok = true;  // of the file being written
  // Tables whose files lack rows, since one was not written. What was cut before that was known
  // may hold later changes alone: no epoch is whole until a file of the whole table is.
  std::set<size_t> incomplete;

  base::Mutex mutex;
  std::set<size_t> broken LAMINAR_GUARDED_BY(mutex);  // tables that lack rows since the last cut
  // Commits of the sink from epochs whose tables could not be written.
  std::vector<std::string> carried LAMINAR_GUARDED_BY(mutex);
  absl::Status sink_failure LAMINAR_GUARDED_BY(mutex);
};

TaskCheckpoint::TaskCheckpoint(Identity identity,
                               std::vector<StatefulOperator> operators,
                               const CheckpointSetup& setup,
                               const base::Clock& clock,
                               std::function<void()> wake)
    : identity_(std::move(identity)),
      operators_(std::move(operators)),
      setup_(setup),
      clock_(clock),
      wake_(std::move(wake)),
      shared_(std::make_shared<Shared>(
          identity_.task,
          setup.listener,
          TableFiles(setup.files, identity_.subtask, identity_.key_groups, NameTables()))),
      queue_(setup.pool, kQueueBytesMax, wake_),
      last_epoch_(setup.restored) {}

TaskCheckpoint::~TaskCheckpoint() = default;

std::vector<rpc::OperatorState> TaskCheckpoint::NameTables() {
  std::vector<rpc::OperatorState> states;
  for (size_t op = 0; op < operators_.size(); ++op) {
    const StatefulOperator& from = operators_[op];
    rpc::OperatorState state{
        .op = from.id, .name = from.name, .description = from.description, .tables = {}};
    for (StateTable* table : from.op->StateTables()) {
      tables_.push_back({.op = op, .position = state.tables.size()});
      state.tables.push_back(DescribeTable(table->schema()));
    }
    states.push_back(std::move(state));
  }
  return states;
}

std::shared_ptr<TaskCheckpoint::Epoch> TaskCheckpoint::StartEpoch(data::Epoch number, TaskCut cut) {
  auto epoch = std::make_shared<Epoch>();
  epoch->snapshot.task = identity_.task;
  epoch->snapshot.generation = setup_.files.generation();
  epoch->snapshot.epoch = number;
  epoch->snapshot.source = std::move(cut.source);
  epoch->snapshot.edges = std::move(cut.edges);
  epoch->snapshot.align_nanos = cut.align_nanos;
  epoch->sink_done = !cut.has_sink;
  return epoch;
}

absl::Status TaskCheckpoint::Begin(data::Barrier barrier, TaskCut cut) {
  const base::MonotonicTime start = clock_.Now();
  LAMINAR_KILLPOINT("cut_begun");
  AbandonCuts();
  last_epoch_ = barrier.epoch;
  epoch_ = StartEpoch(barrier.epoch, std::move(cut));
  TakeBroken();
  size_t next = 0;
  for (const StatefulOperator& from : operators_) {
    for (StateTable* state : from.op->StateTables()) {
      LAMINAR_ASSERT(next < tables_.size(), next);
      Table& table = tables_[next];
      LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<StateCut> open,
                               state->Cut(KindFor(table, *state), identity_.key_groups));
      cuts_.push_back({.table = next++, .state = state, .cut = std::move(open)});
    }
  }
  epoch_->snapshot.cut_nanos = clock_.Now().nanos - start.nanos;
  LAMINAR_KILLPOINT("cut_taken");
  if (cuts_.empty()) {
    PushEndOfTables();
  }
  return absl::OkStatus();
}

CutKind TaskCheckpoint::KindFor(const Table& table, const StateTable& state) {
  const bool many =
      table.rows_in_files > std::max(kRowsInFilesFactor * state.num_rows(), kRowsInFilesLeast);
  return table.whole_next || many ? CutKind::kAll : CutKind::kChanges;
}

// A table whose last file was not written is cut as a whole.
void TaskCheckpoint::TakeBroken() {
  base::MutexLock lock(shared_->mutex);
  for (const size_t table : std::exchange(shared_->broken, {})) {
    tables_[table].whole_next = true;
  }
}

// The barrier of a later epoch has come before the rows of this one were handed over.
void TaskCheckpoint::AbandonCuts() {
  if (cuts_.empty()) {
    return;
  }
  for (const OpenCut& open : cuts_) {
    tables_[open.table].whole_next = tables_[open.table].whole_next || open.cut->complete();
    open.cut->Abandon();
  }
  cuts_.clear();
  queue_.Push(0, [shared = shared_, epoch = epoch_] {
    shared->files.Discard();
    {
      base::MutexLock lock(shared->mutex);
      epoch->failure = base::MakeError(absl::StatusCode::kAborted,
                                       "a later barrier came before the snapshot was written");
    }
    shared->EndTables(*epoch);
  });
}

absl::StatusOr<bool> TaskCheckpoint::Drain() {
  LAMINAR_ASSERT(draining(), last_epoch_.value);
  if (!queue_.HasRoom()) {
    return false;
  }
  OpenCut& open = cuts_.front();
  Table& table = tables_[open.table];
  LAMINAR_ASSIGN_OR_RETURN(std::optional<data::Chunk> rows, open.cut->Next());
  if (rows.has_value()) {
    if (open.num_rows == 0) {
      queue_.Push(0, [shared = shared_, epoch = epoch_, index = open.table, op = table.op,
                      position = table.position, schema = open.state->ChangeSchema()] {
        shared->BeginFile(index, op, position, schema, *epoch);
      });
    }
    open.num_rows += static_cast<int64_t>(rows->num_rows());
    const int64_t bytes = EstimateChunkBytes(*rows);
    auto chunk = std::make_shared<data::Chunk>(*std::move(rows));
    queue_.Push(bytes, [shared = shared_, epoch = epoch_, index = open.table, chunk] {
      shared->AddRows(index, *chunk, *epoch);
    });
    return true;
  }
  const bool complete = open.cut->complete();
  if (open.num_rows > 0) {
    queue_.Push(0, [shared = shared_, epoch = epoch_, index = open.table, complete] {
      shared->FinishFile(index, complete, *epoch);
    });
  } else if (complete) {
    queue_.Push(0, [shared = shared_, index = open.table, op = table.op,
                    position = table.position] { shared->ClearTable(index, op, position); });
  }
  table.rows_in_files = (complete ? 0 : table.rows_in_files) + open.num_rows;
  table.whole_next = table.whole_next && !complete;
  cuts_.pop_front();
  if (cuts_.empty()) {
    PushEndOfTables();
  }
  return true;
}

void TaskCheckpoint::PushEndOfTables() {
  queue_.Push(0, [shared = shared_, epoch = epoch_] { shared->EndTables(*epoch); });
}

data::Epoch TaskCheckpoint::End(TaskCut cut) {
  AbandonCuts();
  const data::Epoch next{last_epoch_.value + 1};
  epoch_ = StartEpoch(next, std::move(cut));
  epoch_->snapshot.ended = true;
  LAMINAR_KILLPOINT("task_ended");
  // Its operators hold nothing that is needed any more.
  queue_.Push(0, [shared = shared_, epoch = epoch_] {
    {
      base::MutexLock lock(shared->mutex);
      epoch->tables_done = true;
    }
    shared->Tell(*epoch);
  });
  return next;
}

std::function<void(absl::StatusOr<rpc::SinkState>)> TaskCheckpoint::SinkDone() {
  return [shared = shared_, epoch = epoch_, wake = wake_](absl::StatusOr<rpc::SinkState> state) {
    {
      base::MutexLock lock(shared->mutex);
      if (state.ok()) {
        epoch->snapshot.sink = *std::move(state);
        epoch->sink_done = true;
      } else {
        shared->sink_failure = state.status();
      }
    }
    shared->Tell(*epoch);
    wake();
  };
}

absl::Status TaskCheckpoint::status() const {
  base::MutexLock lock(shared_->mutex);
  return shared_->sink_failure;
}

bool TaskCheckpoint::Settled() const {
  if (epoch_ == nullptr) {
    return true;
  }
  base::MutexLock lock(shared_->mutex);
  return epoch_->told;
}

void TaskCheckpoint::Close() {
  if (!Settled()) {
    // The attempt ends: nobody waits for its uploads any more.
    setup_.files.Stop();
  }
  cuts_.clear();
  queue_.Close();
}

}  // namespace laminar::engine
