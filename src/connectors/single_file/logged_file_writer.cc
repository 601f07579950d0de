#include "connectors/single_file/logged_file_writer.h"

#include <algorithm>
#include <utility>

#include "base/crc32c.h"
#include "base/file.h"
#include "base/kill_point.h"
#include "connectors/api/part_file_set.h"
#include "connectors/api/snapshot_answer.h"
#include "connectors/single_file/commit_log.h"
#include "formats/format_registry.h"

namespace laminar::connectors::single_file {
namespace {

constexpr int64_t kQueueBytesMax = 16 << 20;
// Encoded bytes that go to the I/O thread in one piece.
constexpr size_t kPieceBytes = 256 << 10;

}  // namespace

// The log of the epoch that is being written, and what came before it.
class LoggedFileWriter::Log {
 public:
  Log(std::string path, SinkIdentity identity, formats::Codec codec, std::optional<LogState> from)
      : path_(std::move(path)), identity_(std::move(identity)), codec_(codec) {
    if (from.has_value()) {
      is_first_ = false;
      offset_ = from->bytes;
    }
  }

  ~Log() {
    if (file_ != nullptr) {
      // No snapshot names it. Nothing is left to tell an error to; the name is hidden.
      file_.reset();
      base::RemoveFile(LogPath()).IgnoreError();
    }
  }

  absl::Status Open() {
    if (file_ != nullptr) {
      return absl::OkStatus();
    }
    LAMINAR_ASSIGN_OR_RETURN(base::OutputFile file, base::OutputFile::Create(LogPath()));
    file_ = std::make_unique<base::OutputFile>(std::move(file));
    return absl::OkStatus();
  }

  // Makes the first log, so that a path that cannot be written fails early.
  absl::Status Begin() {
    const std::string folder(base::FolderName(path_));
    PartFileSet folders(folder, /*buffer_bytes_max=*/0);
    LAMINAR_RETURN_IF_ERROR(folders.MakeFolder(folder));
    LAMINAR_RETURN_IF_ERROR(folders.SyncFolders());
    if (base::IsFolder(path_)) {
      return base::InvalidArgument("cannot write: " + path_ + ": Is a directory");
    }
    return Open();
  }

  absl::Status Write(const std::string& bytes) {
    if (codec_ == formats::Codec::kNone) {
      return WriteOut(bytes);
    }
    if (compressor_ == nullptr) {
      compressor_ = formats::MakeCompressor(codec_);
    }
    compressed_.clear();
    LAMINAR_RETURN_IF_ERROR(compressor_->Compress(bytes, compressed_));
    return WriteOut(compressed_);
  }

  // Makes the log durable and begins another one.
  absl::StatusOr<SinkSnapshot> Cut() {
    SinkSnapshot snapshot;
    if (compressor_ != nullptr) {
      // Decompressors read the next epoch's frame behind it.
      compressed_.clear();
      LAMINAR_RETURN_IF_ERROR(compressor_->Finish(compressed_));
      compressor_.reset();
      LAMINAR_RETURN_IF_ERROR(WriteOut(compressed_));
    }
    if (bytes_ > 0 || is_first_) {
      LAMINAR_RETURN_IF_ERROR(Seal());
      snapshot.commits.push_back(TakeCommit().ToString());
    }
    snapshot.state = LogState{.path = path_, .bytes = offset_}.ToString();
    return snapshot;
  }

 private:
  std::string LogPath() const {
    return base::JoinPath(base::FolderName(path_), LogName(path_, identity_, sequence_));
  }

  absl::Status WriteOut(const std::string& bytes) {
    LAMINAR_RETURN_IF_ERROR(Open());
    LAMINAR_RETURN_IF_ERROR(file_->Write(bytes));
    crc32c_ = base::Crc32c(bytes, crc32c_);
    bytes_ += static_cast<int64_t>(bytes.size());
    return absl::OkStatus();
  }

  absl::Status Seal() {
    LAMINAR_RETURN_IF_ERROR(Open());
    LAMINAR_KILLPOINT("file_log_written");
    LAMINAR_RETURN_IF_ERROR(file_->Sync());
    LAMINAR_RETURN_IF_ERROR(file_->Close());
    LAMINAR_RETURN_IF_ERROR(base::SyncFolder(std::string(base::FolderName(path_))));
    file_.reset();
    LAMINAR_KILLPOINT("file_log_synced");
    return absl::OkStatus();
  }

  LogCommit TakeCommit() {
    LogCommit commit;
    commit.path = path_;
    commit.log = LogName(path_, identity_, sequence_++);
    commit.obsolete = std::exchange(last_log_, commit.log);
    commit.is_first = std::exchange(is_first_, false);
    commit.offset = offset_;
    commit.bytes = std::exchange(bytes_, 0);
    commit.crc32c = std::exchange(crc32c_, 0);
    offset_ += commit.bytes;
    return commit;
  }

  const std::string path_;
  const SinkIdentity identity_;
  const formats::Codec codec_;
  std::unique_ptr<base::OutputFile> file_;
  std::unique_ptr<formats::Compressor> compressor_;
  std::string compressed_;
  bool is_first_ = true;
  int64_t offset_ = 0;  // of the log in the file
  int64_t bytes_ = 0;   // in the log
  uint32_t crc32c_ = 0;
  int64_t sequence_ = 0;
  std::string last_log_;  // that a snapshot names
};

LoggedFileWriter::LoggedFileWriter(SinkContext context, std::string path, formats::Codec codec)
    : context_(std::move(context)), path_(base::RealPath(path)), codec_(codec) {}

LoggedFileWriter::~LoggedFileWriter() = default;

absl::Status LoggedFileWriter::Open() {
  const formats::FormatFactory* format =
      formats::FormatRegistry::Global().Find(context_.table.format);
  if (format == nullptr) {
    return base::InvalidArgument("unknown format: " + context_.table.format);
  }
  std::optional<LogState> from;
  for (const std::string& text : context_.restored) {
    LAMINAR_ASSIGN_OR_RETURN(LogState state, LogState::Parse(text));
    // Of another file nothing goes on: the program names a new one.
    if (state.path == path_) {
      from = std::move(state);
    }
  }
  LAMINAR_ASSIGN_OR_RETURN(encoder_, format->MakeEncoder(context_.table));
  if (!from.has_value()) {
    LAMINAR_RETURN_IF_ERROR(encoder_->Begin(pending_));
  }
  queue_ = std::make_unique<IoQueue>("file", std::min(kQueueBytesMax, context_.buffer_bytes_max),
                                     context_.wake);
  log_ = std::make_shared<Log>(path_, *context_.identity, codec_, std::move(from));
  queue_->Push(0, [log = log_] { return log->Begin(); });
  return absl::OkStatus();
}

bool LoggedFileWriter::Ready() { return queue_->HasRoom(); }

absl::Status LoggedFileWriter::Write(const data::Chunk& chunk) {
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  const size_t before = pending_.size();
  const absl::Status encoded = encoder_->Encode(chunk, pending_);
  context_.counters.bytes += static_cast<int64_t>(pending_.size() - before);
  if (pending_.size() >= kPieceBytes) {
    Send();
  }
  context_.counters.rows += static_cast<int64_t>(chunk.num_rows());
  context_.counters.buffered_bytes = static_cast<int64_t>(pending_.size());
  return encoded;
}

void LoggedFileWriter::Send() {
  if (pending_.empty()) {
    return;
  }
  const auto num_bytes = static_cast<int64_t>(pending_.size());
  queue_->Push(num_bytes,
               [log = log_, bytes = std::exchange(pending_, {})] { return log->Write(bytes); });
}

absl::StatusOr<std::optional<base::MonotonicTime>> LoggedFileWriter::Flush() {
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  return std::nullopt;
}

void LoggedFileWriter::Snapshot(data::Epoch /*epoch*/,
                                std::function<void(absl::StatusOr<SinkSnapshot>)> done) {
  if (!LAMINAR_SEEDED_BUG("acknowledge_before_flush")) {
    Send();
  }
  auto answer = std::make_shared<SnapshotAnswer>(std::move(done));
  queue_->Push(
      0,
      [log = log_, answer] {
        absl::StatusOr<SinkSnapshot> snapshot = log->Cut();
        const absl::Status status = snapshot.status();
        answer->Give(std::move(snapshot));
        return status;
      },
      [answer](const absl::Status& why) { answer->Give(why); });
}

absl::StatusOr<bool> LoggedFileWriter::Finish() {
  Send();
  const bool is_idle = queue_->Idle();
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  return is_idle;
}

void LoggedFileWriter::Close() {
  if (queue_ != nullptr) {
    queue_->Close();
    log_.reset();
    queue_.reset();
  }
}

}  // namespace laminar::connectors::single_file
