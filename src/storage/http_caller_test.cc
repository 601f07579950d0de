#include "storage/http_caller.h"

#include <gtest/gtest.h>

#include "storage/http_for_test.h"

namespace laminar::storage {
namespace {

class HttpCallerTest : public testing::Test {
 protected:
  CallResult Call(HttpCaller::Options options = {}) {
    HttpCaller caller(
        transport_, clock_, [this](int64_t nanos) { clock_.Advance(nanos); }, 1, options);
    return caller.Call(
        {}, [this](HttpRequest& attempt) { return Prepare(attempt); },
        [this](const HttpAnswer& answer) {
          return learns_from_ == answer.status ? Verdict::kLearned : JudgeByStatus(answer.status);
        });
  }

  absl::Status Prepare(HttpRequest& attempt) {
    timeouts_ms_.push_back(attempt.timeout_ms);
    if (prepared_.empty()) {
      return absl::OkStatus();
    }
    absl::Status status = prepared_.front();
    prepared_.pop_front();
    return status;
  }

  ManualClock clock_;
  ScriptedTransport transport_;
  std::deque<absl::Status> prepared_;
  std::vector<int64_t> timeouts_ms_;
  int learns_from_ = 0;
};

TEST_F(HttpCallerTest, GivesBackTheFirstSuccess) {
  transport_.Answer(200, "body");
  const CallResult result = Call();
  EXPECT_TRUE(result.success());
  EXPECT_EQ(result.answer.body, "body");
  EXPECT_FALSE(result.maybe_applied);
  EXPECT_TRUE(clock_.slept_millis().empty());
}

TEST_F(HttpCallerTest, TriesAgainAfterWhatMayPass) {
  transport_.Answer(503);
  transport_.Lose();
  transport_.Unreach();
  transport_.Answer(429);
  transport_.Answer(408);
  transport_.Answer(200);
  const CallResult result = Call();
  EXPECT_TRUE(result.success());
  EXPECT_TRUE(result.maybe_applied);
  EXPECT_EQ(transport_.sent().size(), 6U);
}

TEST_F(HttpCallerTest, DoesNotRepeatWhatWasRefused) {
  for (const int status : {400, 403, 404, 409, 412, 501, 507}) {
    transport_.Answer(status);
    const CallResult result = Call();
    EXPECT_EQ(result.verdict, Verdict::kRefused) << status;
    EXPECT_FALSE(result.maybe_applied);
  }
}

TEST_F(HttpCallerTest, RemembersThatAnAttemptMayHaveBeenCarriedOut) {
  transport_.Unreach();
  transport_.Answer(429);
  transport_.Answer(412);
  EXPECT_FALSE(Call().maybe_applied);
  transport_.Lose();
  transport_.Answer(412);
  const CallResult result = Call();
  EXPECT_EQ(result.verdict, Verdict::kRefused);
  EXPECT_TRUE(result.maybe_applied);
}

TEST_F(HttpCallerTest, WaitsLongerAndLongerWithFullJitterUntilItsDeadline) {
  transport_.Otherwise([](const HttpRequest&) { return HttpResult::Answered({503, {}, ""}); });
  HttpCaller::Options options;
  options.call_timeout_ms = 60'000;
  options.backoff_first_ms = 100;
  options.backoff_max_ms = 5'000;
  options.attempts_max = 1000;
  const CallResult result = Call(options);
  EXPECT_EQ(result.verdict, Verdict::kTransient);
  EXPECT_TRUE(result.maybe_applied);
  EXPECT_TRUE(result.answered);
  int64_t bound = 100;
  int64_t longest = 0;
  for (const int64_t millis : clock_.slept_millis()) {
    EXPECT_LE(millis, bound);
    longest = std::max(longest, millis);
    bound = std::min<int64_t>(bound * 2, 5'000);
  }
  EXPECT_GT(longest, 2'500);
  EXPECT_LE(clock_.Now().nanos, 60'000'000'000);
  EXPECT_LT(timeouts_ms_.back(), timeouts_ms_.front());
}

TEST_F(HttpCallerTest, GivesUpAfterItsAttempts) {
  transport_.Otherwise([](const HttpRequest&) { return HttpResult::Answered({500, {}, ""}); });
  HttpCaller::Options options;
  options.attempts_max = 4;
  EXPECT_EQ(Call(options).verdict, Verdict::kTransient);
  EXPECT_EQ(transport_.sent().size(), 4U);
}

TEST_F(HttpCallerTest, WaitsAsLongAsItIsAskedTo) {
  transport_.Answer(503, "", {{"retry-after", "7"}});
  transport_.Answer(200);
  EXPECT_TRUE(Call().success());
  EXPECT_EQ(clock_.slept_millis(), std::vector<int64_t>{7'000});
}

TEST_F(HttpCallerTest, DoesNotWaitBeyondItsDeadline) {
  transport_.Answer(503, "", {{"retry-after", "3600"}});
  EXPECT_EQ(Call().verdict, Verdict::kTransient);
  EXPECT_TRUE(clock_.slept_millis().empty());
}

TEST_F(HttpCallerTest, GivesUpSoonerWhereNobodyIsReached) {
  transport_.Otherwise(
      [](const HttpRequest&) { return HttpResult::NotSent(base::Unavailable("refused")); });
  const CallResult result = Call();
  EXPECT_FALSE(result.maybe_applied);
  EXPECT_FALSE(result.answered);
  EXPECT_LE(clock_.Now().nanos, 10'000'000'000);
}

TEST_F(HttpCallerTest, TriesAgainAtOnceWithWhatItLearned) {
  learns_from_ = 301;
  transport_.Answer(301);
  transport_.Answer(200);
  EXPECT_TRUE(Call().success());
  EXPECT_TRUE(clock_.slept_millis().empty());
}

TEST_F(HttpCallerTest, DoesNotLearnForEver) {
  learns_from_ = 301;
  transport_.Otherwise([](const HttpRequest&) { return HttpResult::Answered({301, {}, ""}); });
  EXPECT_EQ(Call().verdict, Verdict::kRefused);
  EXPECT_LT(transport_.sent().size(), 10U);
}

TEST_F(HttpCallerTest, WaitsForCredentialsThatMayComeAndEndsWithoutThem) {
  prepared_ = {base::Unavailable("no answer"), absl::OkStatus()};
  transport_.Answer(200);
  EXPECT_TRUE(Call().success());
  prepared_ = {base::InvalidArgument("no key")};
  const CallResult result = Call();
  EXPECT_EQ(result.verdict, Verdict::kRefused);
  EXPECT_EQ(result.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(result.maybe_applied);
}

}  // namespace
}  // namespace laminar::storage
