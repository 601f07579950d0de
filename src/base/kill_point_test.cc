#include "base/kill_point.h"

#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

namespace laminar::base {
namespace {

TEST(KillPoint, PlansAreANameAndAHit) {
  const std::optional<KillPlan> plan = KillPlan::Parse("record.before:3");
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->name, "record.before");
  EXPECT_EQ(plan->hit, 3);
  EXPECT_FALSE(plan->stop);
  const std::optional<KillPlan> stop = KillPlan::Parse("a:1:stop");
  ASSERT_TRUE(stop.has_value());
  EXPECT_TRUE(stop->stop);
}

TEST(KillPoint, OtherTextIsNoPlan) {
  for (const char* text : {"", "a", ":1", "a:", "a:0", "a:-1", "a:x", "a:1:wait", "a:1:stop:2"}) {
    EXPECT_FALSE(KillPlan::Parse(text).has_value()) << text;
  }
}

TEST(KillPointDeathTest, TheProcessKillsItselfAtThePlannedHit) {
  EXPECT_EXIT(
      {
        setenv("LAMINAR_KILL_POINT", "here:2", 1);
        ReachKillPoint("there");
        ReachKillPoint("there");
        ReachKillPoint("here");
        ReachKillPoint("here");
        std::_Exit(0);
      },
      testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(
      {
        setenv("LAMINAR_KILL_POINT", "here:2", 1);
        ReachKillPoint("here");
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(KillPoint, ProgramsHaveNone) {
  LAMINAR_KILLPOINT("here");
  EXPECT_FALSE(LAMINAR_SEEDED_BUG("anything"));
}

}  // namespace
}  // namespace laminar::base
