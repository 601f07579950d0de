#include "connectors/api/part_file.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/counter.h"
#include "base/file.h"
#include "base/kill_point.h"
#include "connectors/api/at_once.h"
#include "expression/duckdb_instance.h"
#include "formats/format_registry.h"
#include "formats/parquet/parquet_file_writer.h"

namespace laminar::connectors {
namespace {

// Encoded bytes that go to the I/O thread in one piece.
constexpr size_t kPieceBytes = 256 << 10;

// Does `work` for each file, several at a time; the first error in their order.
template <class File, class Work>
absl::Status ForEachFile(const std::vector<File*>& files, Work work) {
  std::vector<absl::Status> done(files.size());
  ForEachAtOnce(files.size(), [&](size_t i) { done[i] = work(*files[i]); });
  for (absl::Status& status : done) {
    LAMINAR_RETURN_IF_ERROR(std::move(status));
  }
  return absl::OkStatus();
}

absl::Status BeginningIsGone(const PartFileOptions::Beginning& beginning) {
  const std::string gone =
      "a file that the checkpoint goes on writing is gone: " + beginning.path + "\n  ";
  return base::DataLoss(
      base::FileExists(beginning.final_path)
          ? gone +
                "a later checkpoint has published it: to have its rows from there on written "
                "again, give it back its name: mv '" +
                beginning.final_path + "' '" + beginning.path + "'"
          : gone + "put it back, or begin anew with another state");
}

absl::Status CopyBeginning(const PartFileOptions::Beginning& beginning, const std::string& to) {
  const std::string& from = beginning.path;
  const int64_t bytes = beginning.bytes;
  absl::StatusOr<base::InputFile> input = base::InputFile::Open(from);
  if (absl::IsNotFound(input.status())) {
    return BeginningIsGone(beginning);
  }
  LAMINAR_RETURN_IF_ERROR(input.status());
  if (input->info().bytes < bytes) {
    return base::DataLoss(
        fmt::format("a file that the checkpoint goes on writing has {} bytes, and had {}: {}",
                    input->info().bytes, bytes, from));
  }
  LAMINAR_ASSIGN_OR_RETURN(base::OutputFile output, base::OutputFile::Create(to));
  std::string piece(kPieceBytes, '\0');
  for (int64_t done = 0; done < bytes;) {
    LAMINAR_ASSIGN_OR_RETURN(
        const size_t count,
        input->ReadAt(done, piece.data(),
                      std::min(piece.size(), static_cast<size_t>(bytes - done))));
    if (count == 0) {
      return base::DataLoss("file has become shorter while it was read: " + from);
    }
    LAMINAR_RETURN_IF_ERROR(output.Write({piece.data(), count}));
    done += static_cast<int64_t>(count);
  }
  LAMINAR_KILLPOINT("files_beginning_copied");
  return output.Close();
}

}  // namespace

// The file itself. Owned by the work that is queued for it; the last to let go of a file that is
// not whole removes it.
struct PartFile::OnDisk final : PartFileSet::Member {
  OnDisk(const data::ConnectorTable& table_in,
         PartFileOptions options_in,
         const base::StopEvent& stop_in)
      : table(table_in), options(std::move(options_in)), stop(stop_in) {
    if (options.beginning.has_value()) {
      const std::string name = options.beginning->final_path;
      place = {.path = options.staging->Begin(options.folder).path, .final_path = name};
    } else if (options.staging != nullptr) {
      place = options.staging->Begin(options.folder);
    } else {
      place.path = options.path;
    }
  }

  ~OnDisk() override {
    parquet.reset();
    file.reset();
    if (exists && options.staging == nullptr && options.final_path != nullptr) {
      // Nothing is left to tell an error to; the name is hidden. Of staged files a checkpoint may
      // know.
      base::RemoveFile(place.path).IgnoreError();
    }
  }

  bool IsHidden() const { return options.staging != nullptr || options.final_path != nullptr; }

  // Opened before the first row where possible, so that a path that cannot be written fails early.
  absl::Status Begin() {
    LAMINAR_RETURN_IF_ERROR(options.set->MakeFolder(std::string(base::FolderName(place.path))));
    if (options.beginning.has_value()) {
      bytes_on_disk = options.beginning->bytes;
      is_dirty = true;
      exists = true;
      return CopyBeginning(*options.beginning, place.path);
    }
    return options.set->HasRoom() ? Open() : absl::OkStatus();
  }

  absl::Status Open() {
    if (file != nullptr || (parquet != nullptr && parquet->is_open())) {
      options.set->Used(*this);
      return absl::OkStatus();
    }
    LAMINAR_RETURN_IF_ERROR(options.set->MakeRoom());
    if (is_parquet) {
      LAMINAR_RETURN_IF_ERROR(MakeParquet());
      LAMINAR_RETURN_IF_ERROR(parquet->Open());
    } else {
      LAMINAR_ASSIGN_OR_RETURN(base::OutputFile opened,
                               exists ? base::OutputFile::Append(place.path)
                                      : base::OutputFile::Create(place.path, &stop));
      if (!exists && options.codec != formats::Codec::kNone) {
        compressor = formats::MakeCompressor(options.codec);
      }
      file = std::make_unique<base::OutputFile>(std::move(opened));
      const absl::StatusOr<base::FileInfo> info = base::GetFileInfo(place.path);
      is_stream = info.ok() && info->kind == base::FileKind::kStream;
    }
    exists = true;
    options.set->Used(*this);
    return absl::OkStatus();
  }

  absl::Status MakeParquet() {
    if (parquet == nullptr) {
      formats::ParquetWriteOptions how =
          formats::ParquetWriteOptions::FromTable(table.format_options);
      how.open_late = true;
      LAMINAR_ASSIGN_OR_RETURN(
          parquet, formats::ParquetFileWriter::Create(expression::EvaluationContext(), place.path,
                                                      table.schema, how));
    }
    return absl::OkStatus();
  }

  absl::Status WriteBytes(const std::string& bytes) {
    LAMINAR_RETURN_IF_ERROR(Open());
    if (options.codec == formats::Codec::kNone) {
      return WriteOut(bytes);
    }
    if (compressor == nullptr) {
      compressor = formats::MakeCompressor(options.codec);
    }
    compressed.clear();
    LAMINAR_RETURN_IF_ERROR(compressor->Compress(bytes, compressed));
    return WriteOut(compressed);
  }

  // A pipe may take nothing for long; a file that is being closed is written to its end.
  absl::Status WriteOut(const std::string& bytes) {
    is_dirty = true;
    bytes_on_disk += static_cast<int64_t>(bytes.size());
    return file->Write(bytes, is_stream ? &stop : nullptr);
  }

  absl::Status WriteChunk(const data::Chunk& chunk, int64_t num_bytes) {
    LAMINAR_RETURN_IF_ERROR(MakeParquet());
    const bool was_open = parquet->is_open();
    LAMINAR_RETURN_IF_ERROR(parquet->Write(chunk));
    if (parquet->is_open()) {
      exists = true;
      LAMINAR_RETURN_IF_ERROR(was_open ? absl::OkStatus() : options.set->MakeRoom());
      options.set->Used(*this);
    }
    parquet_bytes_taken.Add(num_bytes);
    options.set->SetBuffered(*this, parquet->bytes_buffered());
    LAMINAR_RETURN_IF_ERROR(options.set->BoundBuffered());
    CountParquetBytes();
    return absl::OkStatus();
  }

  void CountParquetBytes() {
    parquet_bytes.Set(
        parquet_bytes_completed +
        (parquet == nullptr ? 0 : parquet->bytes_written() + parquet->bytes_buffered()));
  }

  absl::Status Spill() override {
    // Many files, each with few rows: one that is whole needs no descriptor while it waits.
    if (!parquet->is_open() && !options.set->HasRoom() && IsHidden()) {
      return Complete();
    }
    LAMINAR_RETURN_IF_ERROR(Open());
    return parquet->FlushRowGroup();
  }

  absl::Status Suspend() override {
    if (is_parquet) {
      // Its writer cannot go on in a file that was closed.
      return IsHidden() ? Complete() : absl::OkStatus();
    }
    return is_stream ? absl::OkStatus() : Close();
  }

  // Ends what is compressed as one: decompressors read the next one behind it.
  absl::Status FinishFrame() {
    if (compressor == nullptr) {
      return absl::OkStatus();
    }
    compressed.clear();
    LAMINAR_RETURN_IF_ERROR(compressor->Finish(compressed));
    compressor.reset();
    return WriteOut(compressed);
  }

  absl::Status Close() {
    LAMINAR_RETURN_IF_ERROR(FinishFrame());
    LAMINAR_RETURN_IF_ERROR(file->Close());
    file.reset();
    options.set->Closed(*this);
    return absl::OkStatus();
  }

  absl::Status Seal() {
    if (is_sealed || IsCompletedAlready()) {
      return absl::OkStatus();
    }
    LAMINAR_RETURN_IF_ERROR(exists && !is_parquet ? absl::OkStatus() : Open());
    if (is_parquet) {
      LAMINAR_RETURN_IF_ERROR(parquet->Finish());
      parquet_bytes_completed += parquet->bytes_written();
      parquet.reset();
      options.set->SetBuffered(*this, 0);
      options.set->Closed(*this);
      CountParquetBytes();
    } else if (file != nullptr && !is_stream) {
      LAMINAR_RETURN_IF_ERROR(Close());
    }
    is_sealed = true;
    return absl::OkStatus();
  }

  // All its rows went into files that were completed early.
  bool IsCompletedAlready() const {
    return is_parquet && !exists && parquet_bytes_completed > 0 &&
           (parquet == nullptr || parquet->num_rows() == 0);
  }

  absl::Status Complete() {
    if (IsCompletedAlready()) {
      return absl::OkStatus();
    }
    if (is_parquet) {
      LAMINAR_RETURN_IF_ERROR(Seal());
    } else if (!exists) {
      LAMINAR_RETURN_IF_ERROR(Open());
    }
    if (file != nullptr) {
      LAMINAR_RETURN_IF_ERROR(FinishFrame());
    }
    LAMINAR_RETURN_IF_ERROR(Sync());
    options.set->Closed(*this);
    LAMINAR_RETURN_IF_ERROR(options.set->SyncFolders());
    return Publish();
  }

  // Touches nothing that files share.
  absl::Status Sync() {
    if (file == nullptr) {
      // Any descriptor of the file will do to sync it.
      LAMINAR_ASSIGN_OR_RETURN(base::OutputFile written, base::OutputFile::Append(place.path));
      file = std::make_unique<base::OutputFile>(std::move(written));
    }
    LAMINAR_RETURN_IF_ERROR(file->Sync());
    LAMINAR_RETURN_IF_ERROR(file->Close());
    file.reset();
    return absl::OkStatus();
  }

  // As Sync, but the file goes on.
  absl::Status Keep() {
    if (!std::exchange(is_dirty, false)) {
      return absl::OkStatus();
    }
    if (file == nullptr) {
      LAMINAR_RETURN_IF_ERROR(Sync());
    } else {
      LAMINAR_RETURN_IF_ERROR(FinishFrame());
      LAMINAR_RETURN_IF_ERROR(file->Sync());
      is_dirty = false;
    }
    return SyncName();
  }

  absl::Status SyncName() {
    return std::exchange(is_name_synced, true) || is_stream
               ? absl::OkStatus()
               : base::SyncFolder(std::string(base::FolderName(place.path)));
  }

  // As Sync, but for the names.
  absl::Status Publish() {
    is_sealed = false;
    if (options.staging != nullptr) {
      LAMINAR_RETURN_IF_ERROR(SyncName());
      LAMINAR_ASSIGN_OR_RETURN(const base::FileInfo info, base::GetFileInfo(place.path));
      LAMINAR_KILLPOINT("files_one_completed");
      options.staging->Completed(place, info.bytes);
      exists = false;
      is_name_synced = false;
      // Perhaps there is more to come, for another file.
      place = options.staging->Begin(options.folder);
      bytes_on_disk = 0;
      return absl::OkStatus();
    }
    absl::Status named;
    while (options.final_path != nullptr) {
      named = base::RenameFileNew(place.path, options.final_path());
      if (named.code() != absl::StatusCode::kAlreadyExists) {
        break;
      }
    }
    exists = !named.ok();
    return named;
  }

  const data::ConnectorTable& table;
  const PartFileOptions options;
  const base::StopEvent& stop;
  PartStaging::File place;
  int64_t bytes_on_disk = 0;  // of text
  bool is_dirty = false;      // not all of them are on the device
  bool is_name_synced = false;
  bool is_parquet = false;
  bool is_stream = false;
  bool exists = false;     // under its hidden name
  bool is_sealed = false;  // nothing is to be written, but perhaps synced
  std::unique_ptr<base::OutputFile> file;
  std::unique_ptr<formats::Compressor> compressor;
  std::string compressed;
  std::unique_ptr<formats::ParquetFileWriter> parquet;
  int64_t parquet_bytes_completed = 0;
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
  auto on_disk = std::make_shared<OnDisk>(table, std::move(options), queue.stop_event());
  on_disk->is_parquet = format->needs_random_access();
  std::unique_ptr<PartFile> part(new PartFile(queue, std::move(on_disk)));
  if (!format->needs_random_access()) {
    LAMINAR_ASSIGN_OR_RETURN(part->encoder_, format->MakeEncoder(table));
    if (part->file_->options.beginning.has_value()) {
      part->num_bytes_ = part->file_->options.beginning->num_bytes;
    } else {
      LAMINAR_RETURN_IF_ERROR(part->encoder_->Begin(part->pending_));
    }
  }
  queue.Push(0, [file = part->file_] { return file->Begin(); });
  return part;
}

absl::Status PartFile::Write(const data::Chunk& chunk) {
  num_rows_ += static_cast<int64_t>(chunk.num_rows());
  if (encoder_ == nullptr) {
    auto rows = std::make_shared<data::Chunk>(chunk.Share());
    const int64_t num_bytes = chunk.EstimateBytes();
    num_bytes_ += num_bytes;
    queue_.Push(num_bytes,
                [file = file_, rows, num_bytes] { return file->WriteChunk(*rows, num_bytes); });
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
  queue_.Push(num_bytes, [file = file_, bytes = std::exchange(pending_, {})] {
    return file->WriteBytes(bytes);
  });
}

void PartFile::Finish() {
  Flush();
  queue_.Push(0, [file = std::exchange(file_, nullptr)] { return file->Complete(); });
}

absl::Status PartFile::CompleteAll(const std::vector<std::shared_ptr<OnDisk>>& files,
                                   PartFileSet& set) {
  std::vector<OnDisk*> sealed;
  for (const std::shared_ptr<OnDisk>& file : files) {
    if (!file->IsCompletedAlready()) {
      LAMINAR_RETURN_IF_ERROR(file->Seal());
      sealed.push_back(file.get());
    }
  }
  LAMINAR_RETURN_IF_ERROR(ForEachFile(sealed, [](OnDisk& file) { return file.Sync(); }));
  LAMINAR_RETURN_IF_ERROR(set.SyncFolders());
  return ForEachFile(sealed, [](OnDisk& file) { return file.Publish(); });
}

void PartFile::FinishAll(const std::vector<PartFile*>& parts,
                         const std::shared_ptr<PartFileSet>& set,
                         IoQueue& queue) {
  std::vector<std::shared_ptr<OnDisk>> files;
  files.reserve(parts.size());
  for (PartFile* const part : parts) {
    part->Flush();
    files.push_back(std::exchange(part->file_, nullptr));
  }
  queue.Push(0, [files = std::move(files), set] { return CompleteAll(files, *set); });
}

absl::StatusOr<std::vector<PartFile::Durable>> PartFile::KeepOnDisk(
    const std::vector<std::shared_ptr<OnDisk>>& files,
    PartFileSet& set) {
  std::vector<OnDisk*> dirty;
  for (const std::shared_ptr<OnDisk>& file : files) {
    if (file->is_dirty) {
      dirty.push_back(file.get());
    }
  }
  LAMINAR_KILLPOINT("files_before_sync");
  LAMINAR_RETURN_IF_ERROR(ForEachFile(dirty, [](OnDisk& file) { return file.Keep(); }));
  LAMINAR_KILLPOINT("files_synced");
  LAMINAR_RETURN_IF_ERROR(set.SyncFolders());
  std::vector<Durable> durable;
  durable.reserve(files.size());
  for (const std::shared_ptr<OnDisk>& file : files) {
    durable.push_back({.path = file->place.path,
                       .final_path = file->place.final_path,
                       .bytes = file->bytes_on_disk});
  }
  return durable;
}

void PartFile::KeepAll(const std::vector<PartFile*>& parts,
                       const std::shared_ptr<PartFileSet>& set,
                       IoQueue& queue,
                       std::function<void(absl::StatusOr<std::vector<Durable>>)> done) {
  std::vector<std::shared_ptr<OnDisk>> files;
  files.reserve(parts.size());
  for (PartFile* const part : parts) {
    part->Flush();
    files.push_back(part->file_);
  }
  queue.Push(
      0,
      [files = std::move(files), set, done] {
        absl::StatusOr<std::vector<Durable>> durable = KeepOnDisk(files, *set);
        absl::Status status = durable.status();
        done(std::move(durable));
        return status;
      },
      done);
}

int64_t PartFile::num_bytes() const {
  if (encoder_ != nullptr || file_ == nullptr) {
    return num_bytes_;
  }
  // Chunks that still wait count, too: else a file would outgrow its size by all of them.
  return file_->parquet_bytes.Get() + num_bytes_ - file_->parquet_bytes_taken.Get();
}

}  // namespace laminar::connectors
