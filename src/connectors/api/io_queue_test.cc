#include "connectors/api/io_queue.h"

#include <gtest/gtest.h>

#include "base/flag.h"
#include "base/parker.h"

namespace laminar::connectors {
namespace {

constexpr int64_t kLong = 5'000'000'000;

TEST(IoQueue, DoesWorkInOrderAndTellsWhenDone) {
  base::Parker parker;
  std::vector<int> done;
  IoQueue queue("test", 100, [&] { parker.Unpark(); });
  for (int i = 0; i < 10; ++i) {
    queue.Push(1, [&done, i] {
      done.push_back(i);
      return absl::OkStatus();
    });
  }
  while (!queue.Idle()) {
    parker.Park(kLong);
  }
  queue.Close();
  EXPECT_EQ(done, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(queue.status().ok());
}

TEST(IoQueue, HasNoRoomUntilWorkIsDone) {
  base::Parker parker;
  base::Parker gate;
  IoQueue queue("test", 100, [&] { parker.Unpark(); });
  EXPECT_TRUE(queue.HasRoom());
  queue.Push(100, [&] {
    gate.Park(kLong);
    return absl::OkStatus();
  });
  EXPECT_FALSE(queue.HasRoom());
  gate.Unpark();
  while (!queue.HasRoom()) {
    parker.Park(kLong);
  }
  queue.Close();
}

TEST(IoQueue, TheFirstErrorEndsItAndOpensTheDoor) {
  base::Parker parker;
  bool ran = false;
  IoQueue queue("test", 10, [&] { parker.Unpark(); });
  queue.Push(50, [] { return base::ResourceExhausted("disk is full"); });
  queue.Push(50, [&ran] {
    ran = true;
    return absl::OkStatus();
  });
  while (!queue.Idle()) {
    parker.Park(kLong);
  }
  EXPECT_EQ(queue.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(queue.HasRoom());
  queue.Push(1, [&ran] {
    ran = true;
    return absl::OkStatus();
  });
  EXPECT_TRUE(queue.Idle());
  queue.Close();
  EXPECT_FALSE(ran);
}

TEST(IoQueue, CloseDropsWhatHasNotBegun) {
  base::Flag begun;
  int ran = 0;
  IoQueue queue("test", 10, [] {});
  queue.Push(1, [&] {
    begun.Raise();
    base::SleepNanos(10'000'000);
    ++ran;
    return absl::OkStatus();
  });
  for (int i = 0; i < 5; ++i) {
    queue.Push(1, [&] {
      ++ran;
      return absl::OkStatus();
    });
  }
  while (!begun.raised()) {
    base::SleepNanos(100'000);
  }
  queue.Close();
  EXPECT_EQ(ran, 1);
}

TEST(IoQueue, DrainWaitsForAllWorkButNotForEver) {
  int ran = 0;
  IoQueue queue("test", 10, [] {});
  queue.Push(1, [&] {
    base::SleepNanos(5'000'000);
    ++ran;
    return absl::OkStatus();
  });
  queue.Drain(kLong);
  EXPECT_EQ(ran, 1);
  base::Parker gate;
  queue.Push(1, [&] {
    gate.Park(kLong);
    return absl::OkStatus();
  });
  queue.Drain(1'000'000);
  EXPECT_FALSE(queue.Idle());
  gate.Unpark();
  queue.Close();
}

TEST(IoQueue, TellsOfWorkThatIsDroppedWhy) {
  base::Parker parker;
  base::Parker gate;
  std::vector<std::string> told;
  const auto dropped = [&](const absl::Status& why) { told.emplace_back(why.message()); };
  IoQueue queue("test", 10, [&] { parker.Unpark(); });
  queue.Push(0, [&] {
    gate.Park(kLong);
    return base::ResourceExhausted("disk is full");
  });
  queue.Push(0, [] { return absl::OkStatus(); }, dropped);
  queue.Push(0, [] { return absl::OkStatus(); });
  gate.Unpark();
  while (!queue.Idle()) {
    parker.Park(kLong);
  }
  queue.Push(0, [] { return absl::OkStatus(); }, dropped);
  queue.Close();
  queue.Push(0, [] { return absl::OkStatus(); }, dropped);
  EXPECT_EQ(told, std::vector<std::string>(3, "disk is full"));
}

TEST(IoQueue, TellsOfWorkThatIsDroppedByItsEnd) {
  base::Parker began;
  base::Parker gate;
  std::vector<std::string> told;
  const auto dropped = [&](const absl::Status& why) {
    told.emplace_back(why.message());
    gate.Unpark();
  };
  IoQueue queue("test", 10, [] {});
  queue.Push(0, [&] {
    began.Unpark();
    gate.Park(kLong);
    return absl::OkStatus();
  });
  began.Park(kLong);
  queue.Push(0, [] { return absl::OkStatus(); }, dropped);
  queue.Close();
  EXPECT_EQ(told, std::vector<std::string>{"writing was stopped"});
}

}  // namespace
}  // namespace laminar::connectors
