#include "control/job/job_core.h"

#include <algorithm>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace laminar::control {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
const absl::Status kAway = base::Unavailable("a worker is away");

constexpr JobState kAllStates[] = {JobState::kCreated,
                                   JobState::kScheduling,
                                   JobState::kRestoring,
                                   JobState::kRunning,
                                   JobState::kCheckpointStopping,
                                   JobState::kStopping,
                                   JobState::kRecovering,
                                   JobState::kRescaling,
                                   JobState::kFinished,
                                   JobState::kStopped,
                                   JobState::kFailed};
constexpr JobCommand kAllCommands[] = {JobCommand::kStart, JobCommand::kStop, JobCommand::kStopNow,
                                       JobCommand::kRescale, JobCommand::kCheckpoint};

// A job whose every wish is answered when the test says so.
class JobDriver {
 public:
  explicit JobDriver(JobOptions options = {}) : core_(options, {}) {}

  void Step(const JobEvent& event) {
    for (JobEffect& effect : core_.Step({now_}, event)) {
      effects_.push_back(std::move(effect));
    }
  }
  void Command(JobCommand command, int parallelism = 0) {
    Step(job_event::Command{.command = command, .parallelism = parallelism});
  }
  void PassNanos(int64_t nanos) {
    now_ += nanos;
    Step(job_event::Tick());
  }
  template <typename Kind>
  int Count() const {
    return static_cast<int>(std::ranges::count_if(
        effects_, [](const JobEffect& effect) { return std::holds_alternative<Kind>(effect); }));
  }
  template <typename Kind>
  Kind Last() const {
    for (auto effect = effects_.rbegin(); effect != effects_.rend(); ++effect) {
      if (const Kind* kind = std::get_if<Kind>(&*effect)) {
        return *kind;
      }
    }
    ADD_FAILURE() << "no such effect";
    return Kind{};
  }

  data::Generation generation() const { return core_.generation(); }
  void Claimed() { Step(job_event::GenerationClaimed{.generation = {generation().value + 1}}); }
  void Placed() { Step(job_event::TasksPlaced{.generation = generation()}); }
  void Restored() { Step(job_event::TasksRestored{.generation = generation()}); }
  void Fail(const absl::Status& why = kAway) {
    Step(job_event::AttemptFailed{.generation = generation(), .status = why});
  }
  void Gone() { Step(job_event::TasksGone{.generation = generation()}); }
  void CoordinatorEnded(EndReason reason, const absl::Status& status = {}) {
    Step(job_event::CoordinatorEnded{
        .generation = generation(), .reason = reason, .status = status});
  }
  void Run() {
    Command(JobCommand::kStart);
    Claimed();
    Placed();
    Restored();
  }

  // Takes the shortest way from created.
  void GoTo(JobState state) {
    switch (state) {
      case JobState::kCreated:
        break;
      case JobState::kScheduling:
        Command(JobCommand::kStart);
        break;
      case JobState::kRestoring:
        Command(JobCommand::kStart);
        Claimed();
        Placed();
        break;
      case JobState::kRunning:
        Run();
        break;
      case JobState::kCheckpointStopping:
        Run();
        Command(JobCommand::kStop);
        break;
      case JobState::kStopping:
        Run();
        Command(JobCommand::kStopNow);
        break;
      case JobState::kRecovering:
        Run();
        Fail();
        break;
      case JobState::kRescaling:
        Run();
        Command(JobCommand::kRescale, 3);
        break;
      case JobState::kFinished:
        Run();
        CoordinatorEnded(EndReason::kFinished);
        break;
      case JobState::kStopped:
        Command(JobCommand::kStop);
        break;
      case JobState::kFailed:
        Run();
        Fail(base::DataLoss("the newest checkpoint is damaged"));
        break;
    }
    ASSERT_EQ(core_.state(), state);
  }

  JobCore core_;
  int64_t now_ = 0;
  std::vector<JobEffect> effects_;
};

TEST(JobCore, RunsFromStartToTheLastCheckpointOfAStop) {
  JobDriver driver;
  driver.Command(JobCommand::kStart);
  EXPECT_EQ(driver.Count<job_effect::ClaimGeneration>(), 1);
  driver.Claimed();
  EXPECT_EQ(driver.Last<job_effect::PlaceTasks>().generation.value, 1);
  driver.Placed();
  EXPECT_EQ(driver.core_.state(), JobState::kRestoring);
  driver.Restored();
  EXPECT_EQ(driver.Count<job_effect::RunTasks>(), 1);
  EXPECT_EQ(driver.core_.state(), JobState::kRunning);
  driver.Command(JobCommand::kStop);
  EXPECT_EQ(driver.Count<job_effect::TakeLastCheckpoint>(), 1);
  EXPECT_EQ(driver.core_.state(), JobState::kCheckpointStopping);
  driver.CoordinatorEnded(EndReason::kStopped);
  EXPECT_EQ(driver.core_.state(), JobState::kStopping);
  EXPECT_EQ(driver.Count<job_effect::CancelTasks>(), 1);
  driver.Gone();
  EXPECT_EQ(driver.core_.state(), JobState::kStopped);
  EXPECT_TRUE(driver.core_.status().ok());
}

TEST(JobCore, TakesEveryCommandInEveryStateAsTheTableSaysAndComesToAnEnd) {
  for (const JobState state : kAllStates) {
    for (const JobCommand command : kAllCommands) {
      SCOPED_TRACE(testing::Message() << NameOf(state) << ", " << NameOf(command));
      JobDriver driver;
      driver.GoTo(state);
      const size_t num_effects = driver.effects_.size();
      driver.Command(command, 2);
      EXPECT_EQ(driver.core_.last_reaction(), ReactionTo(state, command));
      if (ReactionTo(state, command) == JobReaction::kRefuse ||
          ReactionTo(state, command) == JobReaction::kAlready) {
        EXPECT_EQ(driver.effects_.size(), num_effects);
        EXPECT_EQ(driver.core_.state(), state);
      }
      // Whatever was asked for, a stop ends it; illegal edges would end the process.
      driver.Command(JobCommand::kStopNow);
      driver.Step(job_event::ClaimFailed{.status = kAway});
      driver.Gone();
      EXPECT_TRUE(IsTerminal(driver.core_.state())) << NameOf(driver.core_.state());
    }
  }
}

TEST(JobCore, HasAWayOutOfEveryStateButFinished) {
  for (const JobState from : kAllStates) {
    const bool leads_on =
        std::ranges::any_of(kAllStates, [from](JobState to) { return IsLegalEdge(from, to); });
    EXPECT_EQ(leads_on, from != JobState::kFinished) << NameOf(from);
    EXPECT_FALSE(IsLegalEdge(from, from)) << NameOf(from);
    EXPECT_FALSE(IsLegalEdge(from, JobState::kCreated)) << NameOf(from);
  }
}

TEST(JobCore, RecoversWithGrowingPausesAndANewGenerationForEveryAttempt) {
  JobDriver driver(
      {.recovery_pause_first_nanos = kSecond, .recovery_pause_max_nanos = 4 * kSecond});
  driver.Run();
  for (const int64_t seconds : {1, 2, 4, 4}) {
    const int64_t generation = driver.generation().value;
    driver.Fail();
    EXPECT_EQ(driver.core_.state(), JobState::kRecovering);
    EXPECT_EQ(driver.core_.status(), kAway);
    EXPECT_EQ(driver.Last<job_effect::CancelTasks>().generation.value, generation);
    driver.PassNanos(seconds * kSecond);
    EXPECT_EQ(driver.core_.state(), JobState::kRecovering);  // tasks of the last attempt are there
    driver.Gone();
    EXPECT_EQ(driver.core_.state(), JobState::kScheduling);
    driver.Claimed();
    EXPECT_EQ(driver.generation().value, generation + 1);
    driver.Placed();
    driver.Restored();
    EXPECT_EQ(driver.core_.state(), JobState::kRunning);
  }
  driver.Step(job_event::CheckpointCompleted{.generation = driver.generation()});
  driver.Fail();
  driver.Gone();
  EXPECT_EQ(driver.core_.wake_at()->nanos, driver.now_ + kSecond);
}

TEST(JobCore, FailsForGoodAfterTooManyFailuresInARow) {
  JobDriver driver({.recovery_pause_first_nanos = 1, .failures_max = 2});
  driver.Run();
  for (int i = 0; i < 2; ++i) {
    driver.Fail();
    driver.Gone();
    driver.PassNanos(kSecond);
    driver.Claimed();
    driver.Placed();
    driver.Restored();
  }
  driver.Fail();
  EXPECT_EQ(driver.core_.state(), JobState::kFailed);
  EXPECT_EQ(driver.core_.status(), kAway);
}

TEST(JobCore, DoesNotTryAgainWhereThatCannotHelp) {
  JobDriver driver;
  driver.GoTo(JobState::kRestoring);
  driver.Fail(base::DataLoss("the newest checkpoint is damaged"));
  EXPECT_EQ(driver.core_.state(), JobState::kFailed);
  EXPECT_EQ(driver.Count<job_effect::CancelTasks>(), 1);
}

TEST(JobCore, IgnoresWhatAnEarlierAttemptSays) {
  JobDriver driver;
  driver.Run();
  driver.Fail();
  driver.Fail();  // another of its tasks
  EXPECT_EQ(driver.Count<job_effect::CancelTasks>(), 1);
  driver.Gone();
  driver.PassNanos(kSecond);
  driver.Claimed();
  driver.Step(job_event::AttemptFailed{.generation = {1}, .status = kAway});
  driver.Step(job_event::TasksPlaced{.generation = {1}});
  driver.Step(job_event::TasksGone{.generation = {1}});
  EXPECT_EQ(driver.core_.state(), JobState::kScheduling);
}

TEST(JobCore, RescalesThroughACheckpointAndANewAttempt) {
  JobDriver driver;
  driver.Run();
  driver.Command(JobCommand::kRescale, 4);
  EXPECT_EQ(driver.core_.state(), JobState::kRescaling);
  EXPECT_EQ(driver.Count<job_effect::TakeLastCheckpoint>(), 1);
  driver.CoordinatorEnded(EndReason::kStopped);
  EXPECT_EQ(driver.core_.state(), JobState::kRescaling);
  driver.Gone();
  EXPECT_EQ(driver.core_.state(), JobState::kScheduling);
  driver.Claimed();
  EXPECT_EQ(driver.Last<job_effect::PlaceTasks>().parallelism, 4);
}

TEST(JobCore, KeepsARescaleThatCannotBeDoneYet) {
  JobDriver driver;
  driver.GoTo(JobState::kRestoring);
  driver.Command(JobCommand::kRescale, 4);
  EXPECT_EQ(driver.core_.state(), JobState::kRestoring);
  driver.Restored();
  EXPECT_EQ(driver.core_.state(), JobState::kRescaling);
}

TEST(JobCore, RescalesFromTheNewestCheckpointWhenTheLastOneFails) {
  JobDriver driver;
  driver.GoTo(JobState::kRescaling);
  driver.Fail();
  driver.Gone();
  driver.PassNanos(kSecond);
  driver.Claimed();
  EXPECT_EQ(driver.Last<job_effect::PlaceTasks>().parallelism, 3);
}

TEST(JobCore, TakesTheLastCheckpointOfAStopAfterItHasRecovered) {
  JobDriver driver;
  driver.GoTo(JobState::kCheckpointStopping);
  driver.Fail();
  driver.Gone();
  driver.PassNanos(kSecond);
  driver.Claimed();
  driver.Placed();
  driver.Restored();
  EXPECT_EQ(driver.core_.state(), JobState::kCheckpointStopping);
  EXPECT_EQ(driver.Count<job_effect::TakeLastCheckpoint>(), 2);
}

TEST(JobCore, StopsWhileItStarts) {
  JobDriver driver;
  driver.Command(JobCommand::kStart);
  driver.Command(JobCommand::kStop);
  EXPECT_EQ(driver.core_.state(), JobState::kStopping);
  driver.Claimed();  // nobody uses it
  EXPECT_EQ(driver.core_.state(), JobState::kStopped);
  EXPECT_EQ(driver.Count<job_effect::PlaceTasks>(), 0);
  driver.Command(JobCommand::kStart);
  driver.Claimed();
  EXPECT_EQ(driver.Last<job_effect::PlaceTasks>().generation.value, 2);
}

TEST(JobCore, FailsWhenAnotherProcessRunsTheJob) {
  JobDriver driver;
  driver.Run();
  driver.CoordinatorEnded(EndReason::kFenced, base::MakeError(absl::StatusCode::kAborted, "2"));
  EXPECT_EQ(driver.core_.state(), JobState::kFailed);
}

TEST(JobCore, ClaimsNothingWithoutTheLease) {
  JobDriver driver({.uses_lease = true});
  driver.Command(JobCommand::kStart);
  EXPECT_EQ(driver.Count<job_effect::ClaimGeneration>(), 0);
  driver.Step(job_event::LeaseGranted{.until = {5 * kSecond}});
  EXPECT_EQ(driver.Count<job_effect::ClaimGeneration>(), 1);
  driver.Claimed();
  driver.Placed();
  driver.Restored();
  EXPECT_EQ(driver.core_.wake_at()->nanos, 5 * kSecond);
  driver.PassNanos(5 * kSecond);
  EXPECT_EQ(driver.core_.state(), JobState::kRecovering);
  EXPECT_EQ(driver.Count<job_effect::CancelTasks>(), 1);
  driver.Gone();
  driver.PassNanos(60 * kSecond);
  EXPECT_EQ(driver.core_.state(), JobState::kRecovering);
  driver.Step(job_event::LeaseGranted{.until = {100 * kSecond}});
  EXPECT_EQ(driver.Count<job_effect::ClaimGeneration>(), 2);
}

TEST(JobCore, WaitsForTheLeaseAgainAfterALaterGenerationHasBegun) {
  JobDriver driver({.uses_lease = true});
  driver.Step(job_event::LeaseGranted{.until = {1000 * kSecond}});
  driver.Run();
  driver.CoordinatorEnded(EndReason::kFenced, base::MakeError(absl::StatusCode::kAborted, "2"));
  driver.Gone();
  driver.PassNanos(100 * kSecond);
  EXPECT_EQ(driver.core_.state(), JobState::kRecovering);
}

TEST(JobCore, PassesRequestsForCheckpointsOnOnceItRuns) {
  JobDriver driver;
  driver.GoTo(JobState::kRestoring);
  driver.Command(JobCommand::kCheckpoint);
  EXPECT_EQ(driver.Count<job_effect::TakeCheckpoint>(), 0);
  driver.Restored();
  EXPECT_EQ(driver.Count<job_effect::TakeCheckpoint>(), 1);
}

TEST(JobCore, FinishesWhenAllInputIsRead) {
  JobDriver driver;
  driver.Run();
  driver.Command(JobCommand::kStop);
  driver.CoordinatorEnded(EndReason::kFinished);
  EXPECT_EQ(driver.core_.state(), JobState::kFinished);
}

}  // namespace
}  // namespace laminar::control
