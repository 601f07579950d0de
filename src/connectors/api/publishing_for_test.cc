#include "connectors/api/publishing_for_test.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <gtest/gtest.h>

#include "base/file.h"

namespace laminar::connectors {
namespace {

// Rows of a writer that was thought dead: never to be seen.
constexpr int64_t kZombieRow = 1'000'000'000;
constexpr int64_t kSecondNanos = 1'000'000'000;

void CopyFolder(const std::string& from, const std::string& to) {
  std::vector<std::string> folders = {""};
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    ASSERT_TRUE(base::MakeFolders(to + folder).ok());
    const std::vector<std::string> names = *base::ListFolder(from + folder);
    for (const std::string& name : names) {
      const std::string path = folder + "/" + name;
      if (base::IsFolder(from + path)) {
        folders.push_back(path);
      } else {
        ASSERT_TRUE(base::WriteWholeFile(to + path, *base::ReadWholeFile(from + path)).ok());
      }
    }
  }
}

}  // namespace

PublishingForTest::PublishingForTest(Options options)
    : options_(std::move(options)), random_(options_.seed) {}

PublishingForTest::~PublishingForTest() = default;

void PublishingForTest::Run(int64_t num_rows) {
  num_rows_ = num_rows;
  while (position_ < num_rows_ || writers_.empty()) {
    Recover();
    if (testing::Test::HasFailure()) {
      break;
    }
    RunAttempt();
  }
  CloseZombies();
  for (const auto& writer : writers_) {
    const absl::Status finished = writer->Finish();
    EXPECT_TRUE(finished.ok()) << finished;
  }
  if (!testing::Test::HasFailure()) {
    TakeSnapshots();
    CommitAll();
  }
  for (const auto& writer : writers_) {
    writer->Close();
  }
  writers_.clear();
  std::vector<int64_t> expected(static_cast<size_t>(num_rows_));
  std::iota(expected.begin(), expected.end(), 0);
  std::vector<int64_t> visible = options_.visible();
  std::ranges::sort(visible);
  EXPECT_TRUE(visible == expected) << "seed " << options_.seed << ": " << visible.size()
                                   << " rows are visible, not " << num_rows_;
  // All but the last checkpoint are removed, and its commits are done.
  epochs_.erase(epochs_.begin(), epochs_.end() - 1);
  RemoveLeftovers(generation_ + 1, /*with_commits=*/false);
}

void PublishingForTest::Recover() {
  ++generation_;
  position_ = epochs_.empty() ? 0 : epochs_.back().position;
  aborted_.clear();
  if (!epochs_.empty() && Chance(0.3)) {
    // Somebody repeats what was done.
    epochs_.back().is_committed = false;
  }
  CommitAll();
  RemoveLeftovers(generation_, /*with_commits=*/true);
  const int parallelism =
      1 + static_cast<int>(random_.Uniform(static_cast<uint64_t>(options_.parallelism_max)));
  for (int subtask = 0; subtask < parallelism; ++subtask) {
    std::vector<std::string> restored;
    if (!epochs_.empty()) {
      const std::vector<SinkSnapshot>& parts = epochs_.back().parts;
      for (size_t i = 0; i < parts.size(); ++i) {
        if (static_cast<int>(i) % parallelism == subtask && !parts[i].state.empty()) {
          restored.push_back(parts[i].state);
        }
      }
    }
    writers_.push_back(std::make_unique<SinkHarness>(options_.factory, options_.table, clock_));
    writers_.back()->SetSubtask(subtask, parallelism);
    writers_.back()->Identify(Identity(), std::move(restored));
    const absl::Status opened = writers_.back()->Open();
    ASSERT_TRUE(opened.ok()) << opened;
  }
}

void PublishingForTest::RunAttempt() {
  while (position_ < num_rows_) {
    if (!RunEpoch() || testing::Test::HasFailure()) {
      Crash();
      return;
    }
  }
}

// False: it is broken off.
bool PublishingForTest::RunEpoch() {
  WriteRows();
  if (Chance(0.15)) {
    return false;
  }
  TakeSnapshots();
  if (Chance(0.15)) {
    return false;
  }
  return CommitSome();
}

void PublishingForTest::WriteRows() {
  for (uint64_t chunk = random_.Uniform(4); chunk > 0 && position_ < num_rows_; --chunk) {
    std::vector<int64_t> numbers(static_cast<size_t>(
        std::min<int64_t>(num_rows_ - position_, 1 + static_cast<int64_t>(random_.Uniform(500)))));
    std::iota(numbers.begin(), numbers.end(), position_);
    position_ += static_cast<int64_t>(numbers.size());
    const absl::Status written =
        writers_[random_.Uniform(writers_.size())]->Write(MakeRows(numbers));
    EXPECT_TRUE(written.ok()) << written;
    for (const auto& zombie : zombies_) {
      // What becomes of it is nobody's business, but for what it publishes: nothing.
      zombie->Write(MakeRows({kZombieRow})).IgnoreError();
    }
    clock_.Advance(static_cast<int64_t>(random_.Uniform(20)) * kSecondNanos);
    for (const auto& writer : writers_) {
      EXPECT_TRUE(writer->Flush().ok());
    }
  }
}

void PublishingForTest::TakeSnapshots() {
  ++epoch_;
  Complete epoch;
  epoch.position = position_;
  for (const auto& writer : writers_) {
    absl::StatusOr<SinkSnapshot> snapshot = writer->Snapshot(epoch_);
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    epoch.parts.push_back(*std::move(snapshot));
  }
  for (const auto& zombie : zombies_) {
    (void)zombie->Snapshot(epoch_);
  }
  for (const SinkSnapshot& part : epoch.parts) {
    aborted_.insert(aborted_.end(), part.commits.begin(), part.commits.end());
  }
  if (position_ < num_rows_ && Chance(0.2)) {
    return;  // aborted: its commits belong to the next epoch that is complete
  }
  epoch.commits = std::exchange(aborted_, {});
  epochs_.push_back(std::move(epoch));
  if (epochs_.size() > 3 && epochs_.front().is_committed) {
    epochs_.pop_front();
  }
}

// False: it is broken off.
bool PublishingForTest::CommitSome() {
  for (Complete& epoch : epochs_) {
    if (epoch.is_committed || Chance(0.2)) {
      if (epoch.is_committed) {
        continue;
      }
      return true;
    }
    for (const std::string& commit : epoch.commits) {
      if (Chance(0.1)) {
        return false;
      }
      Publish(commit);
    }
    if (Chance(0.1)) {
      return false;
    }
    epoch.is_committed = true;
    CheckVisible();
  }
  return true;
}

void PublishingForTest::CommitAll() {
  for (Complete& epoch : epochs_) {
    for (const std::string& commit : epoch.commits) {
      if (!epoch.is_committed) {
        Publish(commit);
      }
    }
    epoch.is_committed = true;
  }
  CheckVisible();
}

void PublishingForTest::Publish(const std::string& commit) {
  for (int times = Chance(0.3) ? 2 : 1; times > 0; --times) {
    const base::Outcome outcome = options_.factory.Commit(options_.table, commit);
    ASSERT_TRUE(outcome.applied()) << outcome.status() << " seed " << options_.seed;
  }
}

void PublishingForTest::CheckVisible() {
  std::vector<int64_t> visible = options_.visible();
  std::ranges::sort(visible);
  EXPECT_TRUE(std::ranges::adjacent_find(visible) == visible.end()) << "rows are doubled";
  int64_t committed = 0;
  for (const Complete& epoch : epochs_) {
    committed = epoch.is_committed ? epoch.position : committed;
  }
  EXPECT_LT(visible.empty() ? -1 : visible.back(), std::max<int64_t>(committed, 1));
  if (options_.is_visible_at_commit) {
    EXPECT_EQ(std::ssize(visible), committed);
  }
}

void PublishingForTest::Crash() {
  ++num_crashes_;
  if (Chance(0.3)) {
    CloseZombies();
    zombies_ = std::exchange(writers_, {});
    return;
  }
  CloseZombies();
  // As a process that is killed leaves it: what closing removes comes back.
  const std::string image = options_.folder + ".image";
  CopyFolder(options_.folder, image);
  for (const auto& writer : writers_) {
    writer->Close();
  }
  writers_.clear();
  EXPECT_TRUE(base::RemoveAll(options_.folder).ok());
  EXPECT_TRUE(base::RenameFile(image, options_.folder).ok());
}

void PublishingForTest::CloseZombies() {
  for (const auto& zombie : zombies_) {
    zombie->Close();
  }
  zombies_.clear();
}

void PublishingForTest::RemoveLeftovers(int64_t generation, bool with_commits) {
  std::vector<SinkSnapshot> kept;
  for (const Complete& epoch : epochs_) {
    for (const SinkSnapshot& part : epoch.parts) {
      kept.push_back({.state = part.state,
                      .commits = with_commits ? epoch.commits : std::vector<std::string>()});
    }
  }
  SinkIdentity identity = Identity();
  identity.generation = {generation};
  const absl::Status removed = options_.factory.RemoveLeftovers(options_.table, identity, kept);
  EXPECT_TRUE(removed.ok()) << removed;
}

}  // namespace laminar::connectors
