#include "data/distinct_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laminar::data {
namespace {

using testing::ElementsAre;

TEST(DistinctNames, NumbersThoseThatAreTakenWhateverTheirCase) {
  EXPECT_THAT(DistinctNames({"a", "b", "A", "a", "a_2"}),
              ElementsAre("a", "b", "A_2", "a_3", "a_2_2"));
}

TEST(DistinctNames, LeavesDistinctOnesAsTheyAre) {
  const std::vector<std::string> names = {"A_2", "a", "_key_group"};
  EXPECT_EQ(DistinctNames(names), names);
}

}  // namespace
}  // namespace laminar::data
