#include "engine/task/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/thread.h"
#include "engine/network/network_for_test.h"
#include "engine/operators/clock_for_test.h"
#include "engine/operators/connectors_for_test.h"
#include "engine/task/task_runner.h"

namespace laminar::engine {
namespace {

using State = RunResult::State;

// Remembers how tasks ended.
class ListenerForTest final : public TaskListener {
 public:
  void OnTaskDone(Task& task, const TaskOutcome& outcome) override {
    outcomes[task.name()] = outcome;
    ++done;
  }

  std::map<std::string, TaskOutcome> outcomes;
  int done = 0;
};

// A task with one operator that throws when asked.
class ThrowingOperator final : public Operator {
 public:
  absl::Status Process(int input, data::Chunk chunk) override {
    // As the vector library does, deep below.
    return std::vector<absl::Status>().at(1);
  }
  absl::StatusOr<std::optional<data::Chunk>> Produce() override { return std::nullopt; }
};

class TaskTest : public testing::Test {
 protected:
  TaskTest() { ConnectorsForTest::Reset(); }

  // A source straight into a sink.
  Task& MakeSourceToSink(const NumbersForTestOptions& options) {
    sink_node_.id = {1};
    sink_node_.spec = CollectSinkForTest("out", {"k", "n"}, collector_);
    Task& task = NewTask("task");
    TaskParts parts = SourceParts(task, options);
    parts.tail = std::make_unique<SinkTail>(std::make_unique<SinkOperator>(
        sink_node_, SinkOperator::Context{.clock = clock_,
                                          .wake = [slot = task.waker()] { slot->Wake(); },
                                          .metrics = sink_op_,
                                          .sink_metrics = sink_metrics_}));
    task.Assemble(std::move(parts));
    return task;
  }

  // A source straight into a channel.
  Task& MakeSourceToChannel(const NumbersForTestOptions& options) {
    Task& task = NewTask("task");
    TaskParts parts = SourceParts(task, options);
    parts.tail = ChannelTail(task, ChannelLimits());
    task.Assemble(std::move(parts));
    return task;
  }

  // From a channel, through `op` if there is one, to a channel.
  Task& MakeChannelToChannel(std::unique_ptr<Operator> op = nullptr) {
    Task& task = NewTask("task");
    TaskParts parts = Parts();
    in_ = std::make_shared<Channel>(ChannelLimits(), memory_, waker_, task.waker());
    parts.gate = std::make_unique<InputGate>(std::vector<InputGate::Entry>{{in_, 0}});
    if (op != nullptr) {
      parts.stages.push_back({{0}, std::move(op), &source_op_});
    }
    parts.tail = ChannelTail(task, {.chunks_max = 2});
    task.Assemble(std::move(parts));
    return task;
  }

  TaskParts SourceParts(Task& task, const NumbersForTestOptions& options) {
    source_node_.id = {0};
    source_node_.spec = NumbersSourceForTest("numbers", options);
    TaskParts parts = Parts();
    parts.source = std::make_unique<SourceOperator>(
        source_node_, SourceOperator::Context{.clock = clock_,
                                              .wake = [slot = task.waker()] { slot->Wake(); },
                                              .metrics = source_op_,
                                              .source_metrics = source_metrics_});
    parts.source_metrics = &source_op_;
    return parts;
  }

  std::unique_ptr<ChainTail> ChannelTail(Task& task, ChannelLimits limits) {
    out_ = std::make_shared<Channel>(limits, memory_, task.waker(), waker_);
    std::vector<std::unique_ptr<OutputPartition>> outputs;
    outputs.push_back(std::make_unique<OutputPartition>(
        plan::Partitioning(), 256, std::vector<std::shared_ptr<Channel>>{out_}));
    return std::make_unique<OutputTail>(std::move(outputs));
  }

  TaskParts Parts() {
    TaskParts parts;
    parts.head_node = {0};
    parts.tail_node = {1};
    parts.tail_metrics = &sink_op_;
    return parts;
  }

  Task& NewTask(const std::string& name) {
    tasks_.push_back(std::make_unique<Task>(name, clock_, memory_, metrics_, listener_,
                                            std::make_shared<base::ReadyQueue<Task>>()));
    return *tasks_.back();
  }

  ClockForTest clock_;
  MemoryForTest memory_;
  ListenerForTest listener_;
  TaskMetrics metrics_;
  OperatorMetrics source_op_;
  OperatorMetrics sink_op_;
  SourceMetrics source_metrics_;
  SinkMetrics sink_metrics_;
  std::shared_ptr<CollectorForTest> collector_ = std::make_shared<CollectorForTest>();
  plan::Node source_node_;
  plan::Node sink_node_;
  std::shared_ptr<WakerForTest> waker_ = std::make_shared<WakerForTest>();
  std::shared_ptr<Channel> in_;
  std::shared_ptr<Channel> out_;
  std::vector<std::unique_ptr<Task>> tasks_;
};

TEST_F(TaskTest, RunsFromItsSourceToItsSinkUntilTheEnd) {
  Task& task = MakeSourceToSink({.rows = 5000});
  EXPECT_EQ(task.Run({}).state, State::kDone);
  EXPECT_TRUE(task.outcome().status.ok());
  EXPECT_FALSE(task.outcome().cancelled);
  const CollectorForTest::Subtask sink = collector_->Get(0);
  EXPECT_EQ(sink.rows.size(), 5000);
  EXPECT_TRUE(sink.finished);
  EXPECT_TRUE(sink.closed);
  EXPECT_EQ(sink.watermarks.back(), data::EventTime::Max());
  EXPECT_TRUE(std::is_sorted(sink.watermarks.begin(), sink.watermarks.end()));
}

TEST_F(TaskTest, ReturnsAfterItsBudgetOfChunks) {
  Task& task = MakeSourceToSink({.rows = 100, .rows_per_chunk = 10});
  EXPECT_EQ(task.Run({.num_chunks = 3}).state, State::kProgress);
  EXPECT_EQ(collector_->num_rows(), 20) << "the third chunk is on its way";
  EXPECT_EQ(task.Run({.num_chunks = 100}).state, State::kDone);
  EXPECT_EQ(collector_->num_rows(), 100);
}

TEST_F(TaskTest, SaysThatItWaitsForTheTimeOfItsNextRows) {
  Task& task =
      MakeSourceToSink({.rows = 20, .rows_per_chunk = 10, .nanos_between_chunks = 5'000'000});
  const RunResult result = task.Run({});
  EXPECT_EQ(result.state, State::kBlocked);
  EXPECT_EQ(result.reason, BlockingReason::kTimer);
  EXPECT_EQ(result.wake_at, base::MonotonicTime{clock_.nanos + 5'000'000});
  EXPECT_EQ(metrics_.blocked_on.Get(), static_cast<int64_t>(BlockingReason::kTimer));
  clock_.Advance(5'000'000);
  EXPECT_EQ(task.Run({}).state, State::kDone);
  EXPECT_EQ(metrics_.blocked_nanos[static_cast<size_t>(BlockingReason::kTimer)].Get(), 5'000'000);
  EXPECT_EQ(metrics_.blocked_on.Get(), -1);
}

TEST_F(TaskTest, SaysThatItsSinkIsBusyAndAsksAgain) {
  collector_->options.busy_nanos_per_chunk = 100;
  Task& task = MakeSourceToSink({.rows = 20, .rows_per_chunk = 10});
  const RunResult result = task.Run({});
  EXPECT_EQ(result.reason, BlockingReason::kSinkBusy);
  EXPECT_EQ(result.wake_at, base::MonotonicTime{clock_.nanos + 100});
  clock_.Advance(100);
  EXPECT_EQ(task.Run({}).state, State::kDone);
}

TEST_F(TaskTest, WaitsForItsSinkToFinish) {
  collector_->options.finish_calls = 3;
  Task& task = MakeSourceToSink({.rows = 1});
  EXPECT_EQ(task.Run({}).reason, BlockingReason::kSinkBusy);
  EXPECT_EQ(task.Run({}).reason, BlockingReason::kSinkBusy);
  EXPECT_EQ(task.Run({}).state, State::kDone);
}

TEST_F(TaskTest, SaysThatItsSourceIsQuiet) {
  Task& task = MakeSourceToSink({.rows = 1, .end = false});
  EXPECT_EQ(task.Run({}).reason, BlockingReason::kNoInput);
  task.Cancel();
  EXPECT_EQ(task.Run({}).state, State::kDone);
  EXPECT_TRUE(task.outcome().cancelled);
  EXPECT_FALSE(collector_->Get(0).finished);
  EXPECT_TRUE(collector_->Get(0).closed);
}

TEST_F(TaskTest, StopsAfterWhatItHasReadWithoutAFinalWatermark) {
  Task& task = MakeSourceToSink({.rows_per_chunk = 10});
  task.Run({.num_chunks = 4});
  task.Stop();
  EXPECT_EQ(task.Run({}).state, State::kDone);
  const CollectorForTest::Subtask sink = collector_->Get(0);
  EXPECT_EQ(sink.rows.size(), 40);
  EXPECT_TRUE(sink.finished);
  EXPECT_LT(sink.watermarks.back(), data::EventTime::Max());
}

TEST_F(TaskTest, SendsBarriersFromItsSource) {
  Task& task = MakeSourceToChannel({.rows = 10, .end = false});
  task.Run({});
  while (!out_->empty()) {
    out_->Pop();
  }
  EXPECT_TRUE(task.SendBarrier({{1}}));
  EXPECT_TRUE(task.SendBarrier({{2}}));
  task.Run({});
  EXPECT_EQ(std::get<data::Barrier>(out_->Pop()).epoch.value, 1);
  EXPECT_EQ(std::get<data::Barrier>(out_->Pop()).epoch.value, 2);
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(task.SendBarrier({{3 + i}}));
  }
  EXPECT_FALSE(task.SendBarrier({{100}}));
  task.Cancel();
  task.Run({});
}

TEST_F(TaskTest, FailsWithTheErrorOfItsSource) {
  Task& task = MakeSourceToSink({.rows = 5000, .fail_at = 3000});
  EXPECT_EQ(task.Run({}).state, State::kDone);
  EXPECT_EQ(task.outcome().status.message(), "the test source is broken at row 3000");
  EXPECT_EQ(task.outcome().failed_node.value, 0);
  EXPECT_TRUE(collector_->Get(0).closed);
  EXPECT_FALSE(collector_->Get(0).finished);
}

TEST_F(TaskTest, FailsWhenItsSourceCannotBeOpened) {
  Task& task = MakeSourceToSink({.fail_to_open = true});
  EXPECT_EQ(task.Run({}).state, State::kDone);
  EXPECT_EQ(task.outcome().status.message(), "the test source is not there");
  EXPECT_EQ(task.outcome().failed_node.value, 0);
}

TEST_F(TaskTest, FailsWhenItsSinkCannotBeOpened) {
  collector_->options.fail_to_open = true;
  Task& task = MakeSourceToSink({.rows = 1});
  EXPECT_EQ(task.Run({}).state, State::kDone);
  EXPECT_EQ(task.outcome().status.message(), "the test sink is not there");
  EXPECT_EQ(task.outcome().failed_node.value, 1);
}

TEST_F(TaskTest, FailsWithTheErrorsOfItsSink) {
  collector_->options.fail_at = 1000;
  Task& task = MakeSourceToSink({.rows = 5000});
  EXPECT_EQ(task.Run({}).state, State::kDone);
  EXPECT_EQ(task.outcome().status.message(), "the test sink is full");
  EXPECT_EQ(task.outcome().failed_node.value, 1);
}

TEST_F(TaskTest, FailsWhenItsSinkCannotFinish) {
  collector_->options.fail_to_finish = true;
  Task& task = MakeSourceToSink({.rows = 10});
  EXPECT_EQ(task.Run({}).state, State::kDone);
  EXPECT_EQ(task.outcome().status.message(), "the test sink cannot be published");
  EXPECT_EQ(task.outcome().failed_node.value, 1);
}

TEST_F(TaskTest, TurnsAnExceptionOfTheVectorLibraryIntoItsError) {
  Task& task = MakeChannelToChannel(std::make_unique<ThrowingOperator>());
  in_->Push(NumbersForTest({1}));
  EXPECT_EQ(task.Run({}).state, State::kDone);
  EXPECT_EQ(task.outcome().status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(task.outcome().status.message()), testing::HasSubstr("vector"));
  EXPECT_EQ(task.outcome().failed_node.value, 0);
}

TEST_F(TaskTest, PassesRowsFromChannelToChannelAndBlocksWithoutCredit) {
  Task& task = MakeChannelToChannel();
  EXPECT_EQ(task.Run({}).reason, BlockingReason::kNoInput);
  for (int i = 0; i < 4; ++i) {
    in_->Push(NumbersForTest({i}));
  }
  EXPECT_EQ(task.Run({}).reason, BlockingReason::kNoCredit);
  EXPECT_EQ(out_->num_chunks(), 2);
  out_->Pop();
  out_->Pop();
  in_->Push(data::EndOfInput());
  EXPECT_EQ(task.Run({}).state, State::kDone);
  EXPECT_EQ(out_->num_chunks(), 2);
}

TEST_F(TaskTest, SaysThatItAligns) {
  Task& task = NewTask("task");
  TaskParts parts = Parts();
  std::vector<std::shared_ptr<Channel>> channels;
  std::vector<InputGate::Entry> entries;
  for (int i = 0; i < 2; ++i) {
    channels.push_back(std::make_shared<Channel>(ChannelLimits(), memory_, waker_, task.waker()));
    entries.push_back({channels.back(), 0});
  }
  parts.gate = std::make_unique<InputGate>(std::move(entries));
  parts.tail = ChannelTail(task, ChannelLimits());
  task.Assemble(std::move(parts));
  channels[0]->Push(data::Barrier{{1}});
  EXPECT_EQ(task.Run({}).reason, BlockingReason::kAligning);
  channels[1]->Push(data::Barrier{{1}});
  EXPECT_EQ(task.Run({}).reason, BlockingReason::kNoInput);
  EXPECT_EQ(std::get<data::Barrier>(out_->Pop()).epoch.value, 1);
  task.Cancel();
  task.Run({});
}

// Chains of tasks over channels, for the runner.
class TaskRunnerTest : public testing::Test {
 protected:
  struct Pipe {
    std::shared_ptr<Channel> first;
    std::shared_ptr<Channel> last;
  };

  // A line of tasks, the i-th on runners[i % size].
  Pipe MakePipe(int num_tasks, const std::vector<TaskRunner*>& runners, ChannelLimits limits) {
    std::vector<Task*> line;
    for (int i = 0; i < num_tasks; ++i) {
      metrics_.push_back(std::make_unique<TaskMetrics>());
      tasks_.push_back(std::make_unique<Task>("task", base::SystemClock(), memory_,
                                              *metrics_.back(), listener_,
                                              runners[i % runners.size()]->queue()));
      line.push_back(tasks_.back().get());
    }
    std::vector<std::shared_ptr<Channel>> channels;
    for (int i = 0; i <= num_tasks; ++i) {
      std::shared_ptr<base::Waker> producer = waker_;
      std::shared_ptr<base::Waker> consumer = waker_;
      if (i > 0) {
        producer = line[i - 1]->waker();
      }
      if (i < num_tasks) {
        consumer = line[i]->waker();
      }
      channels.push_back(std::make_shared<Channel>(
          i == 0 || i == num_tasks ? ChannelLimits{.chunks_max = 32} : limits, memory_, producer,
          consumer));
    }
    for (int i = 0; i < num_tasks; ++i) {
      TaskParts parts;
      parts.tail_metrics = &op_metrics_.emplace_back();
      parts.gate = std::make_unique<InputGate>(std::vector<InputGate::Entry>{{channels[i], 0}});
      std::vector<std::unique_ptr<OutputPartition>> outputs;
      outputs.push_back(std::make_unique<OutputPartition>(
          plan::Partitioning(), 256, std::vector<std::shared_ptr<Channel>>{channels[i + 1]}));
      parts.tail = std::make_unique<OutputTail>(std::move(outputs));
      line[i]->Assemble(std::move(parts));
    }
    return {channels.front(), channels.back()};
  }

  class CountingListener final : public TaskListener {
   public:
    void OnTaskDone(Task& task, const TaskOutcome& outcome) override {
      EXPECT_TRUE(outcome.status.ok()) << outcome.status;
      base::MutexLock lock(mutex_);
      ++done_;
    }
    int done() {
      base::MutexLock lock(mutex_);
      return done_;
    }

   private:
    base::Mutex mutex_;
    int done_ LAMINAR_GUARDED_BY(mutex_) = 0;
  };

  MemoryForTest memory_;
  CountingListener listener_;
  std::shared_ptr<WakerForTest> waker_ = std::make_shared<WakerForTest>();
  std::deque<OperatorMetrics> op_metrics_;
  std::vector<std::unique_ptr<TaskMetrics>> metrics_;
  std::vector<std::unique_ptr<Task>> tasks_;
};

TEST_F(TaskRunnerTest, RunsReadyTasksInTurnAndRestsWithoutThem) {
  // With all the time in the world, so that a slow machine does not cut a turn short.
  TaskRunner runner(base::SystemClock(), {.nanos = int64_t{1} << 50});
  const Pipe pipe = MakePipe(3, {&runner}, {});
  EXPECT_EQ(runner.RunReady(), 0);
  pipe.first->Push(NumbersForTest({1}));
  pipe.first->Push(data::EndOfInput());
  EXPECT_EQ(runner.RunReady(), 1);
  EXPECT_EQ(runner.RunReady(), 1);
  EXPECT_EQ(runner.RunReady(), 1);
  EXPECT_EQ(runner.RunReady(), 0);
  EXPECT_EQ(pipe.last->num_chunks(), 1);
  EXPECT_EQ(listener_.done(), 3);
}

TEST_F(TaskRunnerTest, RunsAThousandTasksOnTwoThreads) {
  TaskRunner first(base::SystemClock());
  TaskRunner second(base::SystemClock());
  const Pipe pipe = MakePipe(1000, {&first, &second}, {.chunks_max = 2});
  for (int i = 0; i < 32; ++i) {
    pipe.first->Push(NumbersForTest({i}));
  }
  pipe.first->Push(data::Watermark{data::EventTime::Max(), false, {}});
  pipe.first->Push(data::EndOfInput());
  {
    base::Thread one("one", [&] { first.Loop(); });
    base::Thread two("two", [&] { second.Loop(); });
    while (listener_.done() < 1000) {
      base::SleepNanos(1'000'000);
    }
    first.Stop();
    second.Stop();
  }
  for (int i = 0; i < 32; ++i) {
    EXPECT_EQ(ReadNumbersForTest(std::get<data::Chunk>(pipe.last->Pop())), std::vector<int64_t>{i});
  }
}

TEST_F(TaskRunnerTest, UsesNoTimeWhenIdle) {
  TaskRunner runner(base::SystemClock());
  const Pipe pipe = MakePipe(1, {&runner}, {});
  base::Counter cpu_nanos;
  {
    base::Thread thread("idle", [&] {
      runner.Loop();
      cpu_nanos.Set(base::ThreadCpuNanos());
    });
    base::SleepNanos(200'000'000);
    pipe.first->Push(data::EndOfInput());
    while (listener_.done() < 1) {
      base::SleepNanos(1'000'000);
    }
    runner.Stop();
  }
  EXPECT_LT(cpu_nanos.Get(), 20'000'000);
}

TEST_F(TaskTest, TheRunnerWakesTasksAtTheirTimes) {
  TaskRunner runner(clock_);
  source_node_.spec = NumbersSourceForTest(
      "numbers", {.rows = 20, .rows_per_chunk = 10, .nanos_between_chunks = 5'000'000});
  sink_node_.spec = CollectSinkForTest("out", {"k", "n"}, collector_);
  tasks_.push_back(
      std::make_unique<Task>("timed", clock_, memory_, metrics_, listener_, runner.queue()));
  Task& task = *tasks_.back();
  TaskParts parts = Parts();
  parts.source = std::make_unique<SourceOperator>(
      source_node_, SourceOperator::Context{.clock = clock_,
                                            .wake = [] {},
                                            .metrics = source_op_,
                                            .source_metrics = source_metrics_});
  parts.source_metrics = &source_op_;
  parts.tail = std::make_unique<SinkTail>(std::make_unique<SinkOperator>(
      sink_node_,
      SinkOperator::Context{
          .clock = clock_, .wake = [] {}, .metrics = sink_op_, .sink_metrics = sink_metrics_}));
  task.Assemble(std::move(parts));
  task.waker()->Wake();
  EXPECT_EQ(runner.RunReady(), 1);
  EXPECT_EQ(runner.RunReady(), 0);
  EXPECT_EQ(runner.next_timer(), base::MonotonicTime{clock_.nanos + 5'000'000});
  clock_.Advance(4'999'999);
  EXPECT_EQ(runner.RunReady(), 0);
  clock_.Advance(1);
  EXPECT_EQ(runner.RunReady(), 1);
  EXPECT_EQ(listener_.done, 1);
  EXPECT_EQ(runner.next_timer(), std::nullopt);
}

}  // namespace
}  // namespace laminar::engine
