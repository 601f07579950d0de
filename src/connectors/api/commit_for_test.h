// CommitForTest: what tests of sinks whose output commits publish do with one: write rows, cut an
// epoch, commit it. Test thread.
#ifndef LAMINAR_CONNECTORS_API_COMMIT_FOR_TEST_H_
#define LAMINAR_CONNECTORS_API_COMMIT_FOR_TEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/outcome.h"
#include "connectors/api/harness_for_test.h"

namespace laminar::connectors {

template <class Connector>
class CommitForTest : public ::testing::Test {
 protected:
  /// A writer of table_.
  std::unique_ptr<SinkHarness> Open(int64_t generation,
                                    std::vector<std::string> restored = {},
                                    int subtask = 0,
                                    int parallelism = 1) {
    auto sink = std::make_unique<SinkHarness>(connector_, table_, clock_);
    sink->SetSubtask(subtask, parallelism);
    sink->Identify({"p", "s", {generation}}, std::move(restored));
    const absl::Status opened = sink->Open();
    EXPECT_TRUE(opened.ok()) << opened;
    return sink;
  }

  /// The snapshot after the rows were written.
  static SinkSnapshot Cut(SinkHarness& sink, const std::vector<int64_t>& numbers, int64_t epoch) {
    EXPECT_TRUE(sink.Write(MakeRows(numbers)).ok());
    absl::StatusOr<SinkSnapshot> snapshot = sink.Snapshot(epoch);
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return *std::move(snapshot);
  }

  /// The result of the last commit.
  base::Outcome Commit(const SinkSnapshot& snapshot) const {
    base::Outcome outcome = base::Outcome::Applied();
    for (const std::string& commit : snapshot.commits) {
      outcome = connector_.Commit(table_, commit);
    }
    return outcome;
  }

  static std::string Message(const absl::Status& status) {
    return std::string(base::FromAbsl(status.message()));
  }

  const TestFolder folder_;
  const Connector connector_;
  data::ConnectorTable table_;
  ManualClock clock_;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_COMMIT_FOR_TEST_H_
