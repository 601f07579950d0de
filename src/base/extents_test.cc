#include "base/extents.h"

#include <map>

#include <gtest/gtest.h>

#include "base/random.h"

namespace laminar::base {
namespace {

TEST(Extents, TakesTheSmallestPartThatIsLargeEnough) {
  Extents free;
  free.Add(0, 100);
  free.Add(200, 40);
  free.Add(300, 30);
  EXPECT_EQ(free.Take(35), 200);
  EXPECT_EQ(free.Take(30), 300);
  EXPECT_EQ(free.Take(101), std::nullopt);
  EXPECT_EQ(free.bytes(), 105);
  EXPECT_EQ(free.Take(5), 235);
}

TEST(Extents, TakesTheLargestPartInPieces) {
  Extents free;
  free.Add(0, 100);
  free.Add(200, 40);
  EXPECT_EQ(free.TakeOfLargest(70), std::pair(int64_t{0}, int64_t{70}));
  EXPECT_EQ(free.TakeOfLargest(70), std::pair(int64_t{200}, int64_t{40}));
  EXPECT_EQ(free.TakeOfLargest(70), std::pair(int64_t{70}, int64_t{30}));
  EXPECT_EQ(free.TakeOfLargest(70), std::nullopt);
  EXPECT_EQ(free.bytes(), 0);
}

TEST(Extents, JoinsNeighboursThatComeBack) {
  Extents free;
  free.Add(0, 10);
  free.Add(20, 10);
  EXPECT_EQ(free.num_parts(), 2U);
  free.Add(10, 10);
  EXPECT_EQ(free.num_parts(), 1U);
  EXPECT_EQ(free.Take(30), 0);
  EXPECT_EQ(free.bytes(), 0);
  EXPECT_EQ(free.num_parts(), 0U);
}

TEST(Extents, NeverHandsOutAByteTwiceWhateverTheOrder) {
  Random random(7);
  Extents free;
  constexpr int64_t kAll = 1 << 16;
  free.Add(0, kAll);
  std::map<int64_t, int64_t> taken;
  for (int i = 0; i < 20000; ++i) {
    if (!taken.empty() && random.Uniform(2) == 0) {
      auto at = taken.lower_bound(static_cast<int64_t>(random.Uniform(kAll)));
      at = at == taken.end() ? taken.begin() : at;
      free.Add(at->first, at->second);
      taken.erase(at);
      continue;
    }
    const auto bytes = static_cast<int64_t>(1 + random.Uniform(1000));
    if (const std::optional<int64_t> offset = free.Take(bytes)) {
      const auto after = taken.lower_bound(*offset);
      ASSERT_TRUE(after == taken.end() || after->first >= *offset + bytes);
      ASSERT_TRUE(after == taken.begin() ||
                  std::prev(after)->first + std::prev(after)->second <= *offset);
      taken.emplace(*offset, bytes);
    }
  }
  for (const auto& [offset, bytes] : taken) {
    free.Add(offset, bytes);
  }
  EXPECT_EQ(free.num_parts(), 1U);
  EXPECT_EQ(free.bytes(), kAll);
}

}  // namespace
}  // namespace laminar::base
