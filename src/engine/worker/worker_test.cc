#include "engine/worker/worker.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/operators/connectors_for_test.h"
#include "expression/bind_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using plan::NodeId;
using plan::Partitioning;

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1'000 * kMillisecond;

// Builds graphs of test sources and sinks and runs them.
class WorkerTest : public testing::Test {
 protected:
  WorkerTest() { ConnectorsForTest::Reset(); }

  NodeId Add(plan::NodeSpec spec,
             data::Schema output,
             std::vector<std::pair<NodeId, Partitioning>> inputs,
             int parallelism) {
    plan::Node node;
    node.id = {static_cast<int32_t>(graph_->nodes.size())};
    node.spec = std::move(spec);
    node.name = std::string(plan::NodeKindName(node.spec)) + "_" + std::to_string(node.id.value);
    node.description = "the " + node.name;
    node.parallelism = parallelism;
    node.output = std::move(output);
    node.input_modes.assign(inputs.size(), plan::ChangelogMode::kAppend);
    node.sql_offset = 100 + node.id.value;
    for (size_t i = 0; i < inputs.size(); ++i) {
      graph_->edges.push_back({inputs[i].first, node.id, static_cast<int>(i), inputs[i].second});
    }
    graph_->nodes.push_back(node);
    return node.id;
  }

  NodeId AddSource(const NumbersForTestOptions& options, int parallelism = 1) {
    const std::string table = "numbers_" + std::to_string(graph_->nodes.size());
    data::Schema output = NumbersSchemaForTest();
    output.AddEventTime();
    return Add(NumbersSourceForTest(table, options), output, {}, parallelism);
  }

  NodeId AddFilter(NodeId input, const std::string& predicate, Partitioning partitioning = {}) {
    const plan::Node& from = graph_->node(input);
    return Add(plan::FilterSpec{expression::BindOneForTest(predicate, Visible(from.output))},
               from.output, {{input, partitioning}}, from.parallelism);
  }

  // All columns BIGINT.
  NodeId AddProject(NodeId input,
                    const std::string& expressions,
                    Partitioning partitioning,
                    int parallelism) {
    auto bound = expression::BindForTest(expressions, Visible(graph_->node(input).output));
    data::Schema output;
    for (size_t i = 0; i < bound.size(); ++i) {
      output.fields.push_back({"c" + std::to_string(i), bound[i].type()});
    }
    output.AddEventTime();
    return Add(plan::ProjectSpec{std::move(bound)}, output, {{input, partitioning}}, parallelism);
  }

  NodeId AddSink(NodeId input,
                 Partitioning partitioning = {},
                 int parallelism = 1,
                 std::shared_ptr<CollectorForTest> collector = nullptr) {
    const std::string table = "out_" + std::to_string(graph_->nodes.size());
    std::vector<std::string> columns;
    const data::Schema& schema = graph_->node(input).output;
    for (size_t i = 0; i < schema.num_visible_columns(); ++i) {
      if (schema.fields[i].type == LogicalType::BIGINT) {
        columns.push_back(schema.fields[i].name);
      }
    }
    EXPECT_EQ(columns.size(), schema.num_visible_columns()) << "the test sink takes numbers only";
    return Add(CollectSinkForTest(table, columns, collector != nullptr ? collector : collector_),
               {}, {{input, partitioning}}, parallelism);
  }

  static data::Schema Visible(const data::Schema& schema) {
    data::Schema visible;
    visible.fields.assign(
        schema.fields.begin(),
        schema.fields.begin() + static_cast<int64_t>(schema.num_visible_columns()));
    return visible;
  }

  std::unique_ptr<JobExecution> Start(Worker& worker) {
    auto job = worker.Start(graph_);
    EXPECT_TRUE(job.ok()) << job.status();
    return job.ok() ? std::move(*job) : nullptr;
  }

  static Partitioning Hash(std::vector<size_t> columns) {
    return {Partitioning::Kind::kHash, std::move(columns)};
  }

  std::shared_ptr<plan::JobGraph> graph_ = std::make_shared<plan::JobGraph>();
  std::shared_ptr<CollectorForTest> collector_ = std::make_shared<CollectorForTest>();
};

class WorkerParallelismTest : public WorkerTest,
                              public testing::WithParamInterface<std::tuple<int, int, int64_t>> {};

TEST_P(WorkerParallelismTest, ComputesTheSameOnAnyNumberOfSubtasksThreadsAndRowsPerChunk) {
  const auto [parallelism, num_threads, rows_per_chunk] = GetParam();
  const int64_t rows = rows_per_chunk == 1 ? 2000 : 50'000;
  const NodeId source = AddSource({.rows = rows, .rows_per_chunk = rows_per_chunk}, parallelism);
  const NodeId filter = AddFilter(source, "n % 3 = 0");
  const NodeId first = AddProject(filter, "k, n", {}, parallelism);
  const NodeId second = AddProject(first, "c0, c1 * 2", Hash({0}), parallelism);
  AddSink(second, {}, parallelism);

  Worker worker({.num_threads = num_threads});
  std::unique_ptr<JobExecution> job = Start(worker);
  ASSERT_TRUE(job->Wait(60 * kSecond));
  EXPECT_EQ(job->state(), JobState::kFinished);
  EXPECT_TRUE(job->status().ok());

  std::vector<std::vector<int64_t>> expected;
  for (int64_t n = 0; n < rows; n += 3) {
    expected.push_back({n % 10, 2 * n});
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(collector_->SortedRows(), expected);

  std::map<int64_t, int> subtask_of_key;
  for (const auto& [number, subtask] : collector_->GetAll()) {
    EXPECT_TRUE(subtask.finished);
    EXPECT_TRUE(subtask.closed);
    EXPECT_EQ(subtask.watermarks.back(), data::EventTime::Max());
    EXPECT_TRUE(std::is_sorted(subtask.watermarks.begin(), subtask.watermarks.end()));
    EXPECT_EQ(
        std::set<data::EventTime>(subtask.watermarks.begin(), subtask.watermarks.end()).size(),
        subtask.watermarks.size())
        << "every watermark advances";
    for (const auto& row : subtask.rows) {
      EXPECT_EQ(subtask_of_key.emplace(row[0], number).first->second, number)
          << "a key has one subtask";
    }
  }

  const JobProgress progress = job->Progress();
  EXPECT_EQ(progress.rows_in, rows);
  EXPECT_EQ(progress.rows_out, static_cast<int64_t>(expected.size()));
  EXPECT_EQ(progress.watermark, data::EventTime::Max());
  EXPECT_EQ(progress.latency_nanos.count(), progress.rows_out);
  EXPECT_EQ(progress.operators[1].rows_in, rows);
  EXPECT_EQ(progress.operators[1].rows_out, progress.rows_out);
}

INSTANTIATE_TEST_SUITE_P(All,
                         WorkerParallelismTest,
                         testing::Values(std::tuple(1, 1, 2048),
                                         std::tuple(1, 2, 7),
                                         std::tuple(2, 2, 2048),
                                         std::tuple(3, 2, 1),
                                         std::tuple(3, 1, 7),
                                         std::tuple(3, 2, 2048),
                                         std::tuple(16, 2, 2048)));

TEST_F(WorkerTest, ChainsEverythingIntoOneTaskWithOneSubtask) {
  const NodeId source = AddSource({.rows = 10});
  const NodeId project = AddProject(source, "k, n", Hash({0}), 1);
  AddSink(project, {Partitioning::Kind::kRebalance, {}});
  Worker worker({.num_threads = 1});
  std::unique_ptr<JobExecution> job = Start(worker);
  EXPECT_EQ(job->num_tasks(), 1);
  EXPECT_TRUE(job->Wait(10 * kSecond));
  EXPECT_EQ(collector_->num_rows(), 10);
}

TEST_F(WorkerTest, ReadsASourceOnceForSeveralSinks) {
  const NodeId source = AddSource({.rows = 30'000});
  auto even = std::make_shared<CollectorForTest>();
  const NodeId numbers = AddProject(source, "k, n", {}, 1);
  AddSink(AddProject(AddFilter(numbers, "c1 % 2 = 0"), "c1", {}, 1), {}, 1, even);
  AddSink(AddProject(numbers, "c1 + 1", {Partitioning::Kind::kRebalance, {}}, 3), {}, 3);
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker);
  ASSERT_TRUE(job->Wait(30 * kSecond));
  EXPECT_EQ(even->num_rows(), 15'000);
  EXPECT_EQ(collector_->num_rows(), 30'000);
  EXPECT_EQ(collector_->SortedRows()[7], std::vector<int64_t>{8});
  EXPECT_EQ(job->Progress().rows_in, 30'000);
}

TEST_F(WorkerTest, MergesSourcesAndCombinesTheirWatermarks) {
  const NodeId first = AddProject(AddSource({.rows = 5000}, 2), "k, n", {}, 2);
  const NodeId second = AddProject(AddSource({.rows = 100}), "k, n + 10000", {}, 1);
  const Partitioning rebalance{Partitioning::Kind::kRebalance, {}};
  const NodeId merged = Add(plan::UnionSpec{}, graph_->node(first).output,
                            {{first, rebalance}, {second, rebalance}}, 2);
  AddSink(merged, {}, 2);
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker);
  ASSERT_TRUE(job->Wait(30 * kSecond));
  EXPECT_EQ(collector_->num_rows(), 5100);
  EXPECT_EQ(collector_->Get(1).watermarks.back(), data::EventTime::Max());
}

TEST_F(WorkerTest, BroadcastsToEverySubtask) {
  const NodeId source = AddProject(AddSource({.rows = 100}), "n", {}, 1);
  AddSink(source, {Partitioning::Kind::kBroadcast, {}}, 3);
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker);
  ASSERT_TRUE(job->Wait(30 * kSecond));
  for (int subtask = 0; subtask < 3; ++subtask) {
    EXPECT_EQ(collector_->Get(subtask).rows.size(), 100);
  }
}

TEST_F(WorkerTest, GathersRowsInOneSubtask) {
  const NodeId source = AddProject(AddSource({.rows = 1000}, 3), "n", {}, 3);
  AddSink(source, Hash({}), 1);
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker);
  ASSERT_TRUE(job->Wait(30 * kSecond));
  EXPECT_EQ(collector_->num_rows(), 1000);
}

TEST_F(WorkerTest, ASlowSinkHoldsTheSourceBackInBoundedMemory) {
  const NodeId source = AddSource({});
  const NodeId numbers = AddProject(source, "k, n", {}, 1);
  collector_->options.busy_nanos_per_chunk = 2 * kMillisecond;
  AddSink(AddProject(numbers, "c0, c1", Hash({0}), 2), Hash({}), 1);
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker);
  EXPECT_FALSE(job->Wait(300 * kMillisecond));
  const JobProgress progress = job->Progress();
  // In flight at most: the credits of the two channels to each of the two subtasks, one chunk in
  // every task, and what the sink has.
  const int64_t in_flight = (2 * 16 + 2 * 16 + 6) * int64_t{2048};
  EXPECT_LE(progress.rows_in, collector_->num_rows() + in_flight + 3 * 2048);
  EXPECT_LT(progress.memory_used_bytes, 64 << 20);
  ASSERT_TRUE(progress.bottleneck.has_value());
  EXPECT_EQ(progress.bottleneck->node.value, 3);
  EXPECT_EQ(progress.bottleneck->waits_for, BlockingReason::kSinkBusy);
  job->StopNow();
  EXPECT_TRUE(job->Wait(10 * kSecond));
  EXPECT_EQ(job->state(), JobState::kStopped);
}

TEST_F(WorkerTest, AFailingSourceFailsTheJobOnce) {
  const NodeId source = AddSource({.fail_at = 100'000}, 3);
  const NodeId numbers = AddProject(source, "k, n", {}, 3);
  AddSink(AddProject(numbers, "c1", Hash({0}), 3), {}, 3);
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker);
  ASSERT_TRUE(job->Wait(30 * kSecond));
  EXPECT_EQ(job->state(), JobState::kFailed);
  EXPECT_EQ(job->status().code(), absl::StatusCode::kDataLoss);
  const std::optional<JobFailure> failure = job->failure();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->operator_name, "source_0");
  EXPECT_EQ(failure->description, "the source_0");
  EXPECT_EQ(failure->sql_offset, 100);
  EXPECT_THAT(std::string(failure->status.message()),
              testing::HasSubstr("the test source is broken"));
  for (const auto& [number, subtask] : collector_->GetAll()) {
    EXPECT_FALSE(subtask.finished);
    EXPECT_TRUE(subtask.closed);
  }
}

TEST_F(WorkerTest, AFailingExpressionNamesItsOperator) {
  const NodeId source = AddSource({});
  const NodeId numbers = AddProject(source, "k, n::TINYINT::BIGINT", {}, 1);
  AddSink(numbers);
  Worker worker({.num_threads = 1});
  std::unique_ptr<JobExecution> job = Start(worker);
  ASSERT_TRUE(job->Wait(30 * kSecond));
  EXPECT_EQ(job->failure()->operator_name, "project_1");
  EXPECT_EQ(job->failure()->sql_offset, 101);
}

TEST_F(WorkerTest, AFailingSinkEndsAnEndlessJob) {
  collector_->options.fail_at = 10'000;
  AddSink(AddProject(AddSource({}, 2), "n", {}, 2), Hash({}), 1);
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker);
  ASSERT_TRUE(job->Wait(30 * kSecond));
  EXPECT_EQ(job->failure()->operator_name, "sink_2");
  EXPECT_EQ(job->failure()->status.message(), "the test sink is full");
}

TEST_F(WorkerTest, AGracefulStopWritesWhatIsInFlight) {
  const NodeId source = AddSource({.rows_per_chunk = 100, .nanos_between_chunks = kMillisecond}, 2);
  AddSink(AddProject(source, "k, n", Hash({0}), 2), {}, 2);
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker);
  EXPECT_FALSE(job->Wait(50 * kMillisecond));
  EXPECT_EQ(job->state(), JobState::kRunning);
  job->StopGracefully();
  ASSERT_TRUE(job->Wait(10 * kSecond));
  EXPECT_EQ(job->state(), JobState::kStopped);
  EXPECT_TRUE(job->status().ok());
  const JobProgress progress = job->Progress();
  EXPECT_GT(progress.rows_in, 0);
  EXPECT_EQ(progress.rows_in, collector_->num_rows());
  for (const auto& [number, subtask] : collector_->GetAll()) {
    EXPECT_TRUE(subtask.finished);
    EXPECT_LT(subtask.watermarks.back(), data::EventTime::Max()) << "no window may close early";
  }
}

TEST_F(WorkerTest, StopNowEndsAJobWhoseSinkHangs) {
  collector_->options.never_ready = true;
  AddSink(AddProject(AddSource({}, 2), "n", {}, 2), {}, 2);
  Worker worker({.num_threads = 2});
  std::unique_ptr<JobExecution> job = Start(worker);
  EXPECT_FALSE(job->Wait(20 * kMillisecond));
  job->StopGracefully();
  EXPECT_FALSE(job->Wait(20 * kMillisecond));
  EXPECT_EQ(job->state(), JobState::kStopping);
  job->StopNow();
  ASSERT_TRUE(job->Wait(10 * kSecond));
  EXPECT_EQ(job->state(), JobState::kStopped);
}

TEST_F(WorkerTest, DestroyingAJobStopsIt) {
  AddSink(AddProject(AddSource({}), "n", {}, 1));
  Worker worker({.num_threads = 1});
  Start(worker).reset();
  EXPECT_EQ(worker.memory().used_bytes(), 0);
}

TEST_F(WorkerTest, StopsJobsAtAnyMoment) {
  const NodeId source = AddSource({.rows_per_chunk = 50}, 3);
  AddSink(AddProject(source, "k, n", Hash({0}), 3), Hash({}), 1);
  Worker worker({.num_threads = 2});
  for (int i = 0; i < 100; ++i) {
    std::unique_ptr<JobExecution> job = Start(worker);
    job->Wait(i * 50'000);
    if (i % 2 == 0) {
      job->StopGracefully();
      ASSERT_TRUE(job->Wait(10 * kSecond));
    }
  }
}

TEST_F(WorkerTest, RunsSeveralJobsAtOnce) {
  AddSink(AddProject(AddSource({.rows = 20'000}, 2), "k, n", Hash({0}), 2), {}, 2);
  Worker worker({.num_threads = 2});
  std::vector<std::unique_ptr<JobExecution>> jobs;
  for (int i = 0; i < 5; ++i) {
    jobs.push_back(Start(worker));
  }
  for (const auto& job : jobs) {
    ASSERT_TRUE(job->Wait(30 * kSecond));
    EXPECT_EQ(job->state(), JobState::kFinished);
  }
}

TEST_F(WorkerTest, RefusesAnInvalidGraph) {
  AddSink(AddProject(AddSource({}), "n", {}, 1));
  graph_->nodes[1].id = {7};
  Worker worker({.num_threads = 1});
  EXPECT_FALSE(worker.Start(graph_).ok());
}

TEST_F(WorkerTest, FailsWhenTheConnectorIsUnknown) {
  const NodeId sink = AddSink(AddProject(AddSource({}), "n", {}, 1));
  std::get<plan::SinkSpec>(graph_->nodes[static_cast<size_t>(sink.value)].spec).table.connector =
      "nowhere";
  Worker worker({.num_threads = 1});
  std::unique_ptr<JobExecution> job = Start(worker);
  ASSERT_TRUE(job->Wait(10 * kSecond));
  EXPECT_EQ(job->failure()->status.message(), "unknown connector: nowhere");
  EXPECT_EQ(job->failure()->operator_name, "sink_2");
}

TEST(WorkerMemory, RefusesMoreThanItsLimitAndSaysWhoAsked) {
  WorkerMemory memory(10 << 20);
  EXPECT_TRUE(memory.Charge("window table", 8 << 20).ok());
  const absl::Status status = memory.Charge("join table", 3 << 20);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(),
            "out of memory budget: join table asked for 3 MiB, 8 MiB of 10 MiB are in use");
  EXPECT_TRUE(memory.Charge("window table", -(8 << 20)).ok());
  EXPECT_EQ(memory.used_bytes(), 0);
  EXPECT_GT(WorkerMemory::DefaultLimitBytes(), 0);
}

}  // namespace
}  // namespace laminar::engine
