#include "connectors/api/parquet_source.h"

#include <utility>

#include "base/assert.h"
#include "base/file.h"
#include "expression/duckdb_instance.h"

namespace laminar::connectors {
namespace {

// Chunks decoded ahead: they keep the task busy while the next pages are read.
constexpr size_t kChunksAheadMax = 8;

}  // namespace

ParquetSource::ParquetSource(SourceContext context, std::vector<std::string> paths, bool in_order)
    : context_(std::move(context)),
      split_(ColumnSplit::Of(context_.table, context_.columns)),
      paths_(std::move(paths)),
      in_order_(in_order) {
  for (const size_t column : split_.decoded) {
    wanted_.push_back(context_.table.schema.fields[column]);
  }
}

ParquetSource::~ParquetSource() { LAMINAR_ASSERT(!thread_.joinable(), paths_.size()); }

absl::Status ParquetSource::Open() {
  LAMINAR_ASSIGN_OR_RETURN(policy_, formats::BadRecordPolicy::Make(context_.table));
  thread_ = base::Thread("parquet", [this] { Serve(); });
  return absl::OkStatus();
}

absl::StatusOr<PollResult> ParquetSource::Poll(data::Chunk& chunk) {
  PollResult result;
  while (std::optional<Item> item = Take()) {
    if (!item->bad_rows.empty()) {
      LAMINAR_RETURN_IF_ERROR(TellBad(*item));
      continue;
    }
    context_.counters.rows += static_cast<int64_t>(item->chunk.num_rows());
    chunk = split_.Join(context_, std::move(item->chunk), paths_[item->file], item->row);
    result.state = PollState::kChunk;
    result.splits_wait = !in_order_ && item->file + 1 < paths_.size();
    return result;
  }
  LAMINAR_RETURN_IF_ERROR(policy_->Flush());
  base::MutexLock lock(mutex_);
  // The thread may have sent more since; then it has woken the task.
  if (ended_ && items_.empty()) {
    LAMINAR_RETURN_IF_ERROR(outcome_);
    result.state = PollState::kEnd;
  }
  return result;
}

std::optional<ParquetSource::Item> ParquetSource::Take() {
  base::MutexLock lock(mutex_);
  context_.counters.bytes = bytes_;
  if (items_.empty()) {
    return std::nullopt;
  }
  Item item = std::move(items_.front());
  items_.pop_front();
  changed_.NotifyAll();
  return item;
}

absl::Status ParquetSource::TellBad(const Item& item) {
  policy_->set_source(paths_[item.file]);
  absl::Status status;
  for (size_t i = 0; i < item.bad_rows.size() && status.ok(); ++i) {
    const BadRow& bad = item.bad_rows[i];
    status = policy_->Handle({.bytes = bad.record,
                              .error = bad.error,
                              .position = item.row + static_cast<int64_t>(bad.row),
                              .unit = "row"});
  }
  const formats::BadRecordCounters& counters = policy_->counters();
  context_.counters.bad_records = counters.bad_records;
  context_.counters.dropped_records = counters.dropped_records;
  context_.counters.dead_letter_records = counters.dead_letter_records;
  return status;
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
    data::Chunk chunk;
    std::vector<BadRow> bad_rows;
    LAMINAR_ASSIGN_OR_RETURN(const bool more, reader->Next(chunk, bad_rows));
    if (!more) {
      break;
    }
    chunk.set_arrival(context_.clock.Now());
    const int64_t first = row;
    row += static_cast<int64_t>(chunk.num_rows());
    LAMINAR_RETURN_IF_ERROR(SendRows(file, first, std::move(chunk), std::move(bad_rows)));
  }
  LAMINAR_ASSIGN_OR_RETURN(const base::FileInfo info, base::GetFileInfo(paths_[file]));
  base::MutexLock lock(mutex_);
  bytes_ += info.bytes;
  return absl::OkStatus();
}

// In their order: what stands before a bad row is delivered before it is told.
absl::Status ParquetSource::SendRows(size_t file,
                                     int64_t row,
                                     data::Chunk chunk,
                                     std::vector<BadRow> bad_rows) {
  if (bad_rows.empty()) {
    return Send({.chunk = std::move(chunk), .bad_rows = {}, .file = file, .row = row});
  }
  const data::idx_t num_rows = chunk.num_rows();
  data::idx_t next = 0;
  for (size_t i = 0; i <= bad_rows.size();) {
    const data::idx_t end = i < bad_rows.size() ? bad_rows[i].row : num_rows;
    if (end > next) {
      data::SelectionVector selection(end - next);
      for (data::idx_t at = next; at < end; ++at) {
        selection.set_index(at - next, at);
      }
      LAMINAR_RETURN_IF_ERROR(Send({.chunk = chunk.Select(selection, end - next),
                                    .bad_rows = {},
                                    .file = file,
                                    .row = row + static_cast<int64_t>(next)}));
    }
    if (i == bad_rows.size()) {
      break;
    }
    Item bad{.chunk = {}, .bad_rows = {}, .file = file, .row = row};
    for (next = end; i < bad_rows.size() && bad_rows[i].row == next; ++i, ++next) {
      bad.bad_rows.push_back(std::move(bad_rows[i]));
    }
    LAMINAR_RETURN_IF_ERROR(Send(std::move(bad)));
  }
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
