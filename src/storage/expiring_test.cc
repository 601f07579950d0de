#include "storage/expiring.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace laminar::storage
