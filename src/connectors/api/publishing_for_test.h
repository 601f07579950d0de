// PublishingForTest: a job with one sink that is broken off at random, as its coordinator sees it:
// rows are written, snapshots taken, epochs completed or aborted, commits carried out once or
// several times or not, and the job goes on from the last complete epoch at another parallelism. A
// crash keeps the files as they were at that moment; a writer that was thought dead may go on.
// Test thread.
#ifndef LAMINAR_CONNECTORS_API_PUBLISHING_FOR_TEST_H_
#define LAMINAR_CONNECTORS_API_PUBLISHING_FOR_TEST_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "connectors/api/harness_for_test.h"

namespace laminar::connectors {

class PublishingForTest {
 public:
  struct Options {
    const ConnectorFactory& factory;
    const data::ConnectorTable& table;  // a BIGINT column, which numbers the rows
    std::string folder;                 // that holds all of the sink's files
    /// The numbers that readers see, in any order.
    std::function<std::vector<int64_t>()> visible;
    int parallelism_max = 1;
    uint64_t seed = 0;
    /// Rows are visible with the commit of their epoch, not later.
    bool is_visible_at_commit = true;
  };

  explicit PublishingForTest(Options options);
  ~PublishingForTest();

  /// Writes rows 0 to num_rows - 1, however often it is broken off, and fails the test when a row
  /// is lost, doubled, or seen before its epoch is complete.
  void Run(int64_t num_rows);
  int num_crashes() const { return num_crashes_; }

 private:
  using Writers = std::vector<std::unique_ptr<SinkHarness>>;
  struct Complete {
    int64_t position = 0;  // rows before it
    std::vector<SinkSnapshot> parts;
    std::vector<std::string> commits;  // also of aborted epochs before
    bool is_committed = false;
  };

  bool Chance(double share) { return random_.NextDouble() < share; }
  SinkIdentity Identity() const { return {"pipeline-1", "sink-a", {generation_}}; }
  void Recover();
  void RunAttempt();
  bool RunEpoch();
  void WriteRows();
  void TakeSnapshots();
  bool CommitSome();
  void CommitAll();
  void Publish(const std::string& commit);
  void CheckVisible();
  void Crash();
  void CloseZombies();
  void RemoveLeftovers(int64_t generation, bool with_commits);

  const Options options_;
  base::Random random_;
  ManualClock clock_;
  int64_t num_rows_ = 0;
  int64_t generation_ = 0;
  int64_t epoch_ = 0;
  int64_t position_ = 0;
  Writers writers_;
  Writers zombies_;
  std::deque<Complete> epochs_;
  std::vector<std::string> aborted_;
  int num_crashes_ = 0;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_PUBLISHING_FOR_TEST_H_
