#include "connectors/single_file/single_file_writer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/file.h"
#include "connectors/api/snapshot_answer.h"

namespace laminar::connectors {
namespace {

constexpr int64_t kQueueBytesMax = 16 << 20;
// Rows are in the file this long after they came, at the latest.
constexpr int64_t kWaitNanosMax = 50'000'000;

}  // namespace

SingleFileWriter::SingleFileWriter(SinkContext context, std::string path, formats::Codec codec)
    : context_(std::move(context)), path_(std::move(path)), codec_(codec) {}

SingleFileWriter::~SingleFileWriter() = default;

absl::Status SingleFileWriter::Open() {
  queue_ = std::make_unique<IoQueue>("file", std::min(kQueueBytesMax, context_.buffer_bytes_max),
                                     context_.wake);
  PartFileOptions options;
  options.path = path_;
  options.codec = codec_;
  set_ = std::make_shared<PartFileSet>(std::string(base::FolderName(path_)),
                                       context_.buffer_bytes_max);
  options.set = set_;
  LAMINAR_ASSIGN_OR_RETURN(part_, PartFile::Make(context_.table, std::move(options), *queue_));
  return absl::OkStatus();
}

bool SingleFileWriter::Ready() { return queue_->HasRoom(); }

absl::Status SingleFileWriter::Write(const data::Chunk& chunk) {
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  LAMINAR_RETURN_IF_ERROR(part_->Write(chunk));
  context_.counters.rows = part_->num_rows();
  context_.counters.bytes = part_->num_bytes();
  context_.counters.buffered_bytes = part_->pending_bytes() + set_->bytes_buffered();
  if (part_->pending_bytes() == 0) {
    pending_since_.reset();
  } else if (!pending_since_.has_value()) {
    pending_since_ = context_.clock.Now();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<base::MonotonicTime>> SingleFileWriter::Flush() {
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  context_.counters.buffered_bytes = part_->pending_bytes() + set_->bytes_buffered();
  if (!pending_since_.has_value()) {
    return std::nullopt;
  }
  const base::MonotonicTime due{pending_since_->nanos + kWaitNanosMax};
  if (context_.clock.Now() < due) {
    return due;
  }
  part_->Flush();
  pending_since_.reset();
  return std::nullopt;
}

void SingleFileWriter::Snapshot(data::Epoch /*epoch*/,
                                std::function<void(absl::StatusOr<SinkSnapshot>)> done) {
  pending_since_.reset();
  auto answer = std::make_shared<SnapshotAnswer>(std::move(done));
  if (finishing_) {
    answer->Give(SinkSnapshot());
    return;
  }
  PartFile::KeepAll({part_.get()}, set_, *queue_,
                    [answer = std::move(answer)](const auto& durable) {
                      answer->Give(durable.ok() ? absl::StatusOr<SinkSnapshot>(SinkSnapshot())
                                                : durable.status());
                    });
}

absl::StatusOr<bool> SingleFileWriter::Finish() {
  if (!std::exchange(finishing_, true)) {
    context_.counters.bytes = part_->num_bytes();
    part_->Finish();
  }
  if (!queue_->Idle()) {
    return false;
  }
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  return true;
}

void SingleFileWriter::Close() {
  if (queue_ != nullptr) {
    queue_->Close();
    part_.reset();
    queue_.reset();
  }
}

}  // namespace laminar::connectors
