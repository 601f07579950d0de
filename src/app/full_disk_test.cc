// A state directory whose disk is full: every single write of a short run is refused, once and for
// good. The job goes on, or fails by an error that says so; what is there then can be gone on from.
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "app/compile.h"
#include "app/job_state.h"
#include "app/register_connectors.h"
#include "app/register_formats.h"
#include "base/file.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "connectors/api/connector_factory.h"
#include "control/checkpoint/state_directory_for_test.h"
#include "engine/worker/worker.h"
#include "formats/format_registry.h"
#include "storage/memory_store_for_test.h"

namespace laminar::app {
namespace {

constexpr int64_t kMilli = 1'000'000;
constexpr int64_t kPatienceNanos = 60'000 * kMilli;
constexpr int64_t kNumRows = 600;
constexpr int64_t kWritesLeast = 10;  // of one run, with few checkpoints as the machine is busy
constexpr int64_t kWritesMost = 500;  // more are a mistake of the test

// Has room for so many writes only, or for all but one of them, until some space is freed.
class FullDiskForTest final : public control::BorrowedStoreForTest {
 public:
  FullDiskForTest(storage::ObjectStore& store, int64_t first_refused, bool for_good)
      : BorrowedStoreForTest(store), first_refused_(first_refused), for_good_(for_good) {}

  base::Outcome Put(const std::string& key, std::string_view bytes) override {
    return Refused() ? NoSpace(key) : BorrowedStoreForTest::Put(key, bytes);
  }
  base::Outcome PutIfAbsent(const std::string& key, std::string_view bytes) override {
    return Refused() ? NoSpace(key) : BorrowedStoreForTest::PutIfAbsent(key, bytes);
  }
  base::Outcome PutFile(const std::string& key, const std::string& path) override {
    return Refused() ? NoSpace(key) : BorrowedStoreForTest::PutFile(key, path);
  }

  bool stays_full() const { return for_good_; }
  bool has_refused() const LAMINAR_EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    return num_refused_ > 0;
  }

 private:
  bool Refused() LAMINAR_EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    ++num_writes_;
    const bool refused = for_good_ ? num_writes_ >= first_refused_ : num_writes_ == first_refused_;
    num_refused_ += refused ? 1 : 0;
    return refused;
  }
  static base::Outcome NoSpace(const std::string& key) {
    return base::Outcome::NotApplied(
        base::ResourceExhausted("No space left on device (injected): " + key));
  }

  const int64_t first_refused_;
  const bool for_good_;
  mutable base::Mutex mutex_;
  int64_t num_writes_ LAMINAR_GUARDED_BY(mutex_) = 0;
  int64_t num_refused_ LAMINAR_GUARDED_BY(mutex_) = 0;
};

class FullDiskTest : public testing::Test {
 protected:
  FullDiskTest() : folder_(*base::MakeTemporaryFolder("full-disk")) {
    if (formats::FormatRegistry::Global().Names().empty()) {
      RegisterFormats();
    }
    if (connectors::ConnectorRegistry::Global().Names().empty()) {
      RegisterConnectors();
    }
  }
  ~FullDiskTest() override { base::RemoveAll(folder_).IgnoreError(); }

  // Sums of rows by key and window, into files that appear with their checkpoint.
  std::shared_ptr<const plan::JobGraph> Graph() const {
    const CompiledProgram program = Compile(
        "create table sums (k bigint, n bigint) with (connector = 'filesystem', type = 'sink', "
        "path = '" +
            Output() +
            "', format = 'json'); insert into sums select counter % 10, count(*) from "
            "impulse(message_count => 600, event_rate => 10000, event_time_interval => interval "
            "'1 millisecond') group by counter % 10, tumble(interval '100 milliseconds')",
        {});
    EXPECT_TRUE(program.ok && program.graph != nullptr);
    return program.graph;
  }
  std::string Output() const { return base::JoinPath(folder_, "sums"); }

  // Runs the program over the store: to its end, or until it waits for a disk that stays full.
  static absl::Status Run(std::shared_ptr<const plan::JobGraph> graph,
                          storage::ObjectStore& store,
                          FullDiskForTest* full) {
    storage::ObjectStore& disk = full != nullptr ? *full : store;
    auto own = std::make_unique<control::BorrowedStoreForTest>(disk);
    LAMINAR_ASSIGN_OR_RETURN(
        control::StateDirectory directory,
        control::StateDirectory::OpenOver(std::move(own), control::StateOptionsForTest()));
    JobStateOptions options;
    options.interval = {15'000};
    LAMINAR_ASSIGN_OR_RETURN(const std::unique_ptr<JobState> state,
                             JobState::Over(std::move(directory), options, graph));
    if (state->finished_before()) {
      return absl::OkStatus();
    }
    engine::Worker worker({.num_threads = 1});
    LAMINAR_ASSIGN_OR_RETURN(const std::unique_ptr<engine::JobExecution> job,
                             worker.Start(std::move(graph), state->checkpointing()));
    state->Attach(*job);
    UntilItEndsOrWaits(*state, *job, full);
    const std::optional<StateEnd> end = state->ended();
    job->StopNow();
    job->Wait(std::nullopt);
    state->Detach();
    LAMINAR_RETURN_IF_ERROR(job->status());
    return end.has_value() ? end->status : base::Unavailable("stopped while the disk is full");
  }

  static void UntilItEndsOrWaits(const JobState& state,
                                 engine::JobExecution& job,
                                 const FullDiskForTest* full) {
    for (int64_t waited = 0; waited < kPatienceNanos; waited += kMilli) {
      if (state.ended().has_value() || !job.status().ok()) {
        return;
      }
      // Some tries more show that it stays so.
      if (full != nullptr && full->stays_full() && full->has_refused()) {
        base::SleepNanos(150 * kMilli);
        return;
      }
      base::SleepNanos(kMilli);
    }
    FAIL() << "the job neither ends nor fails";
  }

  int64_t SumOfAllFiles() const {
    int64_t sum = 0;
    const std::vector<std::string> names = *base::ListFolder(Output());
    for (const std::string& name : names) {
      const std::string text = *base::ReadWholeFile(base::JoinPath(Output(), name));
      for (size_t at = text.find("\"n\":"); at != std::string::npos;
           at = text.find("\"n\":", at + 1)) {
        sum += name.starts_with('.') ? 0 : std::stoll(text.substr(at + 4));
      }
    }
    return sum;
  }

  const std::string folder_;
};

TEST_F(FullDiskTest, EveryWriteMayBeRefusedOnce) {
  for (int64_t nth = 1; nth < kWritesMost; ++nth) {
    storage::MemoryStore store;
    FullDiskForTest full(store, nth, /*for_good=*/false);
    const absl::Status first = Run(Graph(), store, &full);
    if (!first.ok()) {
      EXPECT_TRUE(absl::IsResourceExhausted(first)) << nth << ": " << first;
      EXPECT_EQ(Run(Graph(), store, nullptr), absl::OkStatus()) << nth;
    }
    EXPECT_EQ(SumOfAllFiles(), kNumRows) << nth;
    ASSERT_TRUE(base::RemoveAll(Output()).ok());
    if (!full.has_refused()) {
      EXPECT_GT(nth, kWritesLeast);
      return;
    }
  }
  FAIL() << "the run does not come to its end";
}

TEST_F(FullDiskTest, FromEveryWriteOnAllMayBeRefused) {
  for (int64_t nth = 1; nth < kWritesMost; ++nth) {
    storage::MemoryStore store;
    FullDiskForTest full(store, nth, /*for_good=*/true);
    const absl::Status first = Run(Graph(), store, &full);
    if (!full.has_refused()) {
      EXPECT_EQ(first, absl::OkStatus());
      EXPECT_EQ(SumOfAllFiles(), kNumRows);
      EXPECT_GT(nth, kWritesLeast);
      return;
    }
    EXPECT_EQ(Run(Graph(), store, nullptr), absl::OkStatus()) << nth;
    EXPECT_EQ(SumOfAllFiles(), kNumRows) << nth;
    ASSERT_TRUE(base::RemoveAll(Output()).ok());
  }
  FAIL() << "the run does not come to its end";
}

}  // namespace
}  // namespace laminar::app
