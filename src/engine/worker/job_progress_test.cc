#include "engine/worker/job_progress.h"

#include <gtest/gtest.h>

namespace laminar::engine {
namespace {

// A line of three tasks over a second: source, middle (two operators), sink.
class BottleneckTest : public testing::Test {
 protected:
  BottleneckTest() {
    now_.elapsed_nanos = 1000;
    for (int32_t i = 0; i < 4; ++i) {
      OperatorProgress op;
      op.node = {i};
      op.name = "op_" + std::to_string(i);
      now_.operators.push_back(op);
    }
    now_.tasks.resize(3);
    now_.tasks[0].nodes = {{0}};
    now_.tasks[1].nodes = {{1}, {2}};
    now_.tasks[1].producers = {0};
    now_.tasks[2].nodes = {{3}};
    now_.tasks[2].producers = {1};
  }
  void Block(size_t task, BlockingReason reason, int64_t nanos) {
    now_.tasks[task].blocked_nanos[static_cast<size_t>(reason)] = nanos;
  }

  JobProgress now_;
};

TEST_F(BottleneckTest, IsNobodyWhenNobodyWaits) {
  Block(1, BlockingReason::kNoInput, 900);
  EXPECT_FALSE(FindBottleneck({}, now_).has_value());
}

TEST_F(BottleneckTest, IsTheBusiestOperatorOfTheTaskThatItsProducersWaitFor) {
  Block(0, BlockingReason::kNoCredit, 800);
  now_.operators[1].busy_nanos = 100;
  now_.operators[2].busy_nanos = 700;
  const auto bottleneck = FindBottleneck({}, now_);
  ASSERT_TRUE(bottleneck.has_value());
  EXPECT_EQ(bottleneck->name, "op_2");
  EXPECT_FALSE(bottleneck->waits_for.has_value());
}

TEST_F(BottleneckTest, IsTheLastOfThoseThatWait) {
  Block(0, BlockingReason::kNoCredit, 800);
  Block(1, BlockingReason::kNoCredit, 700);
  EXPECT_EQ(FindBottleneck({}, now_)->name, "op_3");
}

TEST_F(BottleneckTest, IsASinkThatWaitsForTheOutside) {
  Block(0, BlockingReason::kNoCredit, 800);
  Block(1, BlockingReason::kNoCredit, 700);
  Block(2, BlockingReason::kSinkBusy, 600);
  const auto bottleneck = FindBottleneck({}, now_);
  EXPECT_EQ(bottleneck->name, "op_3");
  EXPECT_EQ(bottleneck->waits_for, BlockingReason::kSinkBusy);
}

TEST_F(BottleneckTest, LooksAtTheTimeSinceTheMomentBefore) {
  Block(0, BlockingReason::kNoCredit, 800);
  JobProgress before = now_;
  now_.elapsed_nanos = 2000;
  EXPECT_FALSE(FindBottleneck(before, now_).has_value());
  Block(0, BlockingReason::kNoCredit, 1700);
  EXPECT_TRUE(FindBottleneck(before, now_).has_value());
}

}  // namespace
}  // namespace laminar::engine
