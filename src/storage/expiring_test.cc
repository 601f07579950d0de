#include "storage/expiring.h"

#include <deque>

#include <gtest/gtest.h>

#include "base/counter.h"
#include "base/thread.h"
#include "storage/http_for_test.h"

namespace laminar::storage {
namespace {

constexpr int64_t kMinute = int64_t{60} * 1'000'000'000;

class ExpiringTest : public testing::Test {
 protected:
  Expiring<int> Make(int64_t minutes) {
    return Expiring<int>(clock_, [this, minutes]() -> absl::StatusOr<Expiring<int>::Fetched> {
      if (broken_) {
        return base::Unavailable("no answer");
      }
      return Expiring<int>::Fetched{++fetched_,
                                    base::WallTime{clock_.Wall().micros + minutes * 60'000'000}};
    });
  }

  ManualClock clock_;
  int fetched_ = 0;
  bool broken_ = false;
};

TEST_F(ExpiringTest, KeepsAValueUntilShortlyBeforeItsEnd) {
  Expiring<int> value = Make(60);
  EXPECT_EQ(value.Get().value_or(-1), 1);
  clock_.Advance(54 * kMinute);
  EXPECT_EQ(value.Get().value_or(-1), 1);
  clock_.Advance(2 * kMinute);
  EXPECT_EQ(value.Get().value_or(-1), 2);
}

TEST_F(ExpiringTest, ServesTheOldValueWhileNoNewOneComes) {
  Expiring<int> value = Make(60);
  EXPECT_EQ(value.Get().value_or(-1), 1);
  clock_.Advance(56 * kMinute);
  broken_ = true;
  EXPECT_EQ(value.Get().value_or(-1), 1);
  clock_.Advance(5 * kMinute);
  EXPECT_FALSE(value.Get().ok());
  broken_ = false;
  EXPECT_EQ(value.Get().value_or(-1), 2);
}

TEST_F(ExpiringTest, DoesNotFetchShortLivedValuesEachTime) {
  Expiring<int> value = Make(2);
  EXPECT_EQ(value.Get().value_or(-1), 1);
  EXPECT_EQ(value.Get().value_or(-1), 1);
  clock_.Advance(kMinute);
  EXPECT_EQ(value.Get().value_or(-1), 2);
}

TEST_F(ExpiringTest, FetchesAnotherWhenToldTo) {
  Expiring<int> value = Make(60);
  EXPECT_EQ(value.Get().value_or(-1), 1);
  value.Invalidate();
  EXPECT_EQ(value.Get().value_or(-1), 2);
}

// Or each of them would wait for as long as all before it together.
TEST_F(ExpiringTest, AFailureIsTheAnswerToAllThatHaveWaitedForIt) {
  constexpr int kThreads = 8;
  base::Counter num_fetches;
  Expiring<int> value(clock_, [&]() -> absl::StatusOr<Expiring<int>::Fetched> {
    num_fetches.Add(1);  // one thread at a time
    base::SleepNanos(int64_t{300} * 1'000'000);
    return base::Unavailable("no answer");
  });
  {
    std::deque<base::Thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back("getter", [&value] {
        EXPECT_EQ(value.Get().status().code(), absl::StatusCode::kUnavailable);
      });
    }
  }
  EXPECT_LT(num_fetches.Get(), kThreads);
  const int64_t before = num_fetches.Get();
  EXPECT_FALSE(value.Get().ok());
  EXPECT_EQ(num_fetches.Get(), before + 1) << "who comes later asks again";
}

}  // namespace
}  // namespace laminar::storage
