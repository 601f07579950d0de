#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "engine/operators/connectors_for_test.h"
#include "engine/worker/worker.h"
#include "expression/aggregate_for_test.h"
#include "expression/bind_for_test.h"
#include "storage/faulty_store.h"
#include "storage/memory_store_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using plan::NodeId;
using plan::Partitioning;

constexpr int64_t kSecond = 1'000'000'000;

// A coordinator that knows no faults: begins epochs when it is told to, waits for all parts, and
// publishes.
class CheckpointsForTest final : public SnapshotListener {
 public:
  void OnTaskSnapshot(rpc::TaskSnapshot snapshot) override {
    base::MutexLock lock(mutex_);
    if (snapshot.ended) {
      ended_[snapshot.task] = std::move(snapshot);
    } else {
      parts_[snapshot.epoch][snapshot.task] = std::move(snapshot);
    }
    changed_.NotifyAll();
  }
  void OnTaskDeclined(const std::string& task,
                      data::Epoch epoch,
                      const absl::Status& why) override {
    base::MutexLock lock(mutex_);
    declined_[epoch] = why;
    changed_.NotifyAll();
  }

  /// Forgets the parts of an attempt that has ended.
  void StartAttempt() {
    base::MutexLock lock(mutex_);
    parts_.clear();
    ended_.clear();
  }

  /// Waits for the parts of all `tasks`; nullopt when one was declined.
  std::optional<RestoredJob> Complete(data::Epoch epoch, const std::vector<std::string>& tasks) {
    base::MutexLock lock(mutex_);
    while (true) {
      RestoredJob job{.epoch = epoch, .operators = {}, .sources = {}, .sinks = {}};
      edges_.clear();
      size_t num_parts = 0;
      for (const std::string& task : tasks) {
        const rpc::TaskSnapshot* part = nullptr;
        if (parts_[epoch].contains(task)) {
          part = &parts_[epoch].at(task);
        } else if (ended_.contains(task)) {
          part = &ended_.at(task);
        }
        if (part != nullptr) {
          ++num_parts;
          Add(*part, job);
        }
      }
      if (num_parts == tasks.size()) {
        return job;
      }
      if (declined_.contains(epoch)) {
        return std::nullopt;
      }
      EXPECT_TRUE(changed_.WaitFor(mutex_, 30 * kSecond)) << "epoch " << epoch.value;
    }
  }

  /// Every edge of the epoch completed last (one subtask alone has none): the same rows were sent
  /// and received.
  void ExpectBalancedEdges() {
    base::MutexLock lock(mutex_);
    for (const auto& [edge, sums] : edges_) {
      EXPECT_EQ(sums[0], sums[1]);
    }
  }

 private:
  void Add(const rpc::TaskSnapshot& part, RestoredJob& job) LAMINAR_REQUIRES(mutex_) {
    job.operators.insert(job.operators.end(), part.operators.begin(), part.operators.end());
    if (part.source.has_value()) {
      job.sources.push_back(*part.source);
    }
    if (part.sink.has_value()) {
      job.sinks.push_back(*part.sink);
    }
    for (const rpc::EdgeCount& edge : part.edges) {
      auto& sums = edges_[{edge.from.fingerprint, edge.to.fingerprint, edge.input}];
      sums[edge.sent ? 0 : 1].first += edge.num_rows;
      sums[edge.sent ? 0 : 1].second += edge.hash;
    }
  }

  base::Mutex mutex_;
  base::ConditionVariable changed_;
  std::map<data::Epoch, std::map<std::string, rpc::TaskSnapshot>> parts_ LAMINAR_GUARDED_BY(mutex_);
  std::map<std::string, rpc::TaskSnapshot> ended_ LAMINAR_GUARDED_BY(mutex_);
  std::map<data::Epoch, absl::Status> declined_ LAMINAR_GUARDED_BY(mutex_);
  std::map<std::tuple<uint64_t, uint64_t, int>, std::array<std::pair<int64_t, uint64_t>, 2>> edges_
      LAMINAR_GUARDED_BY(mutex_);
};

// Counts the rows of each key in windows of a second: source -> hash -> windows -> sink.
class JobCheckpointTest : public testing::TestWithParam<std::tuple<int, int>> {
 protected:
  JobCheckpointTest() { ConnectorsForTest::Reset(); }

  std::shared_ptr<const plan::JobGraph> MakeGraph(int parallelism, NumbersForTestOptions numbers) {
    auto graph = std::make_shared<plan::JobGraph>();
    data::Schema rows = NumbersSchemaForTest();
    rows.AddEventTime();
    plan::SourceSpec source = NumbersSourceForTest("numbers", numbers);
    source.watermark_delay = {10'000'000'000};
    AddNode(*graph, std::move(source), rows, {}, parallelism);

    plan::WindowAggregateSpec windows;
    windows.window = plan::WindowSpec{.kind = plan::WindowSpec::Kind::kTumble,
                                      .width = {1'000'000},
                                      .slide = {1'000'000},
                                      .offset = {0}};
    windows.window_column = 3;
    windows.keys = {0};
    windows.aggregates = expression::BindAggregatesForTest("count(*)", rows);
    data::Schema counts;
    counts.fields = {{"k", LogicalType::BIGINT},
                     {"window", LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP},
                                                     {"end", LogicalType::TIMESTAMP}})},
                     {"count", LogicalType::BIGINT}};
    counts.AddEventTime();
    AddNode(*graph, std::move(windows), counts, {Partitioning::Kind::kHash, {0}}, parallelism);

    data::Schema visible;
    visible.fields.assign(counts.fields.begin(), counts.fields.begin() + 3);
    plan::ProjectSpec project{
        expression::BindForTest("k, epoch_us(\"window\".\"start\"), count", visible)};
    data::Schema result;
    result.fields = {
        {"k", LogicalType::BIGINT}, {"start", LogicalType::BIGINT}, {"count", LogicalType::BIGINT}};
    result.AddEventTime();
    AddNode(*graph, std::move(project), result, {}, parallelism);
    AddNode(*graph, CollectSinkForTest("out", {"k", "start", "count"}, collector_), {}, {},
            parallelism);
    return graph;
  }

  static void AddNode(plan::JobGraph& graph,
                      plan::NodeSpec spec,
                      data::Schema output,
                      Partitioning partitioning,
                      int parallelism) {
    plan::Node node;
    node.id = {static_cast<int32_t>(graph.nodes.size())};
    node.spec = std::move(spec);
    node.name = std::string(plan::NodeKindName(node.spec)) + "_" + std::to_string(node.id.value);
    node.parallelism = parallelism;
    node.output = std::move(output);
    node.fingerprint = 100 + static_cast<uint64_t>(node.id.value);
    if (node.id.value > 0) {
      node.input_modes = {plan::ChangelogMode::kAppend};
      graph.edges.push_back({{node.id.value - 1}, node.id, 0, std::move(partitioning)});
    }
    graph.nodes.push_back(std::move(node));
  }

  std::unique_ptr<JobExecution> Start(Worker& worker, std::shared_ptr<const plan::JobGraph> graph) {
    checkpoints_.StartAttempt();
    auto job = worker.Start(std::move(graph), JobCheckpointing{.store = *store_,
                                                               .pipeline = "test",
                                                               .generation = {++generation_},
                                                               .listener = checkpoints_,
                                                               .restored = restored_,
                                                               .spool_folder = ""});
    EXPECT_TRUE(job.ok()) << job.status();
    return *std::move(job);
  }

  void Checkpoint(JobExecution& job, bool stop = false) {
    const data::Epoch epoch{++epoch_};
    EXPECT_TRUE(job.SendBarrier({.epoch = epoch, .stop = stop}));
    Complete(job, epoch);
  }

  void Complete(JobExecution& job, data::Epoch epoch) {
    std::optional<RestoredJob> complete = checkpoints_.Complete(epoch, job.TaskNames());
    ASSERT_TRUE(complete.has_value());
    checkpoints_.ExpectBalancedEdges();
    restored_ = std::move(complete);
    for (const rpc::SinkState& sink : restored_->sinks) {
      for (const std::string& commit : sink.commits) {
        EXPECT_TRUE(job.Commit({sink.op, sink.subtask, commit}).applied());
      }
    }
  }

  static std::vector<std::vector<int64_t>> Expected(const NumbersForTestOptions& numbers) {
    std::map<std::pair<int64_t, int64_t>, int64_t> counts;
    for (int64_t n = 0; n < numbers.rows; ++n) {
      ++counts[{n % numbers.num_keys, n / 1000 * 1'000'000}];
    }
    std::vector<std::vector<int64_t>> rows;
    for (const auto& [key, count] : counts) {
      rows.push_back({key.first, key.second, count});
    }
    return rows;
  }

  void ExpectRestoreFails(Worker& worker,
                          const NumbersForTestOptions& numbers,
                          const std::string& object) {
    std::unique_ptr<JobExecution> job = Start(worker, MakeGraph(std::get<0>(GetParam()), numbers));
    ASSERT_TRUE(job->Wait(10 * kSecond));
    EXPECT_EQ(job->status().code(), absl::StatusCode::kDataLoss) << job->status();
    EXPECT_NE(job->status().message().find(object), absl::string_view::npos) << job->status();
  }

  std::unique_ptr<storage::ObjectStore> store_ = std::make_unique<storage::MemoryStore>();
  std::shared_ptr<CollectorForTest> collector_ = std::make_shared<CollectorForTest>();
  CheckpointsForTest checkpoints_;
  std::optional<RestoredJob> restored_;
  int64_t generation_ = 0;
  int64_t epoch_ = 0;
};

TEST_P(JobCheckpointTest, PublishesEveryRowOnceWhateverDiesAndHoweverManySubtasksFollow) {
  const auto [first_parallelism, next_parallelism] = GetParam();
  const NumbersForTestOptions numbers{
      .rows = 400'000, .rows_per_chunk = 500, .num_keys = 100, .nanos_between_chunks = 500'000};
  Worker worker({.num_threads = 2});
  for (int attempt = 0; attempt < 4; ++attempt) {
    const int parallelism = attempt % 2 == 0 ? first_parallelism : next_parallelism;
    std::unique_ptr<JobExecution> job = Start(worker, MakeGraph(parallelism, numbers));
    Checkpoint(*job);
    Checkpoint(*job);
    job->Wait(5'000'000);  // rows behind the last checkpoint, which are lost
    job->StopNow();
    job->Wait(std::nullopt);
    EXPECT_TRUE(job->status().ok()) << job->status();
  }
  std::unique_ptr<JobExecution> job = Start(worker, MakeGraph(next_parallelism, numbers));
  ASSERT_TRUE(job->Wait(60 * kSecond));
  ASSERT_TRUE(job->status().ok()) << job->status();
  Complete(*job, {++epoch_});
  EXPECT_EQ(collector_->SortedPublished(), Expected(numbers));
}

// Every second call of the store fails, before or behind the change.
TEST_P(JobCheckpointTest, GoesOnWhileTheStoreFails) {
  const auto [first_parallelism, next_parallelism] = GetParam();
  const NumbersForTestOptions numbers{
      .rows = 100'000, .rows_per_chunk = 500, .num_keys = 50, .nanos_between_chunks = 300'000};
  store_ = std::make_unique<storage::FaultyStore>(
      std::move(store_),
      storage::FaultyStore::Options{.seed = 7, .rates = storage::FaultRates::Failing(0.5)});
  Worker worker({.num_threads = 2});
  for (const int parallelism : {first_parallelism, next_parallelism}) {
    std::unique_ptr<JobExecution> job = Start(worker, MakeGraph(parallelism, numbers));
    Checkpoint(*job);
    Checkpoint(*job);
    job->StopNow();
    job->Wait(std::nullopt);
    EXPECT_TRUE(job->status().ok()) << job->status();
  }
  std::unique_ptr<JobExecution> job = Start(worker, MakeGraph(first_parallelism, numbers));
  ASSERT_TRUE(job->Wait(60 * kSecond));
  ASSERT_TRUE(job->status().ok()) << job->status();
  Complete(*job, {++epoch_});
  EXPECT_EQ(collector_->SortedPublished(), Expected(numbers));
}

TEST_P(JobCheckpointTest, StopsWithALastCheckpointAndGoesOnBehindIt) {
  const auto [first_parallelism, next_parallelism] = GetParam();
  const NumbersForTestOptions numbers{
      .rows = 100'000, .rows_per_chunk = 500, .num_keys = 50, .nanos_between_chunks = 300'000};
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> stopped = Start(worker, MakeGraph(first_parallelism, numbers));
  stopped->Wait(5'000'000);
  Checkpoint(*stopped, /*stop=*/true);
  // Sources send nothing behind it: whatever was written is in the checkpoint.
  const size_t num_rows = collector_->SortedPublished().size();
  EXPECT_EQ(collector_->SortedRows().size(), num_rows);
  stopped.reset();
  std::unique_ptr<JobExecution> job = Start(worker, MakeGraph(next_parallelism, numbers));
  ASSERT_TRUE(job->Wait(60 * kSecond));
  Complete(*job, {++epoch_});
  EXPECT_EQ(collector_->SortedPublished(), Expected(numbers));
}

TEST_P(JobCheckpointTest, EndsWithTheErrorOfItsSinkWhileRowsOfACutAreHandedOver) {
  const int parallelism = std::get<0>(GetParam());
  collector_->options.fail_to_finish = true;
  const NumbersForTestOptions numbers{
      .rows = 100'000, .rows_per_chunk = 500, .num_keys = 500, .nanos_between_chunks = 300'000};
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker, MakeGraph(parallelism, numbers));
  // Several windows are open: they are more than one piece of the cut.
  while (job->Progress().rows_in < 10'000 && !job->Wait(1'000'000)) {
  }
  EXPECT_TRUE(job->SendBarrier({.epoch = {++epoch_}, .stop = true}));
  ASSERT_TRUE(job->Wait(10 * kSecond));
  EXPECT_EQ(job->status().code(), absl::StatusCode::kDataLoss) << job->status();
}

TEST_P(JobCheckpointTest, NamesTheFileThatIsMissingOrDamaged) {
  const NumbersForTestOptions numbers{
      .rows = 50'000, .rows_per_chunk = 500, .num_keys = 50, .nanos_between_chunks = 300'000};
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker, MakeGraph(std::get<0>(GetParam()), numbers));
  Checkpoint(*job);
  job.reset();
  const auto objects = store_->List("data/");
  ASSERT_TRUE(objects.ok());
  ASSERT_FALSE(objects->empty());
  for (const storage::ObjectInfo& object : *objects) {
    const std::string bytes = *store_->Get(object.key);
    std::string flipped = bytes;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
    for (const std::string& damaged : {flipped, bytes.substr(0, bytes.size() - 1), std::string()}) {
      ASSERT_TRUE(store_->Put(object.key, damaged).applied());
      ExpectRestoreFails(worker, numbers, object.key);
    }
    ASSERT_TRUE(store_->Delete(object.key).applied());
    ExpectRestoreFails(worker, numbers, object.key);
    ASSERT_TRUE(store_->Put(object.key, bytes).applied());
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         JobCheckpointTest,
                         testing::Values(std::tuple(1, 1),
                                         std::tuple(2, 2),
                                         std::tuple(1, 3),
                                         std::tuple(4, 1),
                                         std::tuple(2, 5)));

}  // namespace
}  // namespace laminar::engine
