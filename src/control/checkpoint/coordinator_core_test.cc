#include "control/checkpoint/coordinator_core.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laminar::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kSecond = 1'000'000'000;
const absl::Status kAway = base::Unavailable("the store is away");

/// Drives a core second by second and keeps what it wants done.
class CoreDriver {
 public:
  explicit CoreDriver(CoordinatorOptions options = DefaultOptions(),
                      CoordinatorStart start = DefaultStart(),
                      bool collect_at_once = true)
      : core_(options, std::move(start), {}), collect_at_once_(collect_at_once) {
    Step(event::Tick());
  }

  static CoordinatorOptions DefaultOptions() {
    CoordinatorOptions options;
    options.interval_nanos = 10 * kSecond;
    options.timeout_nanos = 60 * kSecond;
    options.pauses = {.first_nanos = kSecond, .max_nanos = 4 * kSecond};
    return options;
  }
  static CoordinatorStart DefaultStart() {
    CoordinatorStart start;
    start.generation = {7};
    start.tasks = {"source_0/0", "sink_1/0"};
    return start;
  }

  void Step(CoordinatorEvent event) {
    for (CoordinatorEffect& effect : core_.Step({now_ * kSecond}, std::move(event))) {
      if (std::holds_alternative<effect::CollectGarbage>(effect) && collect_at_once_) {
        Step(event::GarbageCollected());
      } else {
        effects_.push_back(std::move(effect));
      }
    }
  }
  void PassTo(int64_t second) {
    now_ = second;
    Step(event::Tick());
  }

  rpc::TaskSnapshot Part(const std::string& task, int64_t epoch) {
    rpc::TaskSnapshot part;
    part.task = task;
    part.generation = {7};
    part.epoch = {epoch};
    part.bytes_written = 10;
    return part;
  }
  rpc::TaskSnapshot SinkPart(int64_t epoch, std::vector<std::string> commits) {
    rpc::TaskSnapshot part = Part("sink_1/0", epoch);
    part.sink = rpc::SinkState{.op = {1}, .name = "sink", .state = "", .commits = {}};
    part.sink->commits = std::move(commits);
    return part;
  }
  void Report(rpc::TaskSnapshot part, bool ended = false) {
    part.ended = ended;
    Step(event::TaskReported{.snapshot = std::move(part)});
  }
  void ReportAll(int64_t epoch, std::vector<std::string> commits) {
    Report(Part("source_0/0", epoch));
    Report(SinkPart(epoch, std::move(commits)));
  }

  /// The first effect of this kind that has not been looked at.
  template <typename Kind>
  Kind Expect() {
    const auto found = std::ranges::find_if(effects_, [](const CoordinatorEffect& effect) {
      return std::holds_alternative<Kind>(effect);
    });
    const size_t index = static_cast<size_t>(found - effects_.begin());
    Kind kind = std::get<Kind>(effects_.at(index));  // throws, which fails the test
    effects_.erase(found);
    return kind;
  }
  void ExpectNothing() { EXPECT_EQ(effects_.size(), 0); }
  const std::vector<CoordinatorEffect>& effects() const { return effects_; }

  /// Waits for the barrier that is due by then.
  data::Barrier BarrierBy(int64_t second) {
    PassTo(second);
    return Expect<effect::SendBarrier>().barrier;
  }
  /// Has the manifest of the epoch whose parts are all there written.
  void Write(int64_t epoch) {
    Expect<effect::WriteManifest>();
    Step(event::ManifestWritten{.epoch = {epoch}, .outcome = base::Outcome::Applied()});
    Expect<effect::RecordEpoch>();
  }
  /// What has become of the record that was to be written.
  void Recorded(int64_t epoch, LogResult result) {
    Step(event::EpochRecorded{.epoch = {epoch}, .result = result, .status = kAway});
  }
  /// Has the epoch whose parts are all there written, recorded, published and marked.
  std::vector<std::string> Finish(int64_t epoch) {
    Expect<effect::WriteManifest>();
    Record(epoch);
    return Publish(epoch);
  }
  void Record(int64_t epoch) {
    Step(event::ManifestWritten{.epoch = {epoch}, .outcome = base::Outcome::Applied()});
    Expect<effect::RecordEpoch>();
    Step(event::EpochRecorded{.epoch = {epoch}, .result = LogResult::kApplied, .status = {}});
    Expect<effect::EpochCompleted>();
  }
  std::vector<std::string> Publish(int64_t epoch) {
    std::vector<std::string> published;
    const bool has_commits = std::ranges::any_of(effects_, [](const CoordinatorEffect& effect) {
      return std::holds_alternative<effect::CommitSinks>(effect);
    });
    if (has_commits) {
      const auto commits = Expect<effect::CommitSinks>();
      EXPECT_EQ(commits.epoch.value, epoch);
      for (const rpc::SinkCommit& commit : commits.commits) {
        published.push_back(commit.commit);
      }
      Step(event::CommitsDone{
          .epoch = {epoch}, .num_applied = published.size(), .outcome = base::Outcome::Applied()});
    }
    EXPECT_EQ(Expect<effect::MarkCommitted>().epoch.value, epoch);
    Step(event::MarkedCommitted{.epoch = {epoch}, .result = LogResult::kApplied, .status = {}});
    return published;
  }

  CoordinatorCore core_;
  int64_t now_ = 0;  // seconds
  bool collect_at_once_;
  std::vector<CoordinatorEffect> effects_;
};

TEST(CoordinatorCore, TakesACheckpointFromBarrierToPublishedOutput) {
  CoreDriver driver;
  driver.ExpectNothing();
  EXPECT_EQ(driver.core_.wake_at()->nanos, 10 * kSecond);
  driver.PassTo(9);
  driver.ExpectNothing();
  driver.PassTo(10);
  const auto barrier = driver.Expect<effect::SendBarrier>().barrier;
  EXPECT_EQ(barrier.epoch.value, 1);
  EXPECT_FALSE(barrier.stop);
  driver.Report(driver.Part("source_0/0", 1));
  driver.ExpectNothing();
  EXPECT_THAT(driver.core_.Progress().waits_for, HasSubstr("sink_1/0"));
  driver.Report(driver.SinkPart(1, {"a", "b"}));
  const auto contents = driver.Expect<effect::WriteManifest>().contents;
  EXPECT_EQ(contents->epoch.value, 1);
  EXPECT_EQ(contents->generation.value, 7);
  EXPECT_EQ(contents->snapshots.size(), 2);
  EXPECT_EQ(contents->bytes_written, 20);
  driver.Record(1);
  EXPECT_THAT(driver.Publish(1), ElementsAre("a", "b"));
  driver.ExpectNothing();
  EXPECT_EQ(driver.core_.Progress().complete.value, 1);
  EXPECT_EQ(driver.core_.Progress().committed.value, 1);
  driver.PassTo(20);
  EXPECT_EQ(driver.Expect<effect::SendBarrier>().barrier.epoch.value, 2);
}

TEST(CoordinatorCore, CompletesEmptyEpochsLikeAnyOther) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.ReportAll(1, {});
  EXPECT_THAT(driver.Finish(1), IsEmpty());
  EXPECT_EQ(driver.core_.Progress().committed.value, 1);
}

TEST(CoordinatorCore, TakesNoSecondCheckpointWhileOneIsInFlight) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.PassTo(25);
  driver.ExpectNothing();
  driver.ReportAll(1, {});
  driver.Finish(1);
  EXPECT_EQ(driver.Expect<effect::SendBarrier>().barrier.epoch.value, 2);
}

TEST(CoordinatorCore, KeepsThePauseBetweenCheckpoints) {
  CoordinatorOptions options = CoreDriver::DefaultOptions();
  options.pause_nanos_min = 5 * kSecond;
  CoreDriver driver(options);
  driver.BarrierBy(10);
  driver.now_ = 19;
  driver.ReportAll(1, {});
  driver.Finish(1);
  driver.PassTo(23);
  driver.ExpectNothing();
  driver.BarrierBy(24);
}

TEST(CoordinatorCore, RecordsEpochsInOrderWithSeveralInFlight) {
  CoordinatorOptions options = CoreDriver::DefaultOptions();
  options.in_flight_max = 2;
  CoreDriver driver(options);
  driver.BarrierBy(10);
  driver.BarrierBy(20);
  driver.PassTo(30);
  driver.ExpectNothing();
  driver.Report(driver.SinkPart(1, {"a"}));
  driver.Report(driver.SinkPart(2, {"b"}));
  driver.Report(driver.Part("source_0/0", 2));
  driver.ExpectNothing();  // the source's part of epoch 1 is still on its way
  driver.Report(driver.Part("source_0/0", 1));
  EXPECT_EQ(driver.effects().size(), 1);
  EXPECT_THAT(driver.Finish(1), ElementsAre("a"));
  driver.Expect<effect::WriteManifest>();
  EXPECT_EQ(driver.Expect<effect::SendBarrier>().barrier.epoch.value, 3);
  driver.Record(2);
  EXPECT_THAT(driver.Publish(2), ElementsAre("b"));
}

TEST(CoordinatorCore, AbortsACheckpointThatTakesTooLongAndNeverUsesItsNumberAgain) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.Report(driver.SinkPart(1, {"a"}));
  driver.PassTo(69);
  driver.ExpectNothing();
  driver.PassTo(70);
  const auto aborted = driver.Expect<effect::EpochAborted>();
  EXPECT_EQ(aborted.epoch.value, 1);
  EXPECT_THAT(std::string(aborted.why.message()), HasSubstr("source_0/0"));
  EXPECT_EQ(driver.Expect<effect::SendBarrier>().barrier.epoch.value, 2);
  EXPECT_EQ(driver.core_.Progress().num_aborted, 1);
}

TEST(CoordinatorCore, PublishesOutputOfAbortedEpochsWithTheNextCompleteOne) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.Report(driver.SinkPart(1, {"a"}));
  driver.PassTo(70);
  driver.Expect<effect::EpochAborted>();
  driver.Expect<effect::SendBarrier>();
  driver.Report(driver.SinkPart(2, {"b"}));
  driver.Report(driver.Part("source_0/0", 1));
  driver.Report(driver.Part("source_0/0", 2));
  ASSERT_EQ(driver.effects().size(), 1);
  const auto& contents = std::get<effect::WriteManifest>(driver.effects().front()).contents;
  EXPECT_THAT(contents->snapshots[1].sink->commits, ElementsAre("a", "b"));
  EXPECT_THAT(driver.Finish(2), ElementsAre("a", "b"));
}

TEST(CoordinatorCore, WaitsForPartsOfAbortedEpochsBecauseTheyHoldOutput) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.Report(driver.Part("source_0/0", 1));
  driver.PassTo(70);
  driver.Expect<effect::EpochAborted>();
  driver.Expect<effect::SendBarrier>();
  driver.Report(driver.Part("source_0/0", 2));
  driver.Report(driver.SinkPart(2, {"b"}));
  driver.ExpectNothing();
  driver.Report(driver.SinkPart(1, {"a"}));
  EXPECT_THAT(driver.Finish(2), ElementsAre("a", "b"));
}

TEST(CoordinatorCore, AbortsACheckpointThatATaskDeclines) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.Step(event::TaskDeclined{.task = "sink_1/0", .epoch = {1}, .why = kAway});
  EXPECT_EQ(driver.Expect<effect::EpochAborted>().why, kAway);
  driver.Report(driver.Part("source_0/0", 1));
  driver.BarrierBy(20);
  driver.ReportAll(2, {"ab"});
  EXPECT_THAT(driver.Finish(2), ElementsAre("ab"));
}

TEST(CoordinatorCore, TriesForeverWhileTheStoreIsAway) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.ReportAll(1, {"a"});
  for (int i = 0; i < 500; ++i) {
    driver.Expect<effect::WriteManifest>();
    driver.Step(event::ManifestWritten{.epoch = {1}, .outcome = base::Outcome::NotApplied(kAway)});
    driver.ExpectNothing();
    driver.PassTo(driver.now_ + 4);
  }
  EXPECT_EQ(driver.core_.Progress().last_error, kAway);
  driver.Expect<effect::WriteManifest>();
  driver.Step(event::ManifestWritten{.epoch = {1}, .outcome = base::Outcome::Unknown(kAway)});
  driver.PassTo(driver.now_ + 4);
  EXPECT_THAT(driver.Finish(1), ElementsAre("a"));
  EXPECT_TRUE(driver.core_.Progress().last_error.ok());
}

TEST(CoordinatorCore, TellsWhyARecordCouldNotBeWrittenAndNotThatItIsNotThere) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.ReportAll(1, {"a"});
  driver.Write(1);
  driver.Recorded(1, LogResult::kUnknown);
  driver.Expect<effect::ReadBackRecord>();
  driver.Step(event::RecordRead{.epoch = {1},
                                .result = LogResult::kUnknown,
                                .status = base::NotFound("the record may be on its way")});
  EXPECT_EQ(driver.core_.Progress().last_error, kAway);
}

TEST(CoordinatorCore, ReadsBackARecordOfUnknownOutcomeBeforeItTriesAgain) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.ReportAll(1, {"a"});
  driver.Write(1);
  driver.Recorded(1, LogResult::kUnknown);
  driver.Expect<effect::ReadBackRecord>();
  driver.Step(event::RecordRead{.epoch = {1}, .result = LogResult::kUnknown, .status = kAway});
  driver.ExpectNothing();
  driver.PassTo(driver.now_ + 1);
  driver.Expect<effect::RecordEpoch>();
  driver.Recorded(1, LogResult::kUnknown);
  driver.Expect<effect::ReadBackRecord>();
  driver.Step(event::RecordRead{.epoch = {1}, .result = LogResult::kApplied, .status = {}});
  driver.Expect<effect::EpochCompleted>();
  EXPECT_THAT(driver.Publish(1), ElementsAre("a"));
}

TEST(CoordinatorCore, StopsAtOnceWhenALaterGenerationHasBegun) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.ReportAll(1, {"a"});
  driver.Write(1);
  driver.Recorded(1, LogResult::kFenced);
  EXPECT_EQ(driver.Expect<effect::Ended>().reason, EndReason::kFenced);
  driver.PassTo(100);
  driver.ExpectNothing();
  EXPECT_FALSE(driver.core_.wake_at().has_value());
}

TEST(CoordinatorCore, FailsTheJobWhenAnObjectThatATaskHasNamedIsNotThere) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.ReportAll(1, {"a"});
  driver.Expect<effect::WriteManifest>();
  driver.Step(event::ManifestWritten{
      .epoch = {1}, .outcome = base::Outcome::NotApplied(base::DataLoss("it is not there"))});
  driver.Expect<effect::CheckFence>();
  driver.ExpectNothing();
  driver.Step(event::FenceChecked{.result = LogResult::kUnknown, .status = kAway});
  driver.ExpectNothing();
  EXPECT_THAT(driver.core_.Progress().waits_for, HasSubstr("taken the job over"));
  driver.PassTo(driver.core_.wake_at()->nanos / kSecond);
  driver.Expect<effect::CheckFence>();
  driver.Step(event::FenceChecked{.result = LogResult::kApplied, .status = {}});
  const auto ended = driver.Expect<effect::Ended>();
  EXPECT_EQ(ended.reason, EndReason::kFailed);
  EXPECT_EQ(ended.status.message(), "it is not there");
}

// The later generation had removed what this one had left: seed 774 of the simulation.
TEST(CoordinatorCore, DoesNotTakeTheCleanUpOfALaterGenerationForDamage) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.ReportAll(1, {"a"});
  driver.Expect<effect::WriteManifest>();
  driver.Step(event::ManifestWritten{
      .epoch = {1}, .outcome = base::Outcome::NotApplied(base::DataLoss("it is not there"))});
  driver.Expect<effect::CheckFence>();
  driver.PassTo(100);
  driver.ExpectNothing();
  driver.Step(event::FenceChecked{.result = LogResult::kFenced, .status = kAway});
  EXPECT_EQ(driver.Expect<effect::Ended>().reason, EndReason::kFenced);
}

TEST(CoordinatorCore, PublishesInOrderAndTriesForeverWhileNobodyKnows) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.ReportAll(1, {"a", "b", "c"});
  driver.Expect<effect::WriteManifest>();
  driver.Record(1);
  driver.Expect<effect::CommitSinks>();
  driver.Step(
      event::CommitsDone{.epoch = {1}, .num_applied = 1, .outcome = base::Outcome::Unknown(kAway)});
  driver.ExpectNothing();
  EXPECT_THAT(driver.core_.Progress().waits_for, HasSubstr("1 of 3"));
  driver.PassTo(20);  // a second epoch completes meanwhile
  const auto again = driver.Expect<effect::CommitSinks>();
  EXPECT_EQ(again.commits.size(), 2);
  EXPECT_EQ(again.commits.front().commit, "b");
  driver.Expect<effect::SendBarrier>();
  driver.ReportAll(2, {"d"});
  driver.Expect<effect::WriteManifest>();
  driver.Record(2);
  driver.ExpectNothing();  // nothing of epoch 2 before epoch 1 is marked
  driver.Step(
      event::CommitsDone{.epoch = {1}, .num_applied = 2, .outcome = base::Outcome::Applied()});
  driver.Expect<effect::MarkCommitted>();
  driver.Step(event::MarkedCommitted{.epoch = {1}, .result = LogResult::kUnknown, .status = kAway});
  driver.ExpectNothing();
  driver.PassTo(21);
  driver.Expect<effect::MarkCommitted>();
  driver.Step(event::MarkedCommitted{.epoch = {1}, .result = LogResult::kApplied, .status = {}});
  EXPECT_THAT(driver.Publish(2), ElementsAre("d"));
}

TEST(CoordinatorCore, FailsTheJobWhenOutputCanNeverBePublished) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.ReportAll(1, {"a"});
  driver.Expect<effect::WriteManifest>();
  driver.Record(1);
  driver.Expect<effect::CommitSinks>();
  driver.Step(event::CommitsDone{
      .epoch = {1}, .num_applied = 0, .outcome = base::Outcome::NotApplied(kAway)});
  driver.Expect<effect::CheckFence>();
  driver.Step(event::FenceChecked{.result = LogResult::kApplied, .status = {}});
  EXPECT_EQ(driver.Expect<effect::Ended>().reason, EndReason::kFailed);
}

TEST(CoordinatorCore, BeginsNothingWhileTooMuchOutputIsUnpublished) {
  CoordinatorOptions options = CoreDriver::DefaultOptions();
  options.uncommitted_max = 1;
  CoreDriver driver(options);
  driver.BarrierBy(10);
  driver.ReportAll(1, {"a"});
  driver.Expect<effect::WriteManifest>();
  driver.Record(1);
  driver.PassTo(100);
  EXPECT_EQ(driver.effects().size(), 1);
  driver.Publish(1);
  driver.Expect<effect::SendBarrier>();
}

TEST(CoordinatorCore, RepeatsCommitsOfTheRestoredEpochsBeforeItsOwn) {
  CoordinatorStart start = CoreDriver::DefaultStart();
  start.newest_epoch = {4};
  start.uncommitted = {{.epoch = {3}, .commits = {{.op = {1}, .subtask = 0, .commit = "x"}}},
                       {.epoch = {4}, .commits = {{.op = {1}, .subtask = 0, .commit = "y"}}}};
  CoreDriver driver(CoreDriver::DefaultOptions(), std::move(start));
  const auto first = driver.Expect<effect::CommitSinks>();
  EXPECT_EQ(first.epoch.value, 3);
  driver.PassTo(10);
  EXPECT_EQ(driver.Expect<effect::SendBarrier>().barrier.epoch.value, 5);
  driver.ReportAll(5, {"z"});
  driver.Expect<effect::WriteManifest>();
  driver.Record(5);
  driver.ExpectNothing();
  driver.Step(
      event::CommitsDone{.epoch = {3}, .num_applied = 1, .outcome = base::Outcome::Applied()});
  driver.Expect<effect::MarkCommitted>();
  driver.Step(event::MarkedCommitted{.epoch = {3}, .result = LogResult::kApplied, .status = {}});
  EXPECT_THAT(driver.Publish(4), ElementsAre("y"));
  EXPECT_THAT(driver.Publish(5), ElementsAre("z"));
}

TEST(CoordinatorCore, StopsWithALastCheckpoint) {
  CoreDriver driver;
  driver.PassTo(3);
  driver.Step(event::StopRequested{.savepoint = ""});
  const auto barrier = driver.Expect<effect::SendBarrier>().barrier;
  EXPECT_TRUE(barrier.stop);
  driver.Step(event::StopRequested{.savepoint = ""});
  driver.PassTo(1000);  // it is never given up
  driver.ExpectNothing();
  driver.ReportAll(1, {"a"});
  EXPECT_TRUE(std::get<effect::WriteManifest>(driver.effects().front()).contents->stopped);
  EXPECT_THAT(driver.Finish(1), ElementsAre("a"));
  const auto ended = driver.Expect<effect::Ended>();
  EXPECT_EQ(ended.reason, EndReason::kStopped);
  EXPECT_EQ(ended.epoch.value, 1);
}

TEST(CoordinatorCore, StopsAfterTheCheckpointThatIsInFlight) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.Step(event::StopRequested{.savepoint = "upgrade"});
  driver.ExpectNothing();
  driver.ReportAll(1, {"a"});
  driver.Write(1);
  driver.Step(event::EpochRecorded{.epoch = {1}, .result = LogResult::kApplied, .status = {}});
  driver.Expect<effect::EpochCompleted>();
  driver.Expect<effect::CommitSinks>();
  EXPECT_TRUE(driver.Expect<effect::SendBarrier>().barrier.stop);
  driver.ReportAll(2, {"b"});
  EXPECT_EQ(driver.Expect<effect::WriteManifest>().contents->savepoint, "upgrade");
  driver.Record(2);
  driver.ExpectNothing();
  driver.Step(
      event::CommitsDone{.epoch = {1}, .num_applied = 1, .outcome = base::Outcome::Applied()});
  driver.Expect<effect::MarkCommitted>();
  driver.Step(event::MarkedCommitted{.epoch = {1}, .result = LogResult::kApplied, .status = {}});
  EXPECT_THAT(driver.Publish(2), ElementsAre("b"));
  EXPECT_EQ(driver.Expect<effect::Ended>().reason, EndReason::kStopped);
}

TEST(CoordinatorCore, MakesALastEpochOfTheLastPartsOnceAllTasksHaveEnded) {
  CoreDriver driver;
  driver.PassTo(2);
  driver.Report(driver.Part("source_0/0", 1), /*ended=*/true);
  driver.ExpectNothing();
  driver.Report(driver.SinkPart(1, {"last"}), /*ended=*/true);
  const auto contents = driver.Expect<effect::WriteManifest>().contents;
  EXPECT_TRUE(contents->finished);
  EXPECT_EQ(contents->epoch.value, 1);
  driver.Record(1);
  EXPECT_THAT(driver.Publish(1), ElementsAre("last"));
  EXPECT_EQ(driver.Expect<effect::Ended>().reason, EndReason::kFinished);
}

TEST(CoordinatorCore, CountsTheLastPartOfAnEndedTaskForTheEpochInFlight) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.Report(driver.Part("source_0/0", 1), /*ended=*/true);  // before the barrier came
  driver.Report(driver.SinkPart(1, {"a"}));
  EXPECT_THAT(driver.Finish(1), ElementsAre("a"));
  driver.ExpectNothing();
  driver.Report(driver.SinkPart(2, {"last"}), /*ended=*/true);
  EXPECT_THAT(driver.Finish(2), ElementsAre("last"));
  EXPECT_EQ(driver.Expect<effect::Ended>().reason, EndReason::kFinished);
}

TEST(CoordinatorCore, DoesNotTakeTheEndOfATaskForAnEpochWhoseBarrierItHasPassed) {
  CoreDriver driver;
  driver.BarrierBy(10);
  driver.Report(driver.SinkPart(1, {"a"}));
  driver.Report(driver.Part("source_0/0", 2), /*ended=*/true);  // overtakes its part of epoch 1
  driver.ExpectNothing();
  driver.Report(driver.Part("source_0/0", 1));
  const auto contents = driver.Expect<effect::WriteManifest>().contents;
  EXPECT_FALSE(contents->snapshots[0].ended);
}

// It asked to be woken at once, again and again: seed 1000460 of the simulation.
TEST(CoordinatorCore, SleepsWhileTheEpochBeforeTheLastOneIsInFlight) {
  CoordinatorOptions options = CoreDriver::DefaultOptions();
  options.in_flight_max = 2;
  CoreDriver driver(options);
  driver.BarrierBy(10);
  driver.Report(driver.Part("source_0/0", 1), /*ended=*/true);
  driver.Report(driver.SinkPart(1, {"last"}), /*ended=*/true);
  driver.Expect<effect::WriteManifest>();
  driver.PassTo(30);
  EXPECT_FALSE(driver.core_.wake_at().has_value());
  driver.ExpectNothing();
}

TEST(CoordinatorCore, PublishesTheOutputOfAnEndedSinkOnce) {
  CoordinatorStart start = CoreDriver::DefaultStart();
  start.tasks.push_back("source_2/0");
  CoreDriver driver(CoreDriver::DefaultOptions(), std::move(start));
  driver.Report(driver.Part("source_0/0", 1), /*ended=*/true);
  driver.Report(driver.SinkPart(1, {"last"}), /*ended=*/true);
  driver.BarrierBy(10);
  driver.Report(driver.Part("source_2/0", 1));
  EXPECT_THAT(driver.Finish(1), ElementsAre("last"));
  driver.BarrierBy(20);
  driver.Report(driver.Part("source_2/0", 2));
  const auto& contents = std::get<effect::WriteManifest>(driver.effects().front()).contents;
  EXPECT_THAT(contents->snapshots[1].sink->commits, IsEmpty());
  EXPECT_THAT(driver.Finish(2), IsEmpty());
}

TEST(CoordinatorCore, AnswersRequestsForCheckpointsAndSavepoints) {
  CoordinatorOptions options = CoreDriver::DefaultOptions();
  options.interval_nanos = 0;
  CoreDriver driver(options);
  driver.PassTo(1000);
  driver.ExpectNothing();
  driver.Step(event::TriggerRequested{.request = 1, .savepoint = "before"});
  driver.Expect<effect::SendBarrier>();
  driver.Step(event::TriggerRequested{.request = 2, .savepoint = ""});
  driver.Step(event::TriggerRequested{.request = 3, .savepoint = "after"});
  driver.Step(event::TriggerRequested{.request = 4, .savepoint = "later"});
  driver.ReportAll(1, {});
  EXPECT_EQ(driver.Expect<effect::WriteManifest>().contents->savepoint, "before");
  driver.Record(1);
  const auto answer = driver.Expect<effect::RequestAnswered>();
  EXPECT_EQ(answer.request, 1);
  EXPECT_EQ(answer.epoch->value, 1);
  driver.Expect<effect::MarkCommitted>();
  driver.Expect<effect::SendBarrier>();
  driver.ReportAll(2, {});
  EXPECT_EQ(driver.Expect<effect::WriteManifest>().contents->savepoint, "after");
  driver.Record(2);
  EXPECT_EQ(driver.Expect<effect::RequestAnswered>().request, 2);
  EXPECT_EQ(driver.Expect<effect::RequestAnswered>().request, 3);
  driver.Expect<effect::SendBarrier>();
  driver.Step(event::EpochRecorded{.epoch = {3}, .result = LogResult::kFenced, .status = {}});
  driver.ExpectNothing();  // nobody has asked for a record of epoch 3 yet
}

TEST(CoordinatorCore, IgnoresWhatBelongsToOtherGenerationsEpochsAndTasks) {
  CoreDriver driver;
  driver.BarrierBy(10);
  rpc::TaskSnapshot other = driver.Part("source_0/0", 1);
  other.generation = {6};
  driver.Report(other);
  driver.Report(driver.Part("source_9/0", 1));
  driver.Report(driver.Part("source_0/0", 2));
  driver.Report(driver.SinkPart(1, {"a"}));
  driver.Report(driver.SinkPart(1, {"a"}));
  driver.ExpectNothing();
  driver.Report(driver.Part("source_0/0", 1));
  EXPECT_THAT(driver.Finish(1), ElementsAre("a"));
}

TEST(CoordinatorCore, CollectsGarbageAtFirstAndAfterEveryEpochOneAtATime) {
  CoreDriver driver(CoreDriver::DefaultOptions(), CoreDriver::DefaultStart(),
                    /*collect_at_once=*/false);
  driver.Expect<effect::CollectGarbage>();
  driver.BarrierBy(10);
  driver.ReportAll(1, {});
  driver.Finish(1);
  driver.ExpectNothing();  // that of the start goes on
  driver.Step(event::GarbageCollected{.status = kAway});
  driver.Expect<effect::CollectGarbage>();
  EXPECT_EQ(driver.core_.Progress().garbage_error, kAway);
  EXPECT_TRUE(driver.core_.Progress().last_error.ok()) << "checkpoints are complete all the same";
  driver.Step(event::StopRequested{.savepoint = ""});
  driver.Expect<effect::SendBarrier>();
  driver.ReportAll(2, {});
  driver.Finish(2);
  driver.ExpectNothing();  // the job does not end in the middle of it
  driver.Step(event::GarbageCollected());
  driver.Expect<effect::CollectGarbage>();
  driver.Step(event::GarbageCollected());
  EXPECT_EQ(driver.Expect<effect::Ended>().reason, EndReason::kStopped);
}

}  // namespace
}  // namespace laminar::control
