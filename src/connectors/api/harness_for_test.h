// Runs one source reader or sink writer in a test, as a task would: polls when there is something,
// sleeps until woken when there is not. Test thread.
#ifndef LAMINAR_CONNECTORS_API_HARNESS_FOR_TEST_H_
#define LAMINAR_CONNECTORS_API_HARNESS_FOR_TEST_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/parker.h"
#include "connectors/api/connector_factory.h"

namespace laminar::connectors {

/// A clock that stands still until it is told.
class ManualClock final : public base::Clock {
 public:
  base::MonotonicTime Now() const override { return now_; }
  base::WallTime Wall() const override { return {wall_base_micros + now_.nanos / 1000}; }
  void Advance(int64_t nanos) { now_.nanos += nanos; }

  int64_t wall_base_micros = 1'600'000'000'000'000;

 private:
  base::MonotonicTime now_{1'000'000'000};
};

/// A new, empty folder that is removed at the end of the test.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  const std::string& path() const { return path_; }
  std::string File(std::string_view name) const;
  /// Writes a file below the folder; returns its path.
  std::string Write(std::string_view name, std::string_view bytes) const;

 private:
  std::string path_;
};

/// Makes options from texts, checked against `specs`; the test fails on errors.
data::Options MakeOptions(const std::vector<data::OptionSpec>& specs,
                          const std::vector<std::pair<std::string, std::string>>& given);

class SourceHarness {
 public:
  SourceHarness(const ConnectorFactory& factory,
                const data::ConnectorTable& table,
                int subtask = 0,
                int parallelism = 1,
                const base::Clock& clock = base::SystemClock());
  ~SourceHarness();

  absl::Status Open(std::vector<size_t> columns = {});
  /// What Open is to go on from.
  void Restore(std::vector<data::SplitPosition> positions) { restored_ = std::move(positions); }
  absl::StatusOr<std::vector<data::SplitPosition>> Positions() { return reader_->Positions(); }
  /// Polls once.
  absl::StatusOr<PollResult> Poll(data::Chunk& chunk);
  /// Polls until there are rows or the end, appending rows as texts; false at the end.
  absl::StatusOr<bool> ReadMore(std::vector<std::string>& rows);
  /// All rows until the end, as texts `a,b`; values as SQL shows them.
  absl::StatusOr<std::vector<std::string>> ReadAll();
  void Close();

  const SourceCounters& counters() const { return counters_; }
  void set_memory_limit(int64_t bytes) { memory_limit_ = bytes; }
  int64_t charged_bytes() const { return charged_bytes_; }

 private:
  absl::Status Charge(int64_t bytes);

  const ConnectorFactory& factory_;
  const data::ConnectorTable& table_;
  const int subtask_;
  const int parallelism_;
  const base::Clock& clock_;
  base::Parker parker_;
  SourceCounters counters_;
  int64_t memory_limit_ = int64_t{1} << 40;
  int64_t charged_bytes_ = 0;
  std::optional<std::vector<data::SplitPosition>> restored_;
  std::unique_ptr<SourceReader> reader_;
};

/// Runs a source as `parallelism` subtasks that take turns, each for `polls` polls with rows and
/// the last until all have ended, stopping all of them after each turn and going on at the next
/// parallelism of `walk`. Returns the rows in no particular order.
absl::StatusOr<std::vector<std::string>> ReadInterrupted(const ConnectorFactory& factory,
                                                         const data::ConnectorTable& table,
                                                         const std::vector<int>& walk,
                                                         int polls,
                                                         const std::vector<size_t>& columns = {});

class SinkHarness {
 public:
  SinkHarness(const ConnectorFactory& factory,
              const data::ConnectorTable& table,
              const base::Clock& clock = base::SystemClock());
  ~SinkHarness();

  absl::Status Open();
  /// Waits until the writer is ready, then writes.
  absl::Status Write(const data::Chunk& chunk);
  absl::StatusOr<std::optional<base::MonotonicTime>> Flush();
  /// Waits until everything is finished.
  absl::Status Finish();
  /// Takes a snapshot and waits for it.
  absl::StatusOr<SinkSnapshot> Snapshot(int64_t epoch);
  void Close();

  /// Before Open: what the writer is told of the job that takes checkpoints.
  void Identify(SinkIdentity identity, std::vector<std::string> restored = {}) {
    identity_ = std::move(identity);
    restored_ = std::move(restored);
  }
  void SetSubtask(int subtask, int parallelism) {
    subtask_ = subtask;
    parallelism_ = parallelism;
  }

  SinkWriter& writer() { return *writer_; }
  const SinkCounters& counters() const { return counters_; }
  /// Takes a writer that was made elsewhere.
  void Adopt(std::unique_ptr<SinkWriter> writer) { writer_ = std::move(writer); }
  SinkContext Context();

 private:
  const ConnectorFactory& factory_;
  const data::ConnectorTable& table_;
  const base::Clock& clock_;
  base::Parker parker_;
  SinkCounters counters_;
  int subtask_ = 0;
  int parallelism_ = 1;
  std::optional<SinkIdentity> identity_;
  std::vector<std::string> restored_;
  std::unique_ptr<SinkWriter> writer_;
};

/// Writes rows of these numbers and takes the snapshot of an epoch; the test fails on errors.
SinkSnapshot CutAfter(SinkHarness& sink, const std::vector<int64_t>& numbers, int64_t epoch);

/// Publishes all that a snapshot has logged, in order; the outcome of the last.
base::Outcome CommitAll(const ConnectorFactory& factory,
                        const data::ConnectorTable& table,
                        const SinkSnapshot& snapshot);

/// A chunk of a BIGINT column, and of one with texts where given.
data::Chunk MakeRows(const std::vector<int64_t>& numbers,
                     const std::vector<std::string>& texts = {});

/// Rows as texts `a,b`.
std::vector<std::string> RowsOf(const data::Chunk& chunk);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_HARNESS_FOR_TEST_H_
