#include "base/serial_queue.h"

#include <atomic>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "base/parker.h"

namespace laminar::base {
namespace {

class Event {
 public:
  void Set() {
    set_ = true;
    parker_.Unpark();
  }
  void Wait() {
    while (!set_) {
      parker_.Park(std::nullopt);
    }
  }

 private:
  std::atomic<bool> set_{false};
  Parker parker_;
};

TEST(SerialQueue, RunsWorkInOrderOneAtATime) {
  IoPool pool({.name = "test", .num_threads = 4, .queue_length_max = 8});
  std::vector<int> done;  // unguarded: only one piece runs at a time
  Event finished;
  SerialQueue queue(pool, 100, [] {});
  for (int i = 0; i < 100; ++i) {
    queue.Push(1, [&done, i] { done.push_back(i); });
  }
  queue.Push(1, [&finished] { finished.Set(); });
  finished.Wait();
  queue.Close();
  ASSERT_EQ(done.size(), 100u);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(done[static_cast<size_t>(i)], i);
  }
}

TEST(SerialQueue, HasNoRoomUntilWorkIsDoneAndWakesThen) {
  IoPool pool({.name = "test", .num_threads = 1, .queue_length_max = 8});
  Event go;
  Event woken;
  SerialQueue queue(pool, 10, [&woken] { woken.Set(); });
  EXPECT_TRUE(queue.HasRoom());
  queue.Push(10, [&go] { go.Wait(); });
  EXPECT_FALSE(queue.HasRoom());
  EXPECT_FALSE(queue.Idle());
  go.Set();
  woken.Wait();
  EXPECT_TRUE(queue.HasRoom());
  EXPECT_TRUE(queue.Idle());
  queue.Close();
}

TEST(SerialQueue, DropsOnCloseWhatHasNotBegun) {
  IoPool pool({.name = "test", .num_threads = 1, .queue_length_max = 8});
  Event begun;
  Event go;
  std::atomic<int> num_run{0};
  auto queue = std::make_unique<SerialQueue>(pool, 10, [] {});
  queue->Push(1, [&] {
    begun.Set();
    go.Wait();
    ++num_run;
  });
  begun.Wait();
  queue->Push(1, [&] { ++num_run; });
  go.Set();
  queue->Close();
  queue->Push(1, [&] { ++num_run; });
  queue.reset();
  // The second piece may have begun before Close, the third never.
  EXPECT_GE(num_run, 1);
  EXPECT_LE(num_run, 2);
}

TEST(SerialQueue, SharesAPoolSmallerThanTheNumberOfQueues) {
  IoPool pool({.name = "test", .num_threads = 2, .queue_length_max = 50});
  std::atomic<int> num_run{0};
  std::vector<std::unique_ptr<SerialQueue>> queues;
  for (int i = 0; i < 50; ++i) {
    queues.push_back(std::make_unique<SerialQueue>(pool, 10, [] {}));
  }
  for (int round = 0; round < 20; ++round) {
    for (const auto& queue : queues) {
      queue->Push(1, [&num_run] { ++num_run; });
    }
  }
  for (const auto& queue : queues) {
    Event done;
    queue->Push(1, [&done] { done.Set(); });
    done.Wait();
    queue->Close();
  }
  EXPECT_EQ(num_run, 1000);
}

}  // namespace
}  // namespace laminar::base
