#include "connectors/stdout/stdout_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "connectors/api/consumer_left.h"
#include "connectors/api/snapshot_answer.h"

namespace laminar::connectors {
namespace {

// While the pipe is busy, rows wait until there are this many bytes, or for this long.
constexpr size_t kPieceBytes = 64 << 10;
constexpr int64_t kWaitNanosMax = 3'000'000;
// The first rows of a table wait this long for others, to choose column widths by.
constexpr int64_t kTableWaitNanos = 200'000'000;
constexpr int64_t kQueueBytesMax = 4 << 20;
// How long the last rows of a job that ends early may take.
constexpr int64_t kDrainNanosMax = 2'000'000'000;

}  // namespace

StdoutWriter::StdoutWriter(SinkContext context,
                           Options options,
                           std::unique_ptr<formats::Encoder> encoder,
                           base::OutputFile file)
    : context_(std::move(context)),
      options_(options),
      encoder_(std::move(encoder)),
      file_(std::move(file)) {}

StdoutWriter::~StdoutWriter() = default;

absl::Status StdoutWriter::Open() {
  queue_ = std::make_unique<IoQueue>("stdout", kQueueBytesMax, context_.wake);
  if (options_.layout == Layout::kTable) {
    table_ = std::make_unique<TableRenderer>(context_.table.schema, file_.terminal_columns());
    return absl::OkStatus();
  }
  return encoder_->Begin(pending_);
}

bool StdoutWriter::Ready() { return !limit_reached_ && queue_->HasRoom(); }

absl::Status StdoutWriter::Write(const data::Chunk& chunk) {
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  auto num_rows = static_cast<int64_t>(chunk.num_rows());
  const bool is_last = options_.rows_max.has_value() && num_rows_ + num_rows >= *options_.rows_max;
  if (is_last && num_rows_ + num_rows > *options_.rows_max) {
    num_rows = *options_.rows_max - num_rows_;
    data::SelectionVector first(static_cast<data::idx_t>(num_rows));
    for (int64_t i = 0; i < num_rows; ++i) {
      first.set_index(static_cast<data::idx_t>(i), static_cast<data::idx_t>(i));
    }
    LAMINAR_RETURN_IF_ERROR(Render(chunk.Select(first, static_cast<data::idx_t>(num_rows))));
  } else {
    LAMINAR_RETURN_IF_ERROR(Render(chunk));
  }
  num_rows_ += num_rows;
  context_.counters.rows += num_rows;
  if (is_last) {
    // Flush ends the job once the rows are printed, however slow their reader is.
    limit_reached_ = true;
    AppendEnd();
    Send();
    return absl::OkStatus();
  }
  if (!pending_since_.has_value()) {
    pending_since_ = context_.clock.Now();
  }
  if (pending_.size() >= kPieceBytes) {
    Send();
  }
  return absl::OkStatus();
}

absl::Status StdoutWriter::Render(const data::Chunk& chunk) {
  if (chunk.num_rows() == 0) {
    return absl::OkStatus();
  }
  switch (options_.layout) {
    case Layout::kTable:
      return table_->Add(chunk, pending_);
    case Layout::kArray:
      return AppendArray(chunk);
    case Layout::kLines:
      break;
  }
  return encoder_->Encode(chunk, pending_);
}

// Turns each line into an element: `[` before the first, `,` before the others.
absl::Status StdoutWriter::AppendArray(const data::Chunk& chunk) {
  std::string lines;
  LAMINAR_RETURN_IF_ERROR(encoder_->Encode(chunk, lines));
  bool is_first = num_rows_ == 0;
  for (size_t start = 0; start < lines.size();) {
    const size_t end = std::min(lines.find('\n', start), lines.size());
    pending_ += is_first ? "[" : ",\n ";
    pending_.append(lines, start, end - start);
    is_first = false;
    start = end + 1;
  }
  return absl::OkStatus();
}

void StdoutWriter::AppendEnd() {
  if (std::exchange(ended_, true)) {
    return;
  }
  if (options_.layout == Layout::kArray) {
    pending_ += num_rows_ == 0 ? "[]\n" : "]\n";
  } else if (options_.layout == Layout::kTable) {
    table_->Finish(pending_);
  }
}

void StdoutWriter::Send() {
  pending_since_.reset();
  if (pending_.empty()) {
    return;
  }
  const auto num_bytes = static_cast<int64_t>(pending_.size());
  context_.counters.bytes += num_bytes;
  queue_->Push(num_bytes, [this, bytes = std::exchange(pending_, {})] {
    return file_.Write(bytes, &queue_->stop_event());
  });
}

absl::StatusOr<std::optional<base::MonotonicTime>> StdoutWriter::Flush() {
  const bool idle = queue_->Idle();
  // Asked behind it: a write that failed has ended before.
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  if (limit_reached_ && idle) {
    return ConsumerLeft(fmt::format("limit is reached: {} rows", num_rows_));
  }
  if (!pending_since_.has_value()) {
    return std::nullopt;
  }
  const base::MonotonicTime now = context_.clock.Now();
  if (table_ != nullptr && table_->waiting()) {
    const base::MonotonicTime due{pending_since_->nanos + kTableWaitNanos};
    if (now < due) {
      return due;
    }
    table_->Settle(pending_);
  }
  const base::MonotonicTime due{pending_since_->nanos + kWaitNanosMax};
  if (now < due && !idle) {
    return due;
  }
  Send();
  return std::nullopt;
}

void StdoutWriter::Snapshot(data::Epoch /*epoch*/,
                            std::function<void(absl::StatusOr<SinkSnapshot>)> done) {
  auto answer = std::make_shared<SnapshotAnswer>(std::move(done));
  if (table_ != nullptr && table_->waiting()) {
    table_->Settle(pending_);
  }
  Send();
  queue_->Push(
      0,
      [answer] {
        answer->Give(SinkSnapshot());
        return absl::OkStatus();
      },
      [answer](const absl::Status& why) { answer->Give(why); });
}

absl::StatusOr<bool> StdoutWriter::Finish() {
  AppendEnd();
  Send();
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  if (!queue_->Idle()) {
    return false;
  }
  // The last write may have failed between the two questions.
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  return true;
}

void StdoutWriter::Close() {
  if (queue_ == nullptr) {
    return;
  }
  // Rows that were accepted are shown, also when the job failed after them.
  AppendEnd();
  Send();
  queue_->Drain(kDrainNanosMax);
  queue_->Close();
  queue_.reset();
}

}  // namespace laminar::connectors
