#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "base/strong_id.h"

namespace laminar::base {
namespace {

constexpr int64_t kTime = 1'700'000'000'123'456;

TEST(Log, FormatsText) {
  EXPECT_EQ(FormatLogLine(LogFormat::kText, kTime, LogLevel::kInfo, "job started",
                          {{"job", "q5"}, {"tasks", "4 of 8"}}),
            "2023-11-14T22:13:20.123Z info    job started job=q5 tasks=\"4 of 8\"");
}

TEST(Log, FormatsJsonWithQuotedControlCharacters) {
  EXPECT_EQ(
      FormatLogLine(LogFormat::kJson, kTime, LogLevel::kError, "bad \"row\"\n", {{"at", "a\\b"}}),
      R"({"time":"2023-11-14T22:13:20.123Z","level":"error","message":"bad \"row\"\u000a","at":"a\\b"})");
}

TEST(Log, FormatsLogfmt) {
  EXPECT_EQ(FormatLogLine(LogFormat::kLogfmt, kTime, LogLevel::kWarning, "slow",
                          {{"by", ""}, {"path", "/a=b"}}),
            R"(time=2023-11-14T22:13:20.123Z level=warning message=slow by="" path="/a=b")");
}

TEST(Log, TextCannotSteerTheTerminal) {
  EXPECT_EQ(FormatLogLine(LogFormat::kText, kTime, LogLevel::kDebug, "a\x1b[31mb\nc", {}),
            "2023-11-14T22:13:20.123Z debug   a [31mb c");
}

TEST(Log, PrintsOnlyFromItsLevelUp) {
  InitLog(LogLevel::kError, LogFormat::kLogfmt);
  testing::internal::CaptureStderr();
  LogInfo("silent");
  LogError("loud");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::EndsWith("level=error message=loud\n"));
  EXPECT_TRUE(LogEnabled(LogLevel::kError));
  EXPECT_FALSE(LogEnabled(LogLevel::kWarning));
  InitLog(LogLevel::kWarning, LogFormat::kText);
}

TEST(Random, GivesTheSameSequenceForTheSameSeed) {
  Random first(7);
  Random second(7);
  Random other(8);
  int different = 0;
  for (int i = 0; i < 100; ++i) {
    const uint64_t number = first.Next();
    EXPECT_EQ(number, second.Next());
    different += number != other.Next();
  }
  EXPECT_GT(different, 90);
}

TEST(Random, StaysWithinItsBoundAndIsRoughlyUniform) {
  Random random(1);
  int counts[10] = {};
  for (int i = 0; i < 10'000; ++i) {
    ++counts[random.Uniform(10)];
    const double number = random.NextDouble();
    EXPECT_GE(number, 0);
    EXPECT_LT(number, 1);
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 1000, 150);
  }
}

TEST(StrongId, ComparesAndHashesByValue) {
  using TaskId = StrongId<struct TaskIdTag>;
  EXPECT_LT(TaskId{1}, TaskId{2});
  EXPECT_EQ(std::hash<TaskId>()(TaskId{3}), std::hash<TaskId>()(TaskId{3}));
}

}  // namespace
}  // namespace laminar::base
