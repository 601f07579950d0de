#include "engine/task/task_checkpoint.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/io_pool.h"
#include "base/mutex.h"
#include "engine/network/network_for_test.h"
#include "engine/state/memory_for_test.h"
#include "engine/state/row_log.h"
#include "engine/task/task.h"
#include "storage/memory_store_for_test.h"

namespace laminar::engine {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kSecond = 1'000'000'000;

// Keeps every chunk that it is given, in a slice of its own, and passes it on.
class KeepingOperator final : public Operator {
 public:
  explicit KeepingOperator(MemoryBudget& memory)
      : rows_({.name = "rows",
               .keys = {},
               .values = {{"n", data::LogicalType::BIGINT, true}},
               .sliced = true},
              {.rule = KeyGroupRule::kZero},
              memory) {}

  absl::Status Process(int input, data::Chunk chunk) override {
    LAMINAR_RETURN_IF_ERROR(rows_.Append(SliceId::At(++last_slice_), chunk));
    passing_ = std::move(chunk);
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<data::Chunk>> Produce() override {
    return std::exchange(passing_, std::nullopt);
  }
  std::vector<StateTable*> StateTables() override { return {&rows_}; }

 private:
  RowLog rows_;
  int64_t last_slice_ = 0;
  std::optional<data::Chunk> passing_;
};

// What was said of each epoch, in order: "1: 3 rows" or "2: declined".
class ReportsForTest final : public SnapshotListener {
 public:
  void OnTaskSnapshot(rpc::TaskSnapshot snapshot) override {
    int64_t num_rows = 0;
    for (const rpc::StateFile& file : snapshot.operators.at(0).tables.at(0).files) {
      num_rows += file.num_rows;
    }
    Add(snapshot.epoch, std::to_string(num_rows) + " rows");
  }
  void OnTaskDeclined(const std::string& task,
                      data::Epoch epoch,
                      const absl::Status& why) override {
    Add(epoch, "declined");
  }

  std::vector<std::string> WaitFor(size_t count) {
    base::MutexLock lock(mutex_);
    while (reports_.size() < count) {
      if (!changed_.WaitFor(mutex_, 30 * kSecond)) {
        ADD_FAILURE() << "no report";
        break;
      }
    }
    return reports_;
  }

 private:
  void Add(data::Epoch epoch, const std::string& what) {
    base::MutexLock lock(mutex_);
    reports_.push_back(std::to_string(epoch.value) + ": " + what);
    changed_.NotifyAll();
  }

  base::Mutex mutex_;
  base::ConditionVariable changed_;
  std::vector<std::string> reports_ LAMINAR_GUARDED_BY(mutex_);
};

// A piece of I/O work that waits until it is let go.
class Obstacle {
 public:
  void Wait() {
    base::MutexLock lock(mutex_);
    reached_ = true;
    changed_.NotifyAll();
    while (!gone_) {
      changed_.Wait(mutex_);
    }
  }
  void WaitUntilReached() {
    base::MutexLock lock(mutex_);
    while (!reached_) {
      changed_.Wait(mutex_);
    }
  }
  void LetGo() {
    base::MutexLock lock(mutex_);
    gone_ = true;
    changed_.NotifyAll();
  }

 private:
  base::Mutex mutex_;
  base::ConditionVariable changed_;
  bool reached_ LAMINAR_GUARDED_BY(mutex_) = false;
  bool gone_ LAMINAR_GUARDED_BY(mutex_) = false;
};

class TaskCheckpointTest : public testing::Test {
 protected:
  TaskCheckpointTest()
      : folder_(*base::MakeTemporaryFolder("task-checkpoint-test")),
        spool_folder_(folder_ + "/spool"),
        files_(store_, {1}, spool_folder_),
        pool_({.name = "io", .num_threads = 1}),
        setup_{.files = files_, .pool = pool_, .listener = reports_, .restored = {}},
        op_(memory_),
        checkpoint_({.task = "task", .subtask = 0, .key_groups = {}},
                    {{.op = &op_, .id = {1}, .name = "op", .description = ""}},
                    setup_,
                    base::SystemClock(),
                    [] {}) {
    EXPECT_TRUE(base::MakeFolders(spool_folder_).ok());
  }
  ~TaskCheckpointTest() override {
    checkpoint_.Close();
    base::RemoveAll(folder_).IgnoreError();
  }

  // A row comes, then the barrier; the I/O threads are given the whole cut.
  void Take(int64_t epoch) {
    EXPECT_TRUE(op_.Process(0, NumbersForTest({epoch})).ok());
    EXPECT_TRUE(checkpoint_.Begin({.epoch = {epoch}}, {}).ok());
    while (checkpoint_.draining()) {
      const absl::StatusOr<bool> moved = checkpoint_.Drain();
      ASSERT_TRUE(moved.ok() && *moved);
    }
  }

  void Submit(Obstacle& obstacle) {
    EXPECT_TRUE(pool_.TrySubmit([&obstacle] { obstacle.Wait(); }));
  }

  const std::string folder_;
  const std::string spool_folder_;
  storage::MemoryStore store_;
  MemoryForTest memory_;
  ReportsForTest reports_;
  CheckpointFiles files_;
  base::IoPool pool_;
  const CheckpointSetup setup_;
  KeepingOperator op_;
  TaskCheckpoint checkpoint_;
};

TEST_F(TaskCheckpointTest, WritesWhatHasChanged) {
  Take(1);
  Take(2);
  EXPECT_THAT(reports_.WaitFor(2), ElementsAre("1: 1 rows", "2: 2 rows"));
}

TEST_F(TaskCheckpointTest, DeclinesEpochsBehindAFailedOneUntilEverythingIsWrittenAgain) {
  Take(1);
  EXPECT_THAT(reports_.WaitFor(1), ElementsAre("1: 1 rows"));
  // The file of epoch 2 cannot be made, which shows only after the barrier of epoch 3.
  Obstacle before;
  Obstacle behind;
  Submit(before);
  before.WaitUntilReached();
  Take(2);
  Take(3);
  Submit(behind);
  ASSERT_TRUE(base::RenameFile(spool_folder_, folder_ + "/away").ok());
  before.LetGo();
  behind.WaitUntilReached();
  ASSERT_TRUE(base::RenameFile(folder_ + "/away", spool_folder_).ok());
  behind.LetGo();
  reports_.WaitFor(3);
  Take(4);
  EXPECT_THAT(reports_.WaitFor(4),
              ElementsAre("1: 1 rows", "2: declined", "3: declined", "4: 4 rows"));
}

class IgnoringListener final : public TaskListener {
 public:
  void OnTaskDone(Task& task, const TaskOutcome& outcome) override {}
};

TEST_F(TaskCheckpointTest, IsNotHeldUpByASlowConsumer) {
  IgnoringListener listener;
  TaskMetrics task_metrics;
  OperatorMetrics metrics;
  Task task("task", base::SystemClock(), memory_, task_metrics, listener,
            std::make_shared<base::ReadyQueue<Task>>());
  const auto waker = std::make_shared<WakerForTest>();
  const auto in = std::make_shared<Channel>(ChannelLimits(), memory_, waker, task.waker());
  const auto out =
      std::make_shared<Channel>(ChannelLimits{.chunks_max = 1}, memory_, task.waker(), waker);
  TaskParts parts;
  parts.head_node = {0};
  parts.tail_node = {0};
  parts.tail_metrics = &metrics;
  parts.gate = std::make_unique<InputGate>(std::vector<InputGate::Entry>{{in, 0}});
  parts.stages.push_back({{0}, std::make_unique<KeepingOperator>(memory_), &metrics});
  std::vector<std::unique_ptr<OutputPartition>> outputs;
  outputs.push_back(std::make_unique<OutputPartition>(plan::Partitioning(), 256,
                                                      std::vector<std::shared_ptr<Channel>>{out}));
  parts.tail = std::make_unique<OutputTail>(std::move(outputs));
  parts.checkpoint = std::make_unique<CheckpointParts>(
      CheckpointParts{.setup = setup_,
                      .stages = {{.id = {1}, .name = "op", .description = ""}},
                      .inputs = {{}},
                      .outputs = {{}},
                      .restored = nullptr});
  task.Assemble(std::move(parts));
  for (int64_t i = 0; i < 8; ++i) {
    in->Push(NumbersForTest({i}));
    task.Run({});
    out->Pop();
  }
  in->Push(data::Barrier{.epoch = {1}});
  in->Push(NumbersForTest({8}));
  in->Push(NumbersForTest({9}));
  EXPECT_EQ(task.Run({.nanos = kSecond}).reason, BlockingReason::kNoCredit);
  EXPECT_THAT(reports_.WaitFor(1), ElementsAre("1: 8 rows"));
  task.Cancel();
  task.Run({});
}

}  // namespace
}  // namespace laminar::engine
