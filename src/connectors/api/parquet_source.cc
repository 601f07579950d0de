#include "connectors/api/parquet_source.h"

#include <utility>

#include "base/assert.h"
#include "base/file.h"
#include "expression/duckdb_instance.h"
#include "formats/parquet/parquet_file_reader.h"

namespace laminar::connectors {
namespace {

// Chunks decoded ahead: they keep the task busy while the next pages are read.
constexpr size_t kChunksAheadMax = 8;

}  // namespace

ParquetSource::ParquetSource(SourceContext context, std::vector<std::string> paths)
    : context_(std::move(context)),
      split_(ColumnSplit::Of(context_.table, context_.columns)),
      paths_(std::move(paths)) {
  for (const size_t column : split_.decoded) {
    wanted_.push_back(context_.table.schema.fields[column]);
  }
}

ParquetSource::~ParquetSource() { LAMINAR_ASSERT(!thread_.joinable(), paths_.size()); }

absl::Status ParquetSource::Open() {
  thread_ = base::Thread("parquet", [this] { Serve(); });
  return absl::OkStatus();
}

absl::StatusOr<PollResult> ParquetSource::Poll(data::Chunk& chunk) {
  PollResult result;
  Item item;
  {
    base::MutexLock lock(mutex_);
    context_.counters.bytes = bytes_;
    if (items_.empty()) {
      LAMINAR_RETURN_IF_ERROR(outcome_);
      result.state = ended_ ? PollState::kEnd : PollState::kIdle;
      return result;
    }
    item = std::move(items_.front());
    items_.pop_front();
    changed_.NotifyAll();
  }
  context_.counters.rows += static_cast<int64_t>(item.chunk.num_rows());
  chunk = split_.Join(context_, std::move(item.chunk), paths_[item.file], item.row);
  result.state = PollState::kChunk;
  return result;
}

void ParquetSource::Close() {
  {
    base::MutexLock lock(mutex_);
    closed_ = true;
    changed_.NotifyAll();
  }
  thread_.Join();
}

void ParquetSource::Serve() {
  absl::Status outcome = ReadAll();
  {
    base::MutexLock lock(mutex_);
    outcome_ = closed_ ? absl::OkStatus() : std::move(outcome);
    ended_ = true;
  }
  context_.wake();
}

absl::Status ParquetSource::ReadAll() {
  for (size_t file = 0; file < paths_.size(); ++file) {
    LAMINAR_RETURN_IF_ERROR(ReadFile(file));
  }
  return absl::OkStatus();
}

absl::Status ParquetSource::ReadFile(size_t file) {
  LAMINAR_ASSIGN_OR_RETURN(
      const std::unique_ptr<formats::ParquetFileReader> reader,
      formats::ParquetFileReader::Open(expression::EvaluationContext(), paths_[file]));
  LAMINAR_RETURN_IF_ERROR(reader->Select(wanted_));
  int64_t row = 0;
  while (true) {
    Item item;
    LAMINAR_ASSIGN_OR_RETURN(const bool more, reader->Next(item.chunk));
    if (!more) {
      break;
    }
    item.chunk.set_arrival(context_.clock.Now());
    item.file = file;
    item.row = row;
    row += static_cast<int64_t>(item.chunk.num_rows());
    LAMINAR_RETURN_IF_ERROR(Send(std::move(item)));
  }
  LAMINAR_ASSIGN_OR_RETURN(const base::FileInfo info, base::GetFileInfo(paths_[file]));
  base::MutexLock lock(mutex_);
  bytes_ += info.bytes;
  return absl::OkStatus();
}

absl::Status ParquetSource::Send(Item item) {
  bool was_empty = false;
  {
    base::MutexLock lock(mutex_);
    while (!closed_ && items_.size() >= kChunksAheadMax) {
      changed_.Wait(mutex_);
    }
    if (closed_) {
      return base::MakeError(absl::StatusCode::kCancelled, "reading was stopped");
    }
    was_empty = items_.empty();
    items_.push_back(std::move(item));
  }
  if (was_empty) {
    context_.wake();
  }
  return absl::OkStatus();
}

}  // namespace laminar::connectors
