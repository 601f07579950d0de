#include "engine/network/channel.h"

#include <gtest/gtest.h>

#include "base/parker.h"
#include "base/thread.h"
#include "engine/network/network_for_test.h"

namespace laminar::engine {
namespace {

TEST(Channel, HandsEventsOverInOrder) {
  ChannelForTest test;
  Channel& channel = *test.channel;
  EXPECT_TRUE(channel.empty());
  channel.Push(NumbersForTest({1, 2}));
  channel.Push(data::Watermark{{5}, false, {}});
  channel.Push(data::Barrier{{7}});
  channel.Push(data::EndOfInput());
  EXPECT_EQ(test.consumer->wakes, 4);
  EXPECT_EQ(ReadNumbersForTest(std::get<data::Chunk>(channel.Pop())), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(std::get<data::Watermark>(channel.Pop()).time.micros, 5);
  EXPECT_EQ(std::get<data::Barrier>(channel.Pop()).epoch.value, 7);
  EXPECT_TRUE(std::holds_alternative<data::EndOfInput>(channel.Pop()));
  EXPECT_TRUE(channel.empty());
}

TEST(Channel, HasNoCreditWhenFullAndWakesTheProducerWhenHalfIsFree) {
  ChannelForTest test({.chunks_max = 4});
  Channel& channel = *test.channel;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(channel.HasCredit());
    channel.Push(NumbersForTest({i}));
  }
  EXPECT_FALSE(channel.HasCredit());
  EXPECT_TRUE(channel.HasRoom()) << "watermarks pass while chunks wait for credit";
  EXPECT_EQ(channel.num_chunks(), 4);
  channel.Pop();
  EXPECT_EQ(test.producer->wakes, 0);
  channel.Pop();
  EXPECT_EQ(test.producer->wakes, 1);
  channel.Pop();
  EXPECT_EQ(test.producer->wakes, 1) << "once is enough";
  EXPECT_TRUE(channel.HasCredit());
}

TEST(Channel, DoesNotWakeAProducerThatHasNotAsked) {
  ChannelForTest test({.chunks_max = 2});
  test.channel->Push(NumbersForTest({1}));
  test.channel->Push(NumbersForTest({2}));
  test.channel->Pop();
  test.channel->Pop();
  EXPECT_EQ(test.producer->wakes, 0);
}

TEST(Channel, LimitsBytesButAlwaysTakesOneChunk) {
  ChannelForTest test({.chunks_max = 16, .bytes_max = 100});
  Channel& channel = *test.channel;
  ASSERT_TRUE(channel.HasCredit());
  channel.Push(SequenceForTest(0, 1000));
  EXPECT_FALSE(channel.HasCredit());
  channel.Pop();
  EXPECT_TRUE(channel.HasCredit());
  EXPECT_EQ(test.producer->wakes, 1);
}

TEST(Channel, LimitsEventsWithoutRows) {
  ChannelForTest test;
  Channel& channel = *test.channel;
  int pushed = 0;
  for (; channel.HasRoom(); ++pushed) {
    channel.Push(data::Watermark{{pushed}, false, {}});
  }
  EXPECT_EQ(pushed, base::kChannelEventsMax);
  EXPECT_FALSE(channel.HasCredit());
  while (!channel.empty()) {
    channel.Pop();
  }
  EXPECT_EQ(test.producer->wakes, 1);
  EXPECT_TRUE(channel.HasRoom());
}

TEST(Channel, ChargesMemoryAndGivesItBack) {
  ChannelForTest test;
  for (int i = 0; i < 10; ++i) {
    test.channel->Push(SequenceForTest(0, 2048));
  }
  EXPECT_GT(test.memory.used_bytes(), 10 * 2048 * 8);
  test.channel.reset();
  EXPECT_EQ(test.memory.used_bytes(), 0);
}

TEST(Channel, GoesOnChunkByChunkWhenMemoryIsShort) {
  ChannelForTest test({}, /*memory_limit=*/1000);
  Channel& channel = *test.channel;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(channel.HasCredit());
    channel.Push(SequenceForTest(0, 2048));
    EXPECT_FALSE(channel.HasCredit());
    channel.Pop();
  }
  EXPECT_EQ(test.memory.used_bytes(), 0);
}

// Wakes a thread that waits for its channel.
class ParkedForTest final : public base::Waker {
 public:
  void Wake() override { parker.Unpark(); }
  base::Parker parker;
};

TEST(Channel, LosesNothingAndNoWakeUpBetweenTwoThreads) {
  MemoryForTest memory;
  auto producer = std::make_shared<ParkedForTest>();
  auto consumer = std::make_shared<ParkedForTest>();
  Channel channel({.chunks_max = 3}, memory, producer, consumer);
  constexpr int64_t kChunks = 20'000;
  base::Thread thread("producer", [&] {
    for (int64_t i = 0; i < kChunks; ++i) {
      while (!channel.HasCredit()) {
        producer->parker.Park(std::nullopt);
      }
      channel.Push(NumbersForTest({i}));
      while (!channel.HasRoom()) {
        producer->parker.Park(std::nullopt);
      }
      channel.Push(data::Watermark{{i}, false, {}});
    }
    while (!channel.HasRoom()) {
      producer->parker.Park(std::nullopt);
    }
    channel.Push(data::EndOfInput());
  });
  int64_t chunks = 0;
  int64_t watermarks = 0;
  for (bool ended = false; !ended;) {
    while (channel.empty()) {
      consumer->parker.Park(std::nullopt);
    }
    const data::StreamEvent event = channel.Pop();
    if (const auto* chunk = std::get_if<data::Chunk>(&event)) {
      EXPECT_EQ(ReadNumbersForTest(*chunk)[0], chunks++);
    } else if (const auto* watermark = std::get_if<data::Watermark>(&event)) {
      EXPECT_EQ(watermark->time.micros, watermarks++);
    } else {
      ended = true;
    }
  }
  EXPECT_EQ(chunks, kChunks);
  EXPECT_EQ(watermarks, kChunks);
}

}  // namespace
}  // namespace laminar::engine
