// What a chunk of 2048 rows costs on its way, without the work of the operators themselves: through
// a channel, on one thread and between two; through an exchange by key; through chains of operators
// that only pass it on; and through a line of tasks on one runner. Google Benchmark; `rows/s` are
// for full chunks.
#include <atomic>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/parker.h"
#include "base/thread.h"
#include "engine/network/network_for_test.h"
#include "engine/network/output_partition.h"
#include "engine/operators/union/union.h"
#include "engine/task/operator_chain.h"
#include "engine/task/task_runner.h"

namespace laminar::engine {
namespace {

constexpr int64_t kRows = base::kRowsPerChunkMax;

void CountRows(benchmark::State& state) { state.SetItemsProcessed(state.iterations() * kRows); }

// Six columns, as a bid has.
data::Chunk WideChunk() {
  data::Chunk chunk =
      data::Chunk::Allocate(std::vector<data::LogicalType>(6, data::LogicalType::BIGINT));
  for (data::idx_t column = 0; column < 6; ++column) {
    auto* values = duckdb::FlatVector::GetData<int64_t>(chunk.column(column));
    for (int64_t row = 0; row < kRows; ++row) {
      values[row] = row * 7919 + static_cast<int64_t>(column);
    }
  }
  chunk.set_num_rows(kRows);
  return chunk;
}

void ChannelOnOneThread(benchmark::State& state) {
  ChannelForTest test;
  data::Chunk chunk = WideChunk();
  for (auto _ : state) {
    benchmark::DoNotOptimize(test.channel->HasCredit());
    test.channel->Push(std::move(chunk));
    data::StreamEvent event = test.channel->Pop();
    chunk = std::move(std::get<data::Chunk>(event));
  }
  CountRows(state);
}
BENCHMARK(ChannelOnOneThread);

class ParkedWaker final : public base::Waker {
 public:
  void Wake() override { parker.Unpark(); }
  base::Parker parker;
};

void ChannelBetweenTwoThreads(benchmark::State& state) {
  MemoryForTest memory;
  auto producer = std::make_shared<ParkedWaker>();
  auto consumer = std::make_shared<ParkedWaker>();
  Channel channel({}, memory, producer, consumer);
  base::Thread thread("consumer", [&] {
    while (true) {
      while (channel.empty()) {
        consumer->parker.Park(std::nullopt);
      }
      if (std::holds_alternative<data::EndOfInput>(channel.Pop())) {
        return;
      }
    }
  });
  const data::Chunk chunk = WideChunk();
  for (auto _ : state) {
    while (!channel.HasCredit()) {
      producer->parker.Park(std::nullopt);
    }
    channel.Push(chunk.Share());
  }
  while (!channel.HasRoom()) {
    producer->parker.Park(std::nullopt);
  }
  channel.Push(data::EndOfInput());
  thread.Join();
  CountRows(state);
}
BENCHMARK(ChannelBetweenTwoThreads)->UseRealTime();

void HashExchange(benchmark::State& state) {
  const auto num_targets = static_cast<size_t>(state.range(0));
  MemoryForTest memory;
  auto waker = std::make_shared<WakerForTest>();
  std::vector<std::shared_ptr<Channel>> channels;
  for (size_t i = 0; i < num_targets; ++i) {
    channels.push_back(std::make_shared<Channel>(ChannelLimits(), memory, waker, waker));
  }
  OutputPartition output({plan::Partitioning::Kind::kHash, {0}}, 256, channels);
  const data::Chunk chunk = WideChunk();
  for (auto _ : state) {
    output.WriteChunk(chunk.Share(), /*shared=*/false);
    for (const auto& channel : channels) {
      while (!channel->empty()) {
        channel->Pop();
      }
    }
  }
  CountRows(state);
}
BENCHMARK(HashExchange)->Arg(2)->Arg(4)->Arg(16);

// Takes what comes, as the fastest sink would.
class NullTail final : public ChainTail {
 public:
  bool CanTakeChunk() override { return true; }
  bool CanTakeEvent() override { return true; }
  absl::Status TakeChunk(data::Chunk chunk) override {
    last = std::move(chunk);
    return absl::OkStatus();
  }
  absl::Status TakeWatermark(const data::Watermark& watermark) override { return absl::OkStatus(); }
  absl::Status TakeBarrier(const data::Barrier& barrier) override { return absl::OkStatus(); }
  absl::Status TakeEnd() override { return absl::OkStatus(); }
  BlockingReason blocking_reason() const override { return BlockingReason::kNoCredit; }

  data::Chunk last;
};

void ChainOfOperators(benchmark::State& state) {
  const auto num_operators = static_cast<size_t>(state.range(0));
  std::vector<OperatorMetrics> metrics(num_operators + 1);
  std::vector<OperatorChain::Stage> stages;
  for (size_t i = 0; i < num_operators; ++i) {
    stages.push_back({{static_cast<int32_t>(i)}, MakeUnion(), &metrics[i]});
  }
  NullTail tail;
  tail.last = WideChunk();
  OperatorChain chain(std::move(stages), tail, {99}, metrics.back(), base::SystemClock());
  chain.StartMeasuring(base::SystemClock().Now());
  for (auto _ : state) {
    chain.Accept(InputChunk{0, std::move(tail.last)});
    while (!chain.empty()) {
      if (!chain.Step().ok()) {
        state.SkipWithError("a step failed");
        return;
      }
    }
  }
  CountRows(state);
}
BENCHMARK(ChainOfOperators)->Arg(0)->Arg(1)->Arg(4);

class NullListener final : public TaskListener {
 public:
  void OnTaskDone(Task& task, const TaskOutcome& outcome) override {}
};

// Chunks through a line of tasks on one runner: channels, gates, wake-ups and turns included.
void LineOfTasks(benchmark::State& state) {
  const auto num_tasks = static_cast<size_t>(state.range(0));
  MemoryForTest memory;
  NullListener listener;
  TaskRunner runner(base::SystemClock());
  auto outside = std::make_shared<WakerForTest>();
  std::vector<TaskMetrics> task_metrics(num_tasks);
  std::vector<OperatorMetrics> metrics(num_tasks);
  std::vector<std::unique_ptr<Task>> tasks;
  std::vector<std::shared_ptr<Channel>> channels;
  for (size_t i = 0; i < num_tasks; ++i) {
    tasks.push_back(std::make_unique<Task>("task", base::SystemClock(), memory, task_metrics[i],
                                           listener, runner.queue()));
  }
  for (size_t i = 0; i <= num_tasks; ++i) {
    std::shared_ptr<base::Waker> producer = outside;
    std::shared_ptr<base::Waker> consumer = outside;
    if (i > 0) {
      producer = tasks[i - 1]->waker();
    }
    if (i < num_tasks) {
      consumer = tasks[i]->waker();
    }
    channels.push_back(std::make_shared<Channel>(ChannelLimits(), memory, producer, consumer));
  }
  for (size_t i = 0; i < num_tasks; ++i) {
    TaskParts parts;
    parts.tail_metrics = &metrics[i];
    parts.gate = std::make_unique<InputGate>(std::vector<InputGate::Entry>{{channels[i], 0}});
    std::vector<std::unique_ptr<OutputPartition>> outputs;
    outputs.push_back(std::make_unique<OutputPartition>(
        plan::Partitioning(), 256, std::vector<std::shared_ptr<Channel>>{channels[i + 1]}));
    parts.tail = std::make_unique<OutputTail>(std::move(outputs));
    tasks[i]->Assemble(std::move(parts));
  }
  const data::Chunk chunk = WideChunk();
  constexpr int kChunksPerTurn = 8;
  for (auto _ : state) {
    for (int i = 0; i < kChunksPerTurn; ++i) {
      channels.front()->Push(chunk.Share());
      channels.front()->Push(data::Watermark{data::EventTime::Min(), false, {}});
    }
    while (runner.RunReady() > 0) {
    }
    while (!channels.back()->empty()) {
      channels.back()->Pop();
    }
  }
  for (const auto& task : tasks) {
    task->Cancel();
  }
  while (runner.RunReady() > 0) {
  }
  state.SetItemsProcessed(state.iterations() * kChunksPerTurn * kRows);
  state.counters["ns/chunk/task"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kChunksPerTurn) *
                             static_cast<double>(num_tasks) / 1e9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(LineOfTasks)->Arg(1)->Arg(10);

}  // namespace
}  // namespace laminar::engine

BENCHMARK_MAIN();
