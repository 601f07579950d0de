#include "engine/operators/sink/sink_operator.h"

#include <gtest/gtest.h>

#include "engine/operators/clock_for_test.h"
#include "engine/operators/connectors_for_test.h"

namespace laminar::engine {
namespace {

class SinkOperatorTest : public testing::Test {
 protected:
  SinkOperatorTest() {
    ConnectorsForTest::Reset();
    node_.spec = CollectSinkForTest("out", {"a"}, collector_);
  }
  ~SinkOperatorTest() override {
    if (sink_ != nullptr) {
      sink_->Close();
    }
  }

  absl::Status Open() {
    sink_ =
        std::make_unique<SinkOperator>(node_, SinkOperator::Context{.subtask = 0,
                                                                    .parallelism = 1,
                                                                    .clock = clock_,
                                                                    .wake = [] {},
                                                                    .metrics = metrics_,
                                                                    .sink_metrics = sink_metrics_});
    return sink_->Open();
  }

  // Two rows of (a BIGINT, hidden event time), that came in `age` nanoseconds ago.
  data::Chunk TwoRows(int64_t age = 0) {
    data::Chunk chunk =
        data::Chunk::Allocate({data::LogicalType::BIGINT, data::LogicalType::TIMESTAMP});
    for (int64_t i = 0; i < 2; ++i) {
      chunk.column(0).SetValue(i, data::Value::BIGINT(i));
      chunk.column(1).SetValue(i, data::Value::TIMESTAMP(duckdb::timestamp_t(i)));
    }
    chunk.set_num_rows(2);
    chunk.set_arrival({clock_.nanos - age});
    return chunk;
  }

  std::shared_ptr<CollectorForTest> collector_ = std::make_shared<CollectorForTest>();
  plan::Node node_;
  ClockForTest clock_;
  OperatorMetrics metrics_;
  SinkMetrics sink_metrics_;
  std::unique_ptr<SinkOperator> sink_;
};

TEST_F(SinkOperatorTest, WritesRowsAndCountsThem) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(sink_->Ready());
  ASSERT_TRUE(sink_->Write(TwoRows()).ok());
  EXPECT_EQ(collector_->SortedRows(), (std::vector<std::vector<int64_t>>{{0}, {1}}));
  EXPECT_EQ(metrics_.rows_in.Get(), 2);
  EXPECT_EQ(sink_metrics_.rows.Get(), 2);
}

TEST_F(SinkOperatorTest, MeasuresLatencyFromArrivalPerRow) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(sink_->Write(TwoRows(/*age=*/5'000'000)).ok());
  const base::HistogramSnapshot latency = sink_metrics_.latency_nanos.Snapshot();
  EXPECT_EQ(latency.count(), 2);
  EXPECT_NEAR(latency.Quantile(0.5), 5'000'000, 200'000);
}

TEST_F(SinkOperatorTest, IsNotReadyWhileItsWriterIsNotAndSaysWhenToFlush) {
  collector_->options.busy_nanos_per_chunk = 1000;
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(sink_->Write(TwoRows()).ok());
  EXPECT_FALSE(sink_->Ready());
  const auto next = sink_->Flush();
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(*next, base::MonotonicTime{clock_.nanos + 1000});
  clock_.Advance(1000);
  EXPECT_TRUE(sink_->Ready());
  EXPECT_EQ(*sink_->Flush(), std::nullopt);
}

TEST_F(SinkOperatorTest, PassesWatermarksAndFinishesWhenItsWriterHas) {
  collector_->options.finish_calls = 2;
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(sink_->AdvanceWatermark({.time = {77}, .arrival = {}}).ok());
  EXPECT_EQ(collector_->Get(0).watermarks, (std::vector<data::EventTime>{{77}}));
  EXPECT_EQ(metrics_.watermark_micros.Get(), 77);
  EXPECT_EQ(*sink_->Finish(), false);
  EXPECT_EQ(*sink_->Finish(), true);
}

TEST_F(SinkOperatorTest, PassesErrorsOn) {
  collector_->options.fail_at = 1;
  collector_->options.fail_to_finish = true;
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(sink_->Write(TwoRows()).message(), "the test sink is full");
  EXPECT_EQ(sink_->Finish().status().message(), "the test sink cannot be published");
}

TEST_F(SinkOperatorTest, FailsOnNullInAColumnThatIsNotNull) {
  std::get<plan::SinkSpec>(node_.spec).table.schema.fields[0].nullable = false;
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(sink_->Write(TwoRows()).ok());
  data::Chunk chunk = TwoRows();
  chunk.column(0).SetValue(1, data::Value(data::LogicalType::BIGINT));
  EXPECT_EQ(sink_->Write(chunk).message(),
            "a row has NULL in a column that is NOT NULL: column a of table out");
  // The NULL is not among the rows that are selected, then it is.
  data::SelectionVector selection(1);
  selection.set_index(0, 0);
  EXPECT_TRUE(sink_->Write(chunk.Select(selection, 1)).ok());
  selection.set_index(0, 1);
  EXPECT_FALSE(sink_->Write(chunk.Select(selection, 1)).ok());
  EXPECT_EQ(collector_->SortedRows().size(), 3);
}

TEST_F(SinkOperatorTest, ChargesWhatItsWriterHoldsAndGivesItBack) {
  int64_t charged = 0;
  int64_t limit = 200;
  collector_->options.buffered_bytes_per_row = 50;
  const auto charge = [&](const char*, int64_t bytes) {
    if (charged + bytes > limit) {
      return base::ResourceExhausted("no more");
    }
    charged += bytes;
    return absl::OkStatus();
  };
  sink_ = std::make_unique<SinkOperator>(node_, SinkOperator::Context{.subtask = 0,
                                                                      .parallelism = 1,
                                                                      .clock = clock_,
                                                                      .wake = [] {},
                                                                      .metrics = metrics_,
                                                                      .sink_metrics = sink_metrics_,
                                                                      .charge = charge});
  ASSERT_TRUE(sink_->Open().ok());
  EXPECT_TRUE(sink_->Write(TwoRows()).ok());
  EXPECT_EQ(charged, 100);
  EXPECT_TRUE(sink_->Write(TwoRows()).ok());
  EXPECT_EQ(charged, 200);
  EXPECT_EQ(sink_->Write(TwoRows()).message(), "no more");
  sink_->Close();
  EXPECT_EQ(charged, 0);
}

TEST_F(SinkOperatorTest, NamesAnUnknownConnector) {
  std::get<plan::SinkSpec>(node_.spec).table.connector = "nowhere";
  EXPECT_EQ(Open().message(), "unknown connector: nowhere");
}

TEST_F(SinkOperatorTest, ReportsAFailureToOpen) {
  collector_->options.fail_to_open = true;
  EXPECT_EQ(Open().message(), "the test sink is not there");
}

// Says in its snapshots what it was told.
class EchoWriter final : public connectors::SinkWriter {
 public:
  explicit EchoWriter(connectors::SinkContext context) : context_(std::move(context)) {}
  absl::Status Open() override { return absl::OkStatus(); }
  bool Ready() override { return true; }
  absl::Status Write(const data::Chunk&) override { return absl::OkStatus(); }
  void Snapshot(data::Epoch epoch,
                std::function<void(absl::StatusOr<connectors::SinkSnapshot>)> done) override {
    if (epoch.value == 13) {
      done(base::Unavailable("no snapshot"));
      return;
    }
    connectors::SinkSnapshot snapshot;
    snapshot.state = context_.identity->pipeline + "/" + std::to_string(epoch.value);
    snapshot.commits = context_.restored;
    done(snapshot);
  }
  absl::StatusOr<bool> Finish() override { return true; }
  void Close() override {}

 private:
  const connectors::SinkContext context_;
};

class EchoFactory final : public connectors::ConnectorFactory {
 public:
  connectors::ConnectorTraits traits() const override {
    connectors::ConnectorTraits traits;
    traits.name = "echo";
    traits.sink = true;
    return traits;
  }
  absl::StatusOr<std::unique_ptr<connectors::SinkWriter>> MakeSink(
      connectors::SinkContext context) const override {
    return std::make_unique<EchoWriter>(std::move(context));
  }
};

TEST_F(SinkOperatorTest, PassesSnapshotsOnWithWhoTheyAreOf) {
  auto& registry = connectors::ConnectorRegistry::Global();
  if (registry.Find("echo") == nullptr) {
    registry.Register(std::make_unique<EchoFactory>());
  }
  std::get<plan::SinkSpec>(node_.spec).table.connector = "echo";
  node_.name = "sink_3";
  node_.fingerprint = 99;
  sink_ = std::make_unique<SinkOperator>(
      node_, SinkOperator::Context{.subtask = 2,
                                   .parallelism = 4,
                                   .clock = clock_,
                                   .wake = [] {},
                                   .metrics = metrics_,
                                   .sink_metrics = sink_metrics_,
                                   .identity = connectors::SinkIdentity{"p", "s", {5}},
                                   .restored = {"x", "y"}});
  ASSERT_TRUE(sink_->Open().ok());
  std::vector<absl::StatusOr<rpc::SinkState>> states;
  sink_->Snapshot({7}, [&](absl::StatusOr<rpc::SinkState> state) { states.push_back(state); });
  sink_->Snapshot({13}, [&](absl::StatusOr<rpc::SinkState> state) { states.push_back(state); });
  ASSERT_EQ(states.size(), 2);
  EXPECT_EQ(
      *states[0],
      (rpc::SinkState{
          .op = {99}, .name = "sink_3", .subtask = 2, .state = "p/7", .commits = {"x", "y"}}));
  EXPECT_EQ(states[1].status().message(), "no snapshot");
}

TEST_F(SinkOperatorTest, StatesGoToSubtasksInTurn) {
  std::vector<rpc::SinkState> states;
  for (int i = 0; i < 5; ++i) {
    rpc::SinkState& state = states.emplace_back();
    state.subtask = i;
    state.state = i == 3 ? "" : std::to_string(i);
  }
  using States = std::vector<std::string>;
  EXPECT_EQ(SinkOperator::RestoredOf(states, 0, 2), (States{"0", "2", "4"}));
  EXPECT_EQ(SinkOperator::RestoredOf(states, 1, 2), (States{"1"}));
  EXPECT_EQ(SinkOperator::RestoredOf(states, 4, 5), (States{"4"}));
  EXPECT_EQ(SinkOperator::RestoredOf(states, 6, 7), States());
}

}  // namespace
}  // namespace laminar::engine
