#include "engine/task/operator_chain.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/network/network_for_test.h"
#include "engine/operators/clock_for_test.h"

namespace laminar::engine {
namespace {

using testing::ElementsAre;
using Log = std::vector<std::string>;

// An operator that logs its calls, answers each chunk with `copies` of it, and holds watermarks
// back by `delay`.
class LoggedOperator final : public Operator {
 public:
  LoggedOperator(std::string name, Log& log, int copies = 1, int64_t delay = 0)
      : name_(std::move(name)), log_(log), copies_(copies), delay_(delay) {}

  absl::Status Open(OperatorContext& context) override {
    log_.push_back(name_ + " open");
    return fail_open ? base::Internal("cannot open") : absl::OkStatus();
  }
  absl::Status Process(int input, data::Chunk chunk) override {
    EXPECT_TRUE(output_.empty()) << "Process before Produce was exhausted";
    log_.push_back(name_ + " rows" + std::to_string(input));
    if (fail_process) {
      return base::Internal("cannot process");
    }
    for (int i = 0; i < copies_; ++i) {
      output_.push_back(chunk.Share());
    }
    return absl::OkStatus();
  }
  absl::Status ProcessWatermark(data::Watermark watermark) override {
    EXPECT_TRUE(output_.empty());
    EXPECT_GT(watermark.time, last_);
    last_ = watermark.time;
    log_.push_back(name_ + " w" + std::to_string(watermark.time.micros));
    if (emit_at_watermark) {
      output_.push_back(NumbersForTest({watermark.time.micros}));
    }
    return absl::OkStatus();
  }
  absl::Status EndInput(int input) override {
    EXPECT_TRUE(output_.empty());
    log_.push_back(name_ + " end" + std::to_string(input));
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<data::Chunk>> Produce() override {
    if (output_.empty()) {
      return std::nullopt;
    }
    if (pauses > 0) {
      --pauses;
      return data::Chunk();
    }
    data::Chunk chunk = std::move(output_.front());
    output_.pop_front();
    return chunk;
  }
  data::EventTime OutputWatermark(data::EventTime input) const override {
    return {input.micros - delay_};
  }
  void Close() override { log_.push_back(name_ + " close"); }

  bool fail_open = false;
  bool fail_process = false;
  bool emit_at_watermark = false;
  int pauses = 0;  // how often it goes on without output first

 private:
  const std::string name_;
  Log& log_;
  const int copies_;
  const int64_t delay_;
  data::EventTime last_ = data::EventTime::Min();
  std::deque<data::Chunk> output_;
};

class LoggedTail final : public ChainTail {
 public:
  explicit LoggedTail(Log& log) : log_(log) {}
  bool CanTakeChunk() override { return room > 0; }
  bool CanTakeEvent() override { return room > 0; }
  absl::Status TakeChunk(data::Chunk chunk) override {
    --room;
    log_.push_back("out rows");
    return absl::OkStatus();
  }
  absl::Status TakeWatermark(const data::Watermark& watermark) override {
    --room;
    log_.push_back("out w" + std::to_string(watermark.time.micros) + (watermark.idle ? "i" : ""));
    return absl::OkStatus();
  }
  absl::Status TakeBarrier(const data::Barrier& barrier) override {
    --room;
    log_.push_back("out b" + std::to_string(barrier.epoch.value));
    return absl::OkStatus();
  }
  absl::Status TakeEnd() override {
    --room;
    log_.push_back("out end");
    return absl::OkStatus();
  }
  BlockingReason blocking_reason() const override { return BlockingReason::kNoCredit; }

  int room = 1000;

 private:
  Log& log_;
};

class OperatorChainTest : public testing::Test {
 protected:
  LoggedOperator& Add(const std::string& name, int copies = 1, int64_t delay = 0) {
    auto op = std::make_unique<LoggedOperator>(name, log_, copies, delay);
    LoggedOperator& added = *op;
    metrics_.push_back(std::make_unique<OperatorMetrics>());
    const plan::NodeId node{static_cast<int32_t>(stages_.size())};
    stages_.push_back({node, std::move(op), metrics_.back().get()});
    return added;
  }

  OperatorChain& Chain() {
    if (!chain_.has_value()) {
      chain_.emplace(std::move(stages_), tail_, plan::NodeId{99}, tail_metrics_, clock_);
    }
    return *chain_;
  }

  // Steps until the event has passed or the tail is full; returns what was called.
  Log Run(GateEvent event) {
    Chain().Accept(std::move(event));
    return Continue();
  }
  Log Continue() {
    log_.clear();
    while (!Chain().empty()) {
      const absl::StatusOr<bool> moved = Chain().Step();
      EXPECT_TRUE(moved.ok()) << moved.status();
      if (!moved.ok() || !*moved) {
        break;
      }
    }
    return log_;
  }
  static InputChunk Rows(int input = 0) { return {input, NumbersForTest({1, 2})}; }
  static data::Watermark At(int64_t micros, bool idle = false) { return {{micros}, idle, {}}; }

  Log log_;
  LoggedTail tail_{log_};
  ClockForTest clock_;
  std::vector<OperatorChain::Stage> stages_;
  std::vector<std::unique_ptr<OperatorMetrics>> metrics_;
  OperatorMetrics tail_metrics_;
  std::optional<OperatorChain> chain_;
};

TEST_F(OperatorChainTest, GoesOnAfterAPauseWithoutOutput) {
  Add("a").pauses = 3;
  Chain().Accept(Rows());
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(*Chain().Step());
  }
  EXPECT_THAT(log_, testing::Not(testing::Contains("out rows")));
  EXPECT_EQ(metrics_[0]->chunks_out.Get(), 0);
  EXPECT_THAT(Continue(), testing::Contains("out rows"));
}

TEST_F(OperatorChainTest, PassesRowsThroughEveryOperator) {
  Add("a");
  Add("b");
  EXPECT_THAT(Run(Rows(3)), ElementsAre("a rows3", "b rows0", "out rows"));
  EXPECT_TRUE(Chain().empty());
  EXPECT_EQ(metrics_[0]->rows_in.Get(), 2);
  EXPECT_EQ(metrics_[1]->rows_out.Get(), 2);
  EXPECT_EQ(metrics_[1]->chunks_out.Get(), 1);
}

TEST_F(OperatorChainTest, EmptiesLaterOperatorsBeforeItAsksEarlierOnes) {
  Add("a", 2);
  Add("b", 2);
  EXPECT_THAT(Run(Rows()), ElementsAre("a rows0", "b rows0", "out rows", "out rows", "b rows0",
                                       "out rows", "out rows"));
}

TEST_F(OperatorChainTest, StopsInTheMiddleWhenTheTailIsFullAndGoesOnThere) {
  Add("a", 2);
  Add("b", 2);
  tail_.room = 1;
  EXPECT_THAT(Run(Rows()), ElementsAre("a rows0", "b rows0", "out rows"));
  EXPECT_FALSE(Chain().empty());
  EXPECT_THAT(Continue(), ElementsAre());
  tail_.room = 2;
  EXPECT_THAT(Continue(), ElementsAre("out rows", "b rows0", "out rows"));
  tail_.room = 100;
  EXPECT_THAT(Continue(), ElementsAre("out rows"));
  EXPECT_TRUE(Chain().empty());
}

TEST_F(OperatorChainTest, ForwardsAWatermarkAfterTheRowsItHasCaused) {
  Add("a").emit_at_watermark = true;
  Add("b");
  EXPECT_THAT(Run(At(5)), ElementsAre("a w5", "b rows0", "out rows", "b w5", "out w5"));
  EXPECT_EQ(metrics_[1]->watermark_micros.Get(), 5);
}

TEST_F(OperatorChainTest, ForwardsWhatAnOperatorMakesOfAWatermark) {
  Add("a", 1, /*delay=*/10);
  Add("b");
  EXPECT_THAT(Run(At(15)), ElementsAre("a w15", "b w5", "out w5"));
}

TEST_F(OperatorChainTest, ForwardsOnlyWatermarksThatAdvance) {
  LoggedOperator& a = Add("a");
  (void)a;
  EXPECT_THAT(Run(At(15)), ElementsAre("a w15", "out w15"));
  EXPECT_THAT(Run(At(15)), ElementsAre());
  EXPECT_THAT(Run(At(16)), ElementsAre("a w16", "out w16"));
}

TEST_F(OperatorChainTest, ForwardsIdlenessPastOperators) {
  Add("a");
  EXPECT_THAT(Run(At(data::EventTime::Min().micros, /*idle=*/true)),
              ElementsAre("out w" + std::to_string(data::EventTime::Min().micros) + "i"));
  EXPECT_THAT(Run(At(7)), ElementsAre("a w7", "out w7"));
  EXPECT_THAT(Run(At(7, true)), ElementsAre("out w7i"));
}

TEST_F(OperatorChainTest, ForwardsBarriersAfterWhatCameBefore) {
  Add("a");
  EXPECT_THAT(Run(data::Barrier{{4}}), ElementsAre("out b4"));
  EXPECT_EQ(Chain().TakePassedBarrier()->epoch.value, 4);
  EXPECT_FALSE(Chain().TakePassedBarrier().has_value());
}

TEST_F(OperatorChainTest, EndsEveryOperatorOnce) {
  Add("a");
  Add("b");
  EXPECT_THAT(Run(InputEnd{1}), ElementsAre("a end1"));
  EXPECT_THAT(Run(InputEnd{0}), ElementsAre("a end0"));
  EXPECT_FALSE(Chain().ended());
  EXPECT_THAT(Run(data::EndOfInput()), ElementsAre("b end0", "out end"));
  EXPECT_TRUE(Chain().ended());
}

TEST_F(OperatorChainTest, WorksWithoutOperators) {
  EXPECT_THAT(Run(Rows()), ElementsAre("out rows"));
  EXPECT_THAT(Run(At(3)), ElementsAre("out w3"));
  EXPECT_THAT(Run(InputEnd{0}), ElementsAre());
  tail_.room = 0;
  EXPECT_THAT(Run(data::EndOfInput()), ElementsAre());
  EXPECT_FALSE(Chain().ended());
  tail_.room = 1;
  EXPECT_THAT(Continue(), ElementsAre("out end"));
}

TEST_F(OperatorChainTest, HoldsAWatermarkWhenTheTailIsFull) {
  Add("a");
  tail_.room = 0;
  EXPECT_THAT(Run(At(3)), ElementsAre("a w3"));
  EXPECT_FALSE(Chain().empty());
  tail_.room = 1;
  EXPECT_THAT(Continue(), ElementsAre("out w3"));
}

TEST_F(OperatorChainTest, NamesTheOperatorThatFailed) {
  Add("a");
  Add("b").fail_process = true;
  Chain().Accept(Rows());
  absl::Status status;
  while (status.ok()) {
    status = Chain().Step().status();
  }
  EXPECT_EQ(status.message(), "cannot process");
  EXPECT_EQ(Chain().failed_node().value, 1);
}

TEST_F(OperatorChainTest, OpensInOrderAndClosesAll) {
  Add("a");
  Add("b").fail_open = true;
  MemoryForTest memory;
  EXPECT_EQ(Chain().Open({}, memory).message(), "cannot open");
  EXPECT_EQ(Chain().failed_node().value, 1);
  Chain().Close();
  EXPECT_THAT(log_, ElementsAre("a open", "b open", "a close", "b close"));
}

}  // namespace
}  // namespace laminar::engine
