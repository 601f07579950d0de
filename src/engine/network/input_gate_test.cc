#include "engine/network/input_gate.h"

#include <gtest/gtest.h>

#include "engine/network/network_for_test.h"

namespace laminar::engine {
namespace {

class InputGateTest : public testing::Test {
 protected:
  // Makes a gate over channels that lead to these inputs.
  InputGate Make(const std::vector<int>& inputs) {
    std::vector<InputGate::Entry> entries;
    for (const int input : inputs) {
      entries.push_back(
          {std::make_shared<Channel>(ChannelLimits(), memory_, waker_, waker_), input});
      channels_.push_back(entries.back().channel);
    }
    return InputGate(std::move(entries));
  }

  // Events as short text: "0:1,2" rows of input 0; "w5" and "w5i"; "b1"; "end0"; "end".
  static std::string Describe(const std::optional<GateEvent>& event) {
    if (!event.has_value()) {
      return "-";
    }
    if (const auto* rows = std::get_if<InputChunk>(&*event)) {
      std::string text = std::to_string(rows->input) + ":";
      for (const int64_t number : ReadNumbersForTest(rows->chunk)) {
        text += (text.back() == ':' ? "" : ",") + std::to_string(number);
      }
      return text;
    }
    if (const auto* watermark = std::get_if<data::Watermark>(&*event)) {
      return "w" + std::to_string(watermark->time.micros) + (watermark->idle ? "i" : "");
    }
    if (const auto* barrier = std::get_if<data::Barrier>(&*event)) {
      return "b" + std::to_string(barrier->epoch.value);
    }
    if (const auto* end = std::get_if<InputEnd>(&*event)) {
      return "end" + std::to_string(end->input);
    }
    return "end";
  }

  static std::string Drain(InputGate& gate) {
    std::string text;
    while (true) {
      const std::string event = Describe(gate.Next());
      if (event == "-") {
        return text;
      }
      text += (text.empty() ? "" : " ") + event;
    }
  }

  Channel& channel(size_t index) { return *channels_[index]; }

  MemoryForTest memory_;
  std::shared_ptr<WakerForTest> waker_ = std::make_shared<WakerForTest>();
  std::vector<std::shared_ptr<Channel>> channels_;
};

TEST_F(InputGateTest, TakesFromChannelsInTurn) {
  InputGate gate = Make({0, 0});
  channel(0).Push(NumbersForTest({1}));
  channel(0).Push(NumbersForTest({2}));
  channel(0).Push(NumbersForTest({3}));
  channel(1).Push(NumbersForTest({10}));
  channel(1).Push(NumbersForTest({20}));
  EXPECT_EQ(Drain(gate), "0:1 0:10 0:2 0:20 0:3");
}

TEST_F(InputGateTest, CombinesWatermarksOfAllInputs) {
  InputGate gate = Make({0, 1});
  channel(0).Push(data::Watermark{{10}, false, {}});
  EXPECT_EQ(Drain(gate), "");
  channel(1).Push(data::Watermark{{4}, false, {}});
  channel(1).Push(NumbersForTest({1}));
  channel(1).Push(data::Watermark{{40}, false, {}});
  EXPECT_EQ(Drain(gate), "w4 1:1 w10");
}

TEST_F(InputGateTest, HoldsRowsBehindABarrierUntilAllChannelsHaveIt) {
  InputGate gate = Make({0, 0});
  channel(0).Push(NumbersForTest({1}));
  channel(0).Push(data::Barrier{{1}});
  channel(0).Push(NumbersForTest({2}));
  EXPECT_EQ(Drain(gate), "0:1");
  EXPECT_TRUE(gate.aligning());
  channel(1).Push(NumbersForTest({10}));
  channel(1).Push(data::Barrier{{1}});
  channel(1).Push(NumbersForTest({20}));
  EXPECT_EQ(Drain(gate), "0:10 b1 0:2 0:20");
  EXPECT_FALSE(gate.aligning());
}

TEST_F(InputGateTest, CountsTheEndsOfEachInput) {
  InputGate gate = Make({0, 0, 1});
  channel(0).Push(data::EndOfInput());
  EXPECT_EQ(Drain(gate), "");
  channel(2).Push(data::EndOfInput());
  EXPECT_EQ(Drain(gate), "end1");
  channel(1).Push(NumbersForTest({1}));
  channel(1).Push(data::EndOfInput());
  EXPECT_EQ(Drain(gate), "0:1 end0 end");
}

TEST_F(InputGateTest, AnEndCompletesAnAlignment) {
  InputGate gate = Make({0, 0});
  channel(0).Push(data::Barrier{{3}});
  channel(1).Push(data::EndOfInput());
  EXPECT_EQ(Drain(gate), "b3");
  channel(0).Push(data::EndOfInput());
  EXPECT_EQ(Drain(gate), "end0 end");
}

TEST_F(InputGateTest, AChannelThatWasStoppedHoldsTheWatermark) {
  InputGate gate = Make({0, 0});
  channel(0).Push(data::Watermark{{5}, false, {}});
  channel(0).Push(data::EndOfInput());
  channel(1).Push(data::Watermark{{50}, false, {}});
  EXPECT_EQ(Drain(gate), "w5");
  channel(1).Push(data::Watermark{data::EventTime::Max(), false, {}});
  channel(1).Push(data::EndOfInput());
  EXPECT_EQ(Drain(gate), "end0 end");
}

TEST_F(InputGateTest, PassesIdlenessOn) {
  InputGate gate = Make({0, 1});
  channel(0).Push(data::Watermark{{5}, true, {}});
  EXPECT_EQ(Drain(gate), "");
  channel(1).Push(data::Watermark{{3}, true, {}});
  EXPECT_EQ(Drain(gate), "w5i");
  channel(1).Push(data::Watermark{{9}, false, {}});
  EXPECT_EQ(Drain(gate), "w9");
}

}  // namespace
}  // namespace laminar::engine
