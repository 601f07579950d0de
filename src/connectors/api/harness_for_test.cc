#include "connectors/api/harness_for_test.h"

#include <utility>

#include <gtest/gtest.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mutex.h"

namespace laminar::connectors {
namespace {

constexpr int64_t kWaitNanosMax = 50'000'000;

}  // namespace

TestFolder::TestFolder() {
  absl::StatusOr<std::string> path = base::MakeTemporaryFolder("laminar-test");
  LAMINAR_ASSERT(path.ok(), 0);
  path_ = *std::move(path);
}

TestFolder::~TestFolder() { (void)base::RemoveAll(path_); }

std::string TestFolder::File(std::string_view name) const { return base::JoinPath(path_, name); }

std::string TestFolder::Write(std::string_view name, std::string_view bytes) const {
  const std::string path = File(name);
  const absl::Status made = base::MakeFolders(std::string(base::FolderName(path)));
  LAMINAR_ASSERT(made.ok(), 0);
  const absl::Status written = base::WriteWholeFile(path, bytes);
  LAMINAR_ASSERT(written.ok(), 0);
  return path;
}

data::Options MakeOptions(const std::vector<data::OptionSpec>& specs,
                          const std::vector<std::pair<std::string, std::string>>& given) {
  data::OptionMap map;
  for (const auto& [key, value] : given) {
    map[key].value = value;
  }
  std::vector<data::OptionError> errors;
  data::Options options = data::Options::Check(map, specs, errors);
  LAMINAR_ASSERT(errors.empty(), errors.size());
  return options;
}

SourceHarness::SourceHarness(const ConnectorFactory& factory,
                             const data::ConnectorTable& table,
                             int subtask,
                             int parallelism,
                             const base::Clock& clock)
    : factory_(factory),
      table_(table),
      subtask_(subtask),
      parallelism_(parallelism),
      clock_(clock) {}

SourceHarness::~SourceHarness() { Close(); }

absl::Status SourceHarness::Open(std::vector<size_t> columns) {
  if (columns.empty()) {
    for (size_t i = 0; i < table_.schema.num_columns(); ++i) {
      columns.push_back(i);
    }
  }
  SourceContext context{
      .table = table_,
      .columns = std::move(columns),
      .subtask = subtask_,
      .parallelism = parallelism_,
      .clock = clock_,
      .wake = [this] { parker_.Unpark(); },
      .counters = counters_,
      .charge = [this](const char* /*what*/, int64_t bytes) { return Charge(bytes); },
      .restored = restored_};
  LAMINAR_ASSIGN_OR_RETURN(reader_, factory_.MakeSource(std::move(context)));
  return reader_->Open();
}

absl::Status SourceHarness::Charge(int64_t bytes) {
  if (charged_bytes_ + bytes > memory_limit_) {
    return base::ResourceExhausted("no more memory");
  }
  charged_bytes_ += bytes;
  return absl::OkStatus();
}

absl::StatusOr<PollResult> SourceHarness::Poll(data::Chunk& chunk) { return reader_->Poll(chunk); }

absl::StatusOr<bool> SourceHarness::ReadMore(std::vector<std::string>& rows) {
  while (true) {
    data::Chunk chunk;
    LAMINAR_ASSIGN_OR_RETURN(const PollResult result, reader_->Poll(chunk));
    switch (result.state) {
      case PollState::kChunk: {
        LAMINAR_ASSERT(chunk.num_rows() > 0, 0);
        const std::vector<std::string> more = RowsOf(chunk);
        rows.insert(rows.end(), more.begin(), more.end());
        return true;
      }
      case PollState::kIdle:
        parker_.Park(kWaitNanosMax);
        break;
      case PollState::kEnd:
        return false;
    }
  }
}

absl::StatusOr<std::vector<std::string>> SourceHarness::ReadAll() {
  std::vector<std::string> rows;
  while (true) {
    LAMINAR_ASSIGN_OR_RETURN(const bool more, ReadMore(rows));
    if (!more) {
      return rows;
    }
  }
}

void SourceHarness::Close() {
  if (reader_ != nullptr) {
    reader_->Close();
    reader_.reset();
  }
}

absl::StatusOr<std::vector<std::string>> ReadInterrupted(const ConnectorFactory& factory,
                                                         const data::ConnectorTable& table,
                                                         const std::vector<int>& walk,
                                                         int polls,
                                                         const std::vector<size_t>& columns) {
  std::vector<std::string> rows;
  std::optional<std::vector<data::SplitPosition>> positions;
  for (size_t turn = 0; turn < walk.size(); ++turn) {
    const bool is_last = turn + 1 == walk.size();
    std::vector<data::SplitPosition> reached;
    for (int subtask = 0; subtask < walk[turn]; ++subtask) {
      SourceHarness source(factory, table, subtask, walk[turn]);
      if (positions.has_value()) {
        source.Restore(*positions);
      }
      LAMINAR_RETURN_IF_ERROR(source.Open(columns));
      bool more = true;
      for (int poll = 0; more && (is_last || poll < polls); ++poll) {
        LAMINAR_ASSIGN_OR_RETURN(more, source.ReadMore(rows));
      }
      LAMINAR_ASSIGN_OR_RETURN(const std::vector<data::SplitPosition> own, source.Positions());
      reached.insert(reached.end(), own.begin(), own.end());
    }
    positions = std::move(reached);
  }
  return rows;
}

SinkHarness::SinkHarness(const ConnectorFactory& factory,
                         const data::ConnectorTable& table,
                         const base::Clock& clock)
    : factory_(factory), table_(table), clock_(clock) {}

SinkHarness::~SinkHarness() { Close(); }

SinkContext SinkHarness::Context() {
  SinkContext context{table_,   subtask_, parallelism_, clock_, [this] { parker_.Unpark(); },
                      counters_};
  context.identity = identity_;
  context.restored = restored_;
  return context;
}

absl::Status SinkHarness::Open() {
  if (writer_ == nullptr) {
    LAMINAR_ASSIGN_OR_RETURN(writer_, factory_.MakeSink(Context()));
  }
  return writer_->Open();
}

absl::Status SinkHarness::Write(const data::Chunk& chunk) {
  while (!writer_->Ready()) {
    parker_.Park(kWaitNanosMax);
  }
  return writer_->Write(chunk);
}

absl::StatusOr<std::optional<base::MonotonicTime>> SinkHarness::Flush() { return writer_->Flush(); }

absl::Status SinkHarness::Finish() {
  while (true) {
    LAMINAR_ASSIGN_OR_RETURN(const bool finished, writer_->Finish());
    if (finished) {
      return absl::OkStatus();
    }
    parker_.Park(kWaitNanosMax);
  }
}

absl::StatusOr<SinkSnapshot> SinkHarness::Snapshot(int64_t epoch) {
  // Shared: a writer that fails may answer when this has returned.
  struct Answer {
    base::Mutex mutex;
    std::optional<absl::StatusOr<SinkSnapshot>> snapshot LAMINAR_GUARDED_BY(mutex);
  };
  const auto answer = std::make_shared<Answer>();
  writer_->Snapshot({epoch}, [this, answer](absl::StatusOr<SinkSnapshot> snapshot) {
    base::MutexLock lock(answer->mutex);
    LAMINAR_ASSERT(!answer->snapshot.has_value(), 0);
    answer->snapshot = std::move(snapshot);
    parker_.Unpark();
  });
  while (true) {
    {
      base::MutexLock lock(answer->mutex);
      if (answer->snapshot.has_value()) {
        return *answer->snapshot;
      }
    }
    parker_.Park(kWaitNanosMax);
  }
}

void SinkHarness::Close() {
  if (writer_ != nullptr) {
    writer_->Close();
    writer_.reset();
  }
}

SinkSnapshot CutAfter(SinkHarness& sink, const std::vector<int64_t>& numbers, int64_t epoch) {
  EXPECT_TRUE(sink.Write(MakeRows(numbers)).ok());
  absl::StatusOr<SinkSnapshot> snapshot = sink.Snapshot(epoch);
  EXPECT_TRUE(snapshot.ok()) << snapshot.status();
  return *std::move(snapshot);
}

base::Outcome CommitAll(const ConnectorFactory& factory,
                        const data::ConnectorTable& table,
                        const SinkSnapshot& snapshot) {
  base::Outcome outcome = base::Outcome::Applied();
  for (const std::string& commit : snapshot.commits) {
    outcome = factory.Commit(table, commit);
  }
  return outcome;
}

data::Chunk MakeRows(const std::vector<int64_t>& numbers, const std::vector<std::string>& texts) {
  std::vector<data::LogicalType> types = {data::LogicalType::BIGINT};
  if (!texts.empty()) {
    types.push_back(data::LogicalType::VARCHAR);
  }
  data::Chunk chunk = data::Chunk::Allocate(types);
  for (size_t i = 0; i < numbers.size(); ++i) {
    chunk.column(0).SetValue(i, data::Value::BIGINT(numbers[i]));
    if (!texts.empty()) {
      chunk.column(1).SetValue(i, data::Value(texts[i]));
    }
  }
  chunk.set_num_rows(numbers.size());
  return chunk;
}

std::vector<std::string> RowsOf(const data::Chunk& chunk) {
  std::vector<std::string> rows(chunk.num_rows());
  for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
    for (data::idx_t i = 0; i < chunk.num_columns(); ++i) {
      rows[row] += (i == 0 ? "" : ",") + chunk.column(i).GetValue(row).ToString();
    }
  }
  return rows;
}

}  // namespace laminar::connectors
