#include "connectors/api/parquet_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/file.h"
#include "expression/duckdb_instance.h"

namespace laminar::connectors {
namespace {

// Chunks decoded ahead: they keep the task busy while the next pages are read.
constexpr size_t kChunksAheadMax = 8;

}  // namespace

ParquetSource::ParquetSource(SourceContext context, std::vector<FileSplit> splits, bool in_order)
    : context_(std::move(context)),
      split_(ColumnSplit::Of(context_.table, context_.columns)),
      splits_(std::move(splits)),
      from_(splits_),
      in_order_(in_order) {
  for (const size_t column : split_.decoded) {
    wanted_.push_back(context_.table.schema.fields[column]);
  }
}

ParquetSource::~ParquetSource() { LAMINAR_ASSERT(!thread_.joinable(), splits_.size()); }

absl::Status ParquetSource::Open() {
  LAMINAR_ASSIGN_OR_RETURN(policy_, formats::BadRecordPolicy::Make(context_.table));
  thread_ = base::Thread("parquet", [this] { Serve(); });
  return absl::OkStatus();
}

absl::StatusOr<PollResult> ParquetSource::Poll(data::Chunk& chunk) {
  PollResult result;
  while (std::optional<Item> item = Take()) {
    FileSplit& split = splits_[item->file];
    split.size = item->size;
    if (item->is_end) {
      split.done = true;
      continue;
    }
    if (!item->bad_rows.empty()) {
      failed_ = TellBad(*item);
      LAMINAR_RETURN_IF_ERROR(failed_);
      split.offset = item->row + static_cast<int64_t>(item->bad_rows.back().row) + 1;
      continue;
    }
    const auto num_rows = static_cast<int64_t>(item->chunk.num_rows());
    context_.counters.rows += num_rows;
    split.offset = item->row + num_rows;
    split.rows += num_rows;
    chunk = split_.Join(context_, std::move(item->chunk), split.path, item->row);
    result.state = PollState::kChunk;
    result.splits_wait = !in_order_ && !IsLast(item->file);
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

// Whether no file waits behind it.
bool ParquetSource::IsLast(size_t file) const {
  return std::all_of(from_.begin() + static_cast<ptrdiff_t>(file) + 1, from_.end(),
                     [](const FileSplit& split) { return split.done; });
}

absl::StatusOr<std::vector<data::SplitPosition>> ParquetSource::Positions() {
  // Rows before a bad one that fails the job were told.
  LAMINAR_RETURN_IF_ERROR(failed_);
  LAMINAR_RETURN_IF_ERROR(policy_->Sync());
  std::vector<data::SplitPosition> positions;
  positions.reserve(splits_.size());
  for (const FileSplit& split : splits_) {
    positions.push_back(split.Position());
  }
  return positions;
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
  policy_->set_source(splits_[item.file].path);
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
  for (size_t file = 0; file < from_.size(); ++file) {
    if (!from_[file].done) {
      LAMINAR_RETURN_IF_ERROR(ReadFile(file));
    }
  }
  return absl::OkStatus();
}

absl::Status ParquetSource::ReadFile(size_t file) {
  const FileSplit& from = from_[file];
  LAMINAR_ASSIGN_OR_RETURN(
      const std::unique_ptr<formats::ParquetFileReader> reader,
      formats::ParquetFileReader::Open(expression::EvaluationContext(), from.path));
  LAMINAR_ASSIGN_OR_RETURN(const base::FileInfo info, base::GetFileInfo(from.path));
  if (from.offset > 0 && (info.bytes != from.size || reader->num_rows() < from.offset)) {
    return FileHasChanged(from.path,
                          fmt::format("has {} bytes, and had {}", info.bytes, from.size));
  }
  LAMINAR_RETURN_IF_ERROR(reader->Select(wanted_, from.offset));
  Item place{.chunk = {}, .bad_rows = {}, .file = file, .row = from.offset, .size = info.bytes};
  while (true) {
    data::Chunk chunk;
    std::vector<BadRow> bad_rows;
    LAMINAR_ASSIGN_OR_RETURN(const bool more, reader->Next(chunk, bad_rows));
    if (!more) {
      break;
    }
    chunk.set_arrival(context_.clock.Now());
    const auto num_rows = static_cast<int64_t>(chunk.num_rows());
    LAMINAR_RETURN_IF_ERROR(SendRows(place, std::move(chunk), std::move(bad_rows)));
    place.row += num_rows;
  }
  {
    base::MutexLock lock(mutex_);
    bytes_ += info.bytes;
  }
  place.is_end = true;
  return Send(std::move(place));
}

// In their order: what stands before a bad row is delivered before it is told.
absl::Status ParquetSource::SendRows(const Item& place,
                                     data::Chunk chunk,
                                     std::vector<BadRow> bad_rows) {
  const auto item = [&](data::Chunk rows, int64_t row) {
    return Item{.chunk = std::move(rows),
                .bad_rows = {},
                .file = place.file,
                .row = row,
                .size = place.size};
  };
  if (bad_rows.empty()) {
    return Send(item(std::move(chunk), place.row));
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
      LAMINAR_RETURN_IF_ERROR(
          Send(item(chunk.Select(selection, end - next), place.row + static_cast<int64_t>(next))));
    }
    if (i == bad_rows.size()) {
      break;
    }
    Item bad = item({}, place.row);
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
