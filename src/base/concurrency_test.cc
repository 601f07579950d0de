#include <atomic>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/flag.h"
#include "base/io_pool.h"
#include "base/mailbox.h"
#include "base/parker.h"
#include "base/ready_queue.h"
#include "base/signals.h"
#include "base/thread.h"

namespace laminar::base {
namespace {

TEST(Thread, RunsItsBodyAndJoinsWhenDestroyed) {
  std::atomic<int> runs{0};
  {
    Thread thread("a-name-longer-than-the-kernel-takes", [&] { ++runs; });
  }
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(Thread().joinable());
}

TEST(Flag, TellsWhoRaisedIt) {
  Flag flag;
  EXPECT_FALSE(flag.raised());
  EXPECT_TRUE(flag.Raise());
  EXPECT_FALSE(flag.Raise());
  EXPECT_TRUE(flag.raised());
}

TEST(Parker, ReturnsAtOnceWhenUnparkedBefore) {
  Parker parker;
  parker.Unpark();
  parker.Park(std::nullopt);
  const MonotonicTime start = SystemClock().Now();
  parker.Park(2'000'000);
  EXPECT_GE(SystemClock().Now().nanos - start.nanos, 1'000'000);
}

TEST(Parker, LosesNoWakeUpBetweenTwoThreads) {
  Parker ping;
  Parker pong;
  std::atomic<int> ball{0};
  constexpr int kRounds = 2000;
  Thread other("pong", [&] {
    for (int i = 0; i < kRounds; ++i) {
      while (ball.load() != 1) {
        pong.Park(std::nullopt);
      }
      ball.store(0);
      ping.Unpark();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    ball.store(1);
    pong.Unpark();
    while (ball.load() != 0) {
      ping.Park(std::nullopt);
    }
  }
}

TEST(Mailbox, KeepsOrderAndRefusesWhenFull) {
  Mailbox<int> mailbox(4);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(mailbox.TrySend(i));
  }
  EXPECT_FALSE(mailbox.TrySend(4));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(mailbox.TryReceive(), i);
  }
  EXPECT_EQ(mailbox.TryReceive(), std::nullopt);
  EXPECT_TRUE(mailbox.TrySend(5));
  EXPECT_EQ(mailbox.TryReceive(), 5);
}

TEST(Mailbox, LosesNothingFromManySenders) {
  Mailbox<int64_t> mailbox(16);
  constexpr int kSenders = 3;
  constexpr int64_t kMails = 5000;
  std::vector<Thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back("sender", [&mailbox, sender] {
      for (int64_t i = 0; i < kMails; ++i) {
        while (!mailbox.TrySend(sender * kMails + i)) {
          std::this_thread::yield();
        }
      }
    });
  }
  std::vector<int64_t> last(kSenders, -1);
  for (int64_t received = 0; received < kSenders * kMails;) {
    const std::optional<int64_t> mail = mailbox.TryReceive();
    if (!mail.has_value()) {
      std::this_thread::yield();
      continue;
    }
    EXPECT_EQ(*mail % kMails, last[*mail / kMails] + 1);
    last[*mail / kMails] = *mail % kMails;
    ++received;
  }
}

struct Counted {
  std::atomic<int> work{0};
  int done = 0;
};

TEST(ReadyQueue, QueuesASlotOnceHoweverOftenItIsWoken) {
  auto queue = std::make_shared<ReadyQueue<Counted>>();
  Counted first;
  Counted second;
  ReadySlot<Counted> first_slot(queue, first);
  ReadySlot<Counted> second_slot(queue, second);
  first_slot.Wake();
  second_slot.Wake();
  first_slot.Wake();
  std::vector<ReadySlot<Counted>*> taken;
  queue->Take(taken);
  EXPECT_EQ(taken, (std::vector<ReadySlot<Counted>*>{&first_slot, &second_slot}));
  first_slot.Begin();
  first_slot.Wake();
  taken.clear();
  queue->Take(taken);
  EXPECT_EQ(taken.size(), 1);
}

TEST(ReadyQueue, ARetiredSlotIsNeverQueuedAgain) {
  auto queue = std::make_shared<ReadyQueue<Counted>>();
  Counted thing;
  ReadySlot<Counted> slot(queue, thing);
  slot.Wake();
  std::vector<ReadySlot<Counted>*> taken;
  queue->Take(taken);
  slot.Begin();
  slot.Wake();
  EXPECT_FALSE(slot.Retire());  // queued once more
  taken.clear();
  queue->Take(taken);
  EXPECT_EQ(taken.size(), 1);
  slot.Wake();
  taken.clear();
  queue->Take(taken);
  EXPECT_TRUE(taken.empty());
}

TEST(ReadyQueue, LosesNoWorkFromManyThreads) {
  auto queue = std::make_shared<ReadyQueue<Counted>>();
  constexpr int kSlots = 7;
  constexpr int kRounds = 3000;
  std::vector<Counted> things(kSlots);
  std::vector<std::unique_ptr<ReadySlot<Counted>>> slots;
  for (Counted& thing : things) {
    slots.push_back(std::make_unique<ReadySlot<Counted>>(queue, thing));
  }
  std::vector<Thread> wakers;
  for (int waker = 0; waker < 3; ++waker) {
    wakers.emplace_back("waker", [&] {
      for (int i = 0; i < kRounds; ++i) {
        things[i % kSlots].work.fetch_add(1, std::memory_order_relaxed);
        slots[i % kSlots]->Wake();
      }
    });
  }
  int done = 0;
  std::vector<ReadySlot<Counted>*> taken;
  while (done < 3 * kRounds) {
    queue->Park(std::nullopt);
    taken.clear();
    queue->Take(taken);
    for (ReadySlot<Counted>* slot : taken) {
      slot->Begin();
      done += slot->owner().work.exchange(0, std::memory_order_relaxed);
    }
  }
  EXPECT_EQ(done, 3 * kRounds);
}

TEST(IoPool, RunsEverythingSubmittedBeforeItIsDestroyed) {
  std::atomic<int> runs{0};
  {
    IoPool pool({.name = "test", .num_threads = 2, .queue_length_max = 100});
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(pool.TrySubmit([&] { ++runs; }));
    }
  }
  EXPECT_EQ(runs, 50);
}

TEST(IoPool, RefusesWhenItsQueueIsFull) {
  Flag release;
  Flag started;
  IoPool pool({.name = "test", .num_threads = 1, .queue_length_max = 1});
  ASSERT_TRUE(pool.TrySubmit([&] {
    started.Raise();
    while (!release.raised()) {
      SleepNanos(100'000);
    }
  }));
  while (!started.raised()) {
    SleepNanos(100'000);
  }
  EXPECT_TRUE(pool.TrySubmit([] {}));
  EXPECT_FALSE(pool.TrySubmit([] {}));
  release.Raise();
}

TEST(Signals, AreCountedWhileWanted) {
  IgnoreBrokenPipes();
  const StopSignalScope scope;
  const int before = StopSignalCount();
  std::raise(SIGINT);
  EXPECT_EQ(StopSignalCount(), before + 1);
  EXPECT_EQ(LastStopSignal(), SIGINT);
  std::raise(SIGTERM);
  EXPECT_EQ(StopSignalCount(), before + 2);
  EXPECT_EQ(LastStopSignal(), SIGTERM);
  std::raise(SIGPIPE);
  EXPECT_EQ(StopSignalCount(), before + 2);
}

TEST(Signals, EndTheProcessWhenNobodyCountsThem) {
  {
    const StopSignalScope scope;
  }
  EXPECT_EXIT(std::raise(SIGTERM), testing::KilledBySignal(SIGTERM), "");
}

TEST(Signals, EndTheProcessWithTheirExitCodeBeforeAndAfterTheyAreCounted) {
  const auto end_by = [](int number, bool counted_before) {
    EndProcessOnStopSignals();
    if (counted_before) {
      const StopSignalScope scope;
    }
    std::raise(number);
  };
  EXPECT_EXIT(end_by(SIGINT, false), testing::ExitedWithCode(130), "");
  EXPECT_EXIT(end_by(SIGTERM, true), testing::ExitedWithCode(143), "");
}

}  // namespace
}  // namespace laminar::base
