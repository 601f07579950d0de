#include "engine/operators/source/source_operator.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/api/connector_factory.h"
#include "engine/operators/clock_for_test.h"
#include "expression/bind_for_test.h"

namespace laminar::engine {
namespace {

using connectors::PollResult;
using connectors::PollState;
using data::EventTime;
using data::Value;

constexpr int64_t kSecond = 1'000'000;  // of event time, in microseconds
constexpr int64_t kNanosPerSecond = 1'000'000'000;

// What the scripted source answers, poll by poll.
struct Answer {
  PollResult poll;
  std::vector<std::pair<int64_t, Value>> rows;  // (n, t)
};

struct Script {
  std::deque<Answer> answers;
  absl::Status open = absl::OkStatus();
  int opened = 0;
  int closed = 0;
  bool positions_fail = false;
};
Script& TheScript() {
  static Script script;
  return script;
}

class ScriptedReader final : public connectors::SourceReader {
 public:
  explicit ScriptedReader(connectors::SourceContext context) : context_(std::move(context)) {}
  absl::Status Open() override {
    ++TheScript().opened;
    return TheScript().open;
  }
  absl::StatusOr<PollResult> Poll(data::Chunk& chunk) override {
    if (TheScript().answers.empty()) {
      return base::Unavailable("the script is at its end");
    }
    const Answer answer = TheScript().answers.front();
    TheScript().answers.pop_front();
    if (answer.poll.state == PollState::kChunk) {
      chunk = data::Chunk::Allocate({data::LogicalType::BIGINT, data::LogicalType::TIMESTAMP});
      for (size_t row = 0; row < answer.rows.size(); ++row) {
        chunk.column(0).SetValue(row, Value::BIGINT(answer.rows[row].first));
        chunk.column(1).SetValue(row, answer.rows[row].second);
      }
      chunk.set_num_rows(answer.rows.size());
      context_.counters.rows += static_cast<int64_t>(answer.rows.size());
    }
    return answer.poll;
  }
  absl::StatusOr<std::vector<data::SplitPosition>> Positions() override {
    if (TheScript().positions_fail) {
      return base::Unavailable("no positions");
    }
    std::vector<data::SplitPosition> positions =
        context_.restored.value_or(std::vector<data::SplitPosition>());
    positions.push_back({"s", std::to_string(context_.counters.rows)});
    return positions;
  }
  void Close() override { ++TheScript().closed; }

 private:
  const connectors::SourceContext context_;
};

class ScriptedFactory final : public connectors::ConnectorFactory {
 public:
  connectors::ConnectorTraits traits() const override {
    connectors::ConnectorTraits traits;
    traits.name = "scripted";
    traits.source = true;
    traits.parallel_source = false;
    return traits;
  }
  absl::StatusOr<std::unique_ptr<connectors::SourceReader>> MakeSource(
      connectors::SourceContext context) const override {
    return std::make_unique<ScriptedReader>(std::move(context));
  }
};

Value At(int64_t micros) { return Value::TIMESTAMP(duckdb::timestamp_t(micros)); }

class SourceOperatorTest : public testing::Test {
 protected:
  SourceOperatorTest() {
    TheScript() = {};
    auto& registry = connectors::ConnectorRegistry::Global();
    if (registry.Find("scripted") == nullptr) {
      registry.Register(std::make_unique<ScriptedFactory>());
    }
    spec().table.name = "s";
    spec().table.connector = "scripted";
    spec().table.schema.fields = {{"n", data::LogicalType::BIGINT},
                                  {"t", data::LogicalType::TIMESTAMP}};
    spec().columns = {0, 1};
    spec().event_time = expression::BoundExpression::Column(1, data::LogicalType::TIMESTAMP);
    spec().table.idle_after = {5 * kSecond};
  }
  ~SourceOperatorTest() override {
    if (source_ != nullptr) {
      source_->Close();
    }
  }

  plan::SourceSpec& spec() { return std::get<plan::SourceSpec>(node_.spec); }

  absl::Status Open(int subtask = 0,
                    std::optional<SourceOperator::Restored> restored = std::nullopt) {
    source_ = std::make_unique<SourceOperator>(
        node_, SourceOperator::Context{.subtask = subtask,
                                       .parallelism = 2,
                                       .clock = clock_,
                                       .wake = [] {},
                                       .metrics = metrics_,
                                       .source_metrics = source_metrics_,
                                       .restored = std::move(restored)});
    return source_->Open();
  }

  void Rows(std::vector<std::pair<int64_t, Value>> rows,
            std::optional<EventTime> watermark = std::nullopt,
            bool splits_wait = false) {
    TheScript().answers.push_back(
        {{.state = PollState::kChunk, .watermark = watermark, .splits_wait = splits_wait},
         std::move(rows)});
  }
  void Idle(int64_t wake_at = 0, std::optional<EventTime> watermark = std::nullopt) {
    TheScript().answers.push_back(
        {{.state = PollState::kIdle, .watermark = watermark, .wake_at = {wake_at}}, {}});
  }
  void End() { TheScript().answers.push_back({{.state = PollState::kEnd}, {}}); }

  // The next steps as text: "rows 1@5,2@6", "w5", "w5i", "idle", "idle@3", "end", or the error;
  // kAgain is skipped.
  std::string Next() {
    while (true) {
      absl::StatusOr<SourceStep> step = source_->Next();
      if (!step.ok()) {
        return std::string(step.status().message());
      }
      switch (step->state) {
        case SourceStep::State::kAgain:
          continue;
        case SourceStep::State::kIdle:
          return "idle" +
                 (step->wake_at.has_value() ? "@" + std::to_string(step->wake_at->nanos) : "") +
                 (step->timed ? " timed" : "");
        case SourceStep::State::kEnd:
          return "end";
        case SourceStep::State::kEvent:
          return Describe(step->event);
      }
    }
  }

  static std::string Describe(const data::StreamEvent& event) {
    if (const auto* watermark = std::get_if<data::Watermark>(&event)) {
      return (watermark->time == EventTime::Max() ? "wmax"
              : watermark->time == EventTime::Min()
                  ? "wmin"
                  : "w" + std::to_string(watermark->time.micros)) +
             (watermark->idle ? "i" : "");
    }
    const auto& chunk = std::get<data::Chunk>(event);
    std::string text = "rows";
    for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
      text += " " + chunk.column(0).GetValue(row).ToString() + "@" +
              std::to_string(chunk.column(2).GetValue(row).GetValue<duckdb::timestamp_t>().value);
    }
    return text;
  }

  plan::Node node_{.id = {0},
                   .name = "source_0",
                   .description = "",
                   .spec = plan::SourceSpec(),
                   .output = {},
                   .input_modes = {}};
  ClockForTest clock_;
  OperatorMetrics metrics_;
  SourceMetrics source_metrics_;
  std::unique_ptr<SourceOperator> source_;
};

TEST_F(SourceOperatorTest, AppendsTheEventTimeAndFollowsItByADelayedWatermark) {
  Rows({{1, At(10 * kSecond)}, {2, At(12 * kSecond)}, {3, At(11 * kSecond)}});
  End();
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "rows 1@10000000 2@12000000 3@11000000");
  EXPECT_EQ(Next(), "w11000000");
  EXPECT_EQ(Next(), "wmax");
  EXPECT_EQ(Next(), "end");
  EXPECT_EQ(metrics_.rows_out.Get(), 3);
  EXPECT_EQ(source_metrics_.rows.Get(), 3);
}

TEST_F(SourceOperatorTest, ItsWatermarkNeverGoesBack) {
  Rows({{1, At(10 * kSecond)}});
  Rows({{2, At(4 * kSecond)}});
  Rows({{3, At(20 * kSecond)}});
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "rows 1@10000000");
  EXPECT_EQ(Next(), "w9000000");
  EXPECT_EQ(Next(), "rows 2@4000000");
  EXPECT_EQ(Next(), "rows 3@20000000");
  EXPECT_EQ(Next(), "w19000000");
}

TEST_F(SourceOperatorTest, RowsPromiseNothingWhileOtherSplitsWait) {
  Rows({{1, At(10 * kSecond)}}, std::nullopt, /*splits_wait=*/true);
  Rows({{2, At(4 * kSecond)}});
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "rows 1@10000000");
  EXPECT_EQ(Next(), "rows 2@4000000");
  EXPECT_EQ(Next(), "w3000000");
}

TEST_F(SourceOperatorTest, EvaluatesExpressionsForTimeAndWatermark) {
  data::Schema columns = spec().table.schema;
  spec().event_time = expression::BindOneForTest("t + interval 1 second", columns);
  columns.AddEventTime();
  spec().watermark = expression::BindOneForTest("_timestamp - interval 3 second", columns);
  Rows({{1, At(10 * kSecond)}, {2, At(9 * kSecond)}});
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "rows 1@11000000 2@10000000");
  EXPECT_EQ(Next(), "w8000000");
}

TEST_F(SourceOperatorTest, ANullWatermarkPromisesNothing) {
  data::Schema columns = spec().table.schema;
  columns.AddEventTime();
  spec().watermark = expression::BindOneForTest("if(n > 1, t, NULL)", columns);
  Rows({{1, At(10 * kSecond)}});
  Rows({{1, At(30 * kSecond)}, {2, At(20 * kSecond)}});
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "rows 1@10000000");
  EXPECT_EQ(Next(), "rows 1@30000000 2@20000000");
  EXPECT_EQ(Next(), "w20000000");
}

TEST_F(SourceOperatorTest, ARowFarInTheFutureDoesNotPushTheWatermark) {
  const int64_t now = clock_.Wall().micros;
  Rows({{1, At(now)}, {2, At(now + 100'000 * kSecond)}});
  ASSERT_TRUE(Open().ok());
  Next();
  EXPECT_EQ(Next(), "w" + std::to_string(now - kSecond));
}

TEST_F(SourceOperatorTest, ARowFarInTheFutureDoesNotPushADeclaredWatermark) {
  data::Schema columns = spec().table.schema;
  columns.AddEventTime();
  spec().watermark = expression::BindOneForTest("_timestamp", columns);
  const int64_t now = clock_.Wall().micros;
  Rows({{2, At(now + 100'000 * kSecond)}});
  Rows({{2, At(now + 100'000 * kSecond)}, {1, At(now)}});
  ASSERT_TRUE(Open().ok());
  Next();
  Next();
  EXPECT_EQ(Next(), "w" + std::to_string(now));
}

TEST_F(SourceOperatorTest, TakesThePromisesOfTheSourceItself) {
  Rows({{1, At(10 * kSecond)}}, EventTime{10 * kSecond});
  Idle(0, EventTime{15 * kSecond});
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "rows 1@10000000");
  EXPECT_EQ(Next(), "w10000000");
  EXPECT_EQ(Next(), "w15000000");
}

TEST_F(SourceOperatorTest, GoesIdleAfterAWhileAndSpeaksUpBeforeItsNextRows) {
  Rows({{1, At(10 * kSecond)}});
  Idle();
  Idle();
  Idle();
  Rows({{2, At(11 * kSecond)}});
  ASSERT_TRUE(Open().ok());
  Next();
  Next();
  const int64_t deadline = clock_.nanos + 5 * kNanosPerSecond;
  EXPECT_EQ(Next(), "idle@" + std::to_string(deadline));
  clock_.Advance(5 * kNanosPerSecond);
  EXPECT_EQ(Next(), "w9000000i");
  EXPECT_EQ(Next(), "idle");
  EXPECT_EQ(Next(), "w9000000");
  EXPECT_EQ(Next(), "rows 2@11000000");
  EXPECT_EQ(Next(), "w10000000");
}

TEST_F(SourceOperatorTest, NeverGoesIdleWhenToldSo) {
  spec().table.idle_after = {0};
  Idle();
  ASSERT_TRUE(Open().ok());
  clock_.Advance(1'000'000 * kNanosPerSecond);
  EXPECT_EQ(Next(), "idle");
}

TEST_F(SourceOperatorTest, SaysWhenItsReaderWantsToBeAskedAgain) {
  Idle(1'234'000'000);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "idle@1234000000 timed");
}

TEST_F(SourceOperatorTest, GathersRowsThatAreDueOneByOneForAMillisecond) {
  Idle(clock_.nanos + 10'000);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "idle@" + std::to_string(clock_.nanos + 1'000'000) + " timed");
}

TEST_F(SourceOperatorTest, UsesArrivalTimeWithoutAnEventTimeAndMovesOnWithoutRows) {
  spec().event_time.reset();
  spec().watermark_delay = {0};
  const int64_t now = clock_.Wall().micros;
  Rows({{1, At(0)}, {2, At(0)}});
  Idle();
  Idle();
  Idle();
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "rows 1@" + std::to_string(now) + " 2@" + std::to_string(now));
  EXPECT_EQ(Next(), "w" + std::to_string(now));
  EXPECT_THAT(Next(), testing::StartsWith("idle@"));
  clock_.Advance(200'000'000);
  EXPECT_EQ(Next(), "w" + std::to_string(now + 200'000));
  EXPECT_EQ(Next(), "idle@" + std::to_string(clock_.nanos + 100'000'000));
}

TEST_F(SourceOperatorTest, ArrivalTimeDoesNotGoBackWithTheWallClock) {
  spec().event_time.reset();
  const int64_t now = clock_.Wall().micros;
  Rows({{1, At(0)}});
  Rows({{2, At(0)}});
  ASSERT_TRUE(Open().ok());
  Next();
  Next();
  clock_.wall_micros -= 100 * kSecond;
  EXPECT_EQ(Next(), "rows 2@" + std::to_string(now));
}

TEST_F(SourceOperatorTest, FailsAtARowWithoutEventTimeByDefault) {
  Rows({{1, At(10 * kSecond)}, {2, Value(data::LogicalType::TIMESTAMP)}});
  ASSERT_TRUE(Open().ok());
  const std::string message = Next();
  EXPECT_THAT(message, testing::HasSubstr("the event time is NULL"));
  EXPECT_THAT(message, testing::HasSubstr("table s"));
  EXPECT_EQ(source_metrics_.bad_records.Get(), 0) << "published by Close";
  source_->Close();
  EXPECT_EQ(source_metrics_.bad_records.Get(), 1);
}

TEST_F(SourceOperatorTest, DropsAndCountsRowsWithoutAFiniteEventTimeWhenToldSo) {
  spec().table.bad_data = data::BadDataPolicy::kDrop;
  Rows({{1, Value(data::LogicalType::TIMESTAMP)}});
  Rows({{2, At(INT64_MAX)}, {3, At(10 * kSecond)}, {4, At(-INT64_MAX)}});
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "rows 3@10000000");
  EXPECT_EQ(Next(), "w9000000");
  EXPECT_EQ(source_metrics_.bad_records.Get(), 3);
  EXPECT_EQ(source_metrics_.dropped_records.Get(), 3);
}

TEST_F(SourceOperatorTest, KeepsDeadLettersOfRowsWithoutEventTime) {
  const std::string path = testing::TempDir() + "laminar_source_operator_dead_letters";
  base::RemoveAll(path).IgnoreError();
  spec().table.bad_data = data::BadDataPolicy::kDeadLetter;
  spec().table.dead_letter_path = path;
  Rows({{7, Value(data::LogicalType::TIMESTAMP)}});
  End();
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "wmax");
  EXPECT_EQ(source_metrics_.dead_letter_records.Get(), 1);
  const auto text = base::ReadWholeFile(path);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_THAT(*text, testing::HasSubstr("n: 7, t: NULL"));
  base::RemoveAll(path).IgnoreError();
}

TEST_F(SourceOperatorTest, WritesDeadLettersWhenStoppedToo) {
  // A device that takes nothing.
  spec().table.bad_data = data::BadDataPolicy::kDeadLetter;
  spec().table.dead_letter_path = "/dev/full";
  Rows({{7, Value(data::LogicalType::TIMESTAMP)}});
  Rows({{1, At(10 * kSecond)}});
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "rows 1@10000000");
  source_->Stop();
  EXPECT_EQ(Next(), "w9000000");
  EXPECT_THAT(Next(), testing::HasSubstr("No space left on device"));
}

TEST_F(SourceOperatorTest, TimesAtTheLimitsDoNotOverflow) {
  spec().watermark_delay = {INT64_MAX / 2};
  spec().max_future = {INT64_MAX};
  Rows({{1, At(-INT64_MAX + 1)}, {2, At(-INT64_MAX + 2)}});
  Rows({{3, At(INT64_MAX - 1)}});
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(Next(), testing::StartsWith("rows 1"));
  EXPECT_EQ(Next(), "w" + std::to_string(-INT64_MAX));
  EXPECT_THAT(Next(), testing::StartsWith("rows 3"));
  EXPECT_EQ(Next(), "w" + std::to_string(INT64_MAX - 1 - INT64_MAX / 2));
}

TEST_F(SourceOperatorTest, OtherSubtasksOfASingleReaderEndAtOnce) {
  ASSERT_TRUE(Open(/*subtask=*/1).ok());
  EXPECT_EQ(Next(), "wmax");
  EXPECT_EQ(Next(), "end");
  EXPECT_EQ(TheScript().opened, 0);
}

TEST_F(SourceOperatorTest, StopsWithoutAFinalWatermark) {
  Rows({{1, At(10 * kSecond)}});
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "rows 1@10000000");
  source_->Stop();
  EXPECT_EQ(Next(), "w9000000");
  EXPECT_EQ(Next(), "end");
}

TEST_F(SourceOperatorTest, PassesErrorsOnAndClosesOnce) {
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Next(), "the script is at its end");
  source_->Close();
  source_->Close();
  EXPECT_EQ(TheScript().closed, 1);
}

TEST_F(SourceOperatorTest, NamesAnUnknownConnector) {
  spec().table.connector = "nowhere";
  EXPECT_EQ(Open().message(), "unknown connector: nowhere");
}

TEST_F(SourceOperatorTest, ReportsAFailureToOpen) {
  TheScript().open = base::NotFound("no such thing");
  EXPECT_EQ(Open().message(), "no such thing");
}

TEST_F(SourceOperatorTest, RefusesATimeThatIsNoTimestamp) {
  spec().event_time = expression::BoundExpression::Column(0, data::LogicalType::BIGINT);
  EXPECT_EQ(Open().code(), absl::StatusCode::kInternal);
}

TEST_F(SourceOperatorTest, ABarrierWaitsUntilNothingOfAPollIsLeft) {
  node_.fingerprint = 17;
  Rows({{1, At(10 * kSecond)}});
  End();
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(source_->AtCut());
  EXPECT_EQ(Next(), "rows 1@10000000");
  EXPECT_FALSE(source_->AtCut());
  EXPECT_EQ(Next(), "w9000000");
  ASSERT_TRUE(source_->AtCut());
  const rpc::SourceState state = *source_->Snapshot();
  EXPECT_EQ(state.op.fingerprint, 17);
  EXPECT_EQ(state.name, "source_0");
  EXPECT_EQ(state.splits, (std::vector<data::SplitPosition>{{"s", "1"}}));
  EXPECT_EQ(state.watermark_micros, 9 * kSecond);
  EXPECT_FALSE(state.ended);
  ASSERT_EQ(source_->Next()->state, SourceStep::State::kAgain);
  EXPECT_FALSE(source_->AtCut());
  EXPECT_EQ(Next(), "wmax");
  ASSERT_TRUE(source_->AtCut());
  EXPECT_TRUE(source_->Snapshot()->ended);
  EXPECT_EQ(source_->Snapshot()->watermark_micros, EventTime::Max().micros);
}

TEST_F(SourceOperatorTest, ASourceThatWasStoppedHasNotEnded) {
  Rows({{1, At(10 * kSecond)}});
  ASSERT_TRUE(Open().ok());
  Next();
  Next();
  source_->Stop();
  EXPECT_FALSE(source_->Snapshot()->ended);
  EXPECT_EQ(Next(), "end");
  EXPECT_FALSE(source_->Snapshot()->ended);
}

TEST_F(SourceOperatorTest, ReportsThatItsReaderDoesNotTellPositions) {
  ASSERT_TRUE(Open().ok());
  TheScript().positions_fail = true;
  EXPECT_EQ(source_->Snapshot().status().message(), "no positions");
}

TEST_F(SourceOperatorTest, GoesOnAtItsWatermark) {
  Rows({{1, At(8 * kSecond)}, {2, At(9 * kSecond)}});
  Rows({{3, At(12 * kSecond)}});
  ASSERT_TRUE(
      Open(0, SourceOperator::Restored{.splits = {{"a", "5"}}, .watermark = {10 * kSecond}}).ok());
  EXPECT_EQ(metrics_.watermark_micros.Get(), 10 * kSecond);
  EXPECT_EQ(source_->Snapshot()->watermark_micros, 10 * kSecond);
  EXPECT_EQ(Next(), "rows 1@8000000 2@9000000");
  EXPECT_TRUE(source_->AtCut());
  EXPECT_EQ(source_->Snapshot()->splits,
            (std::vector<data::SplitPosition>{{"a", "5"}, {"s", "2"}}));
  EXPECT_EQ(Next(), "rows 3@12000000");
  EXPECT_EQ(Next(), "w11000000");
}

TEST_F(SourceOperatorTest, ArrivalTimesGoOnEvenIfTheClockWasSetBack) {
  spec().event_time.reset();
  const int64_t later = clock_.Wall().micros + 3600 * kSecond;
  Rows({{1, At(0)}});
  ASSERT_TRUE(Open(0, SourceOperator::Restored{.splits = {}, .watermark = {later}}).ok());
  EXPECT_EQ(Next(), "rows 1@" + std::to_string(later + spec().watermark_delay.micros));
}

TEST_F(SourceOperatorTest, ASourceThatHadEndedEndsAtOnce) {
  ASSERT_TRUE(Open(0,
                   SourceOperator::Restored{
                       .splits = {{"a", "5"}}, .watermark = EventTime::Max(), .ended = true})
                  .ok());
  EXPECT_EQ(TheScript().opened, 0);
  EXPECT_EQ(Next(), "wmax");
  EXPECT_EQ(Next(), "end");
  EXPECT_EQ(source_->Snapshot()->splits, (std::vector<data::SplitPosition>{{"a", "5"}}));
  EXPECT_TRUE(source_->Snapshot()->ended);
}

TEST_F(SourceOperatorTest, ASubtaskTakesItsOwnWatermarkOrTheLeast) {
  const auto state = [](int64_t watermark, bool ended) {
    rpc::SourceState state;
    state.splits = {{"s" + std::to_string(watermark), "p"}};
    state.watermark_micros = watermark;
    state.ended = ended;
    return state;
  };
  using Restored = SourceOperator::Restored;
  const int64_t max = EventTime::Max().micros;
  EXPECT_EQ(Restored::Of({state(5, false), state(3, false)}, 0, 2).watermark.micros, 5);
  EXPECT_EQ(Restored::Of({state(5, false), state(3, false)}, 0, 1).watermark.micros, 3);
  EXPECT_EQ(Restored::Of({state(5, false), state(3, false)}, 2, 3).splits.size(), 2);
  // Of files, one that is not finished may come to a subtask that has.
  EXPECT_EQ(Restored::Of({state(max, true), state(3, false)}, 0, 2).watermark.micros, 3);
  EXPECT_FALSE(Restored::Of({state(max, true), state(3, false)}, 0, 2).ended);
  EXPECT_TRUE(Restored::Of({state(max, true), state(max, true)}, 2, 4).ended);
  EXPECT_FALSE(Restored::Of({}, 0, 1).ended);
  EXPECT_EQ(Restored::Of({}, 0, 1).watermark, EventTime::Min());
}

}  // namespace
}  // namespace laminar::engine
