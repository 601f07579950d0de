// Runs one source reader or sink writer in a test, as a task would: polls when there is something,
// sleeps until woken when there is not. Test thread.
#ifndef LAMINAR_CONNECTORS_API_HARNESS_FOR_TEST_H_
#define LAMINAR_CONNECTORS_API_HARNESS_FOR_TEST_H_

#include <memory>
#include <optional>
#include <string>
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
  std::unique_ptr<SourceReader> reader_;
};

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
  void Close();

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
  std::unique_ptr<SinkWriter> writer_;
};

/// A chunk of a BIGINT column, and of one with texts where given.
data::Chunk MakeRows(const std::vector<int64_t>& numbers,
                     const std::vector<std::string>& texts = {});

/// Rows as texts `a,b`.
std::vector<std::string> RowsOf(const data::Chunk& chunk);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_HARNESS_FOR_TEST_H_
