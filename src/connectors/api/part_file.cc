#include "connectors/api/part_file.h"

#include <memory>
#include <utility>

#include "base/counter.h"
#include "base/file.h"
#include "expression/duckdb_instance.h"
#include "formats/format_registry.h"
#include "formats/parquet/parquet_file_writer.h"

namespace laminar::connectors {
namespace {

// Encoded bytes that go to the I/O thread in one piece.
constexpr size_t kPieceBytes = 256 << 10;

}  // namespace

// The file itself. Owned by the work that is queued for it; the last to let go of a file that is
// not whole removes it.
struct PartFile::OnDisk {
  OnDisk(const data::ConnectorTable& table_in, PartFileOptions options_in)
      : table(table_in), options(std::move(options_in)) {}

  ~OnDisk() {
    parquet.reset();
    file.reset();
    if (opened && !whole && options.final_path != nullptr) {
      // Nothing is left to tell an error to; the name is hidden.
      base::RemoveFile(options.path).IgnoreError();
    }
  }

  absl::Status Open(const base::StopEvent& stop) {
    if (opened) {
      return absl::OkStatus();
    }
    LAMINAR_RETURN_IF_ERROR(base::MakeFolders(std::string(base::FolderName(options.path))));
    if (is_parquet) {
      LAMINAR_ASSIGN_OR_RETURN(parquet,
                               formats::ParquetFileWriter::Create(
                                   expression::EvaluationContext(), options.path, table.schema,
                                   formats::ParquetWriteOptions::FromTable(table.format_options)));
    } else {
      LAMINAR_ASSIGN_OR_RETURN(base::OutputFile created,
                               base::OutputFile::Create(options.path, &stop));
      file = std::make_unique<base::OutputFile>(std::move(created));
      const absl::StatusOr<base::FileInfo> info = base::GetFileInfo(options.path);
      is_stream = info.ok() && info->kind == base::FileKind::kStream;
      if (options.codec != formats::Codec::kNone) {
        compressor = formats::MakeCompressor(options.codec);
      }
    }
    opened = true;
    return absl::OkStatus();
  }

  absl::Status WriteBytes(const std::string& bytes, const base::StopEvent& stop) {
    LAMINAR_RETURN_IF_ERROR(Open(stop));
    if (compressor == nullptr) {
      return WriteOut(bytes, stop);
    }
    compressed.clear();
    LAMINAR_RETURN_IF_ERROR(compressor->Compress(bytes, compressed));
    return WriteOut(compressed, stop);
  }

  // A pipe may take nothing for long; a file that is being closed is written to its end.
  absl::Status WriteOut(const std::string& bytes, const base::StopEvent& stop) {
    return file->Write(bytes, is_stream ? &stop : nullptr);
  }

  absl::Status WriteChunk(const data::Chunk& chunk,
                          int64_t num_bytes,
                          const base::StopEvent& stop) {
    LAMINAR_RETURN_IF_ERROR(Open(stop));
    LAMINAR_RETURN_IF_ERROR(parquet->Write(chunk));
    parquet_bytes_taken.Add(num_bytes);
    parquet_bytes.Set(parquet->bytes_written() + parquet->bytes_buffered());
    return absl::OkStatus();
  }

  absl::Status Complete(const base::StopEvent& stop) {
    LAMINAR_RETURN_IF_ERROR(Open(stop));
    if (parquet != nullptr) {
      LAMINAR_RETURN_IF_ERROR(parquet->Finish());
      parquet.reset();
      // Its writer does not sync; any descriptor of the file will do for that.
      LAMINAR_ASSIGN_OR_RETURN(base::OutputFile written, base::OutputFile::Append(options.path));
      LAMINAR_RETURN_IF_ERROR(written.Sync());
      LAMINAR_RETURN_IF_ERROR(written.Close());
    } else {
      if (compressor != nullptr) {
        compressed.clear();
        LAMINAR_RETURN_IF_ERROR(compressor->Finish(compressed));
        LAMINAR_RETURN_IF_ERROR(WriteOut(compressed, stop));
      }
      LAMINAR_RETURN_IF_ERROR(file->Sync());
      LAMINAR_RETURN_IF_ERROR(file->Close());
      file.reset();
    }
    absl::Status named;
    while (options.final_path != nullptr) {
      named = base::RenameFileNew(options.path, options.final_path());
      if (named.code() != absl::StatusCode::kAlreadyExists) {
        break;
      }
    }
    whole = named.ok();
    return named;
  }

  const data::ConnectorTable& table;
  const PartFileOptions options;
  bool is_parquet = false;
  bool is_stream = false;
  bool opened = false;
  bool whole = false;
  std::unique_ptr<base::OutputFile> file;
  std::unique_ptr<formats::Compressor> compressor;
  std::string compressed;
  std::unique_ptr<formats::ParquetFileWriter> parquet;
  base::Counter parquet_bytes;
  base::Counter parquet_bytes_taken;  // of the chunks in it, as estimated when they were queued
};

PartFile::PartFile(IoQueue& queue, std::shared_ptr<OnDisk> file)
    : queue_(queue), file_(std::move(file)) {}

PartFile::~PartFile() = default;

absl::StatusOr<std::unique_ptr<PartFile>> PartFile::Make(const data::ConnectorTable& table,
                                                         PartFileOptions options,
                                                         IoQueue& queue) {
  const formats::FormatFactory* format = formats::FormatRegistry::Global().Find(table.format);
  if (format == nullptr) {
    return base::InvalidArgument("unknown format: " + table.format);
  }
  auto on_disk = std::make_shared<OnDisk>(table, std::move(options));
  on_disk->is_parquet = format->needs_random_access();
  std::unique_ptr<PartFile> part(new PartFile(queue, std::move(on_disk)));
  if (!format->needs_random_access()) {
    LAMINAR_ASSIGN_OR_RETURN(part->encoder_, format->MakeEncoder(table));
    LAMINAR_RETURN_IF_ERROR(part->encoder_->Begin(part->pending_));
  }
  // Opened before the first row, so that a path that cannot be written fails early.
  queue.Push(0, [file = part->file_, &queue] { return file->Open(queue.stop_event()); });
  return part;
}

absl::Status PartFile::Write(const data::Chunk& chunk) {
  num_rows_ += static_cast<int64_t>(chunk.num_rows());
  if (encoder_ == nullptr) {
    auto rows = std::make_shared<data::Chunk>(chunk.Share());
    const int64_t num_bytes = chunk.EstimateBytes();
    num_bytes_ += num_bytes;
    queue_.Push(num_bytes, [file = file_, rows, num_bytes, &queue = queue_] {
      return file->WriteChunk(*rows, num_bytes, queue.stop_event());
    });
    return absl::OkStatus();
  }
  const size_t before = pending_.size();
  const absl::Status encoded = encoder_->Encode(chunk, pending_);
  num_bytes_ += static_cast<int64_t>(pending_.size() - before);
  if (pending_.size() >= kPieceBytes) {
    Flush();
  }
  return encoded;
}

void PartFile::Flush() {
  if (pending_.empty()) {
    return;
  }
  const auto num_bytes = static_cast<int64_t>(pending_.size());
  queue_.Push(num_bytes, [file = file_, bytes = std::exchange(pending_, {}), &queue = queue_] {
    return file->WriteBytes(bytes, queue.stop_event());
  });
}

void PartFile::Finish() {
  Flush();
  queue_.Push(0, [file = file_, &queue = queue_] { return file->Complete(queue.stop_event()); });
  file_.reset();
}

int64_t PartFile::num_bytes() const {
  if (encoder_ != nullptr || file_ == nullptr) {
    return num_bytes_;
  }
  // Chunks that still wait count, too: else a file would outgrow its size by all of them.
  return file_->parquet_bytes.Get() + num_bytes_ - file_->parquet_bytes_taken.Get();
}

}  // namespace laminar::connectors
