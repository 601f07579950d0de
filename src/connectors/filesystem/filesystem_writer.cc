#include "connectors/filesystem/filesystem_writer.h"

#include <algorithm>
#include <utility>

#include "base/entropy.h"
#include "base/file.h"
#include "connectors/api/snapshot_answer.h"
#include "formats/format_registry.h"

namespace laminar::connectors::filesystem {
namespace {

constexpr int64_t kQueueBytesMax = 32 << 20;
// Partitions that one subtask writes at a time: each has an encoder and a name.
constexpr size_t kPartsMax = 16384;
// Encoded bytes that wait in all parts together before all are handed over: with thousands of parts
// still some kilobytes each.
constexpr int64_t kPendingBytesMax = 64 << 20;

}  // namespace

FilesystemWriter::FilesystemWriter(SinkContext context, WriterOptions options)
    : context_(std::move(context)),
      options_(std::move(options)),
      partitioner_(context_.table.schema, options_.partition_columns, options_.time_pattern),
      hidden_names_(NameOptions(), context_.clock, base::SystemEntropy()) {
  if (context_.identity.has_value()) {
    options_.path = base::RealPath(options_.path);
    staged_ = std::make_shared<StagedFiles>(options_.path, *context_.identity, context_.subtask,
                                            options_.names, context_.clock);
  }
  NameOptions names = options_.names;
  names.subtask = context_.subtask;
  final_names_ =
      std::make_shared<FileNames>(std::move(names), context_.clock, base::SystemEntropy());
}

FilesystemWriter::~FilesystemWriter() = default;

absl::Status FilesystemWriter::Open() {
  queue_ = std::make_unique<IoQueue>("files", std::min(kQueueBytesMax, context_.buffer_bytes_max),
                                     context_.wake);
  set_ = std::make_shared<PartFileSet>(options_.path, context_.buffer_bytes_max);
  // A folder that cannot be made fails before the first row.
  queue_->Push(0, [set = set_] { return set->MakeFolder(set->root()); });
  return Restore();
}

std::string FilesystemWriter::Kind() const { return FileSuffix(context_.table, options_.codec); }

absl::Status FilesystemWriter::Restore() {
  for (const std::string& state : context_.restored) {
    LAMINAR_ASSIGN_OR_RETURN(const std::vector<OpenPart> parts, ParseParts(state));
    for (const OpenPart& open : parts) {
      LAMINAR_RETURN_IF_ERROR(RestorePart(open));
    }
  }
  return absl::OkStatus();
}

absl::Status FilesystemWriter::RestorePart(const OpenPart& open) {
  PartFileOptions file;
  file.codec = options_.codec;
  file.set = set_;
  file.staging = staged_;
  file.folder = base::JoinPath(open.root, open.folder);
  file.beginning = {.path = open.path,
                    .final_path = open.final_path,
                    .bytes = open.bytes,
                    .num_bytes = open.num_bytes};
  Part part;
  LAMINAR_ASSIGN_OR_RETURN(part.file, PartFile::Make(context_.table, std::move(file), *queue_));
  part.time_folder = open.time_folder;
  part.newest = {open.newest_micros};
  // Written before.
  part.counted_bytes = open.num_bytes;
  Begun(part, context_.clock.Now());
  // Two subtasks may have written to one folder, and the table may have changed.
  const bool goes_on = open.root == options_.path && open.kind == Kind() &&
                       parts_.size() < kPartsMax && !parts_.contains(open.folder);
  if (!goes_on) {
    part.file->Finish();
    return absl::OkStatus();
  }
  parts_.emplace(open.folder, std::move(part));
  return absl::OkStatus();
}

void FilesystemWriter::Begun(Part& part, base::MonotonicTime now) {
  part.opened = now;
  part.written = now;
  if (const auto due = DueTime(part); due.has_value()) {
    next_due_ = next_due_.has_value() ? std::min(*next_due_, *due) : *due;
  }
}

absl::StatusOr<std::unique_ptr<PartFile>> FilesystemWriter::MakeFile(const std::string& folder) {
  PartFileOptions file;
  file.codec = options_.codec;
  file.set = set_;
  if (staged_ != nullptr) {
    file.staging = staged_;
    file.folder = folder;
  } else {
    file.path = base::JoinPath(folder, hidden_names_.NextHidden());
    file.final_path = [folder, names = final_names_] {
      return base::JoinPath(folder, names->Next());
    };
  }
  return PartFile::Make(context_.table, std::move(file), *queue_);
}

bool FilesystemWriter::Ready() { return queue_->HasRoom(); }

absl::StatusOr<FilesystemWriter::Part*> FilesystemWriter::PartOf(const Partitioner::Part& rows,
                                                                 base::MonotonicTime now) {
  const auto known = parts_.find(rows.folder);
  if (known != parts_.end()) {
    return &known->second;
  }
  if (parts_.size() >= kPartsMax) {
    CompleteOldest();
  }
  Part part;
  LAMINAR_ASSIGN_OR_RETURN(part.file, MakeFile(base::JoinPath(options_.path, rows.folder)));
  part.time_folder = rows.time_folder;
  Begun(part, now);
  return &parts_.emplace(rows.folder, std::move(part)).first->second;
}

absl::Status FilesystemWriter::Write(const data::Chunk& chunk) {
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  const base::MonotonicTime now = context_.clock.Now();
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<Partitioner::Part> split, partitioner_.Split(chunk));
  for (const Partitioner::Part& rows : split) {
    LAMINAR_ASSIGN_OR_RETURN(Part* const part, PartOf(rows, now));
    LAMINAR_RETURN_IF_ERROR(WriteRows(chunk, rows, *part));
    part->written = now;
    part->newest = std::max(part->newest, rows.newest);
    Count(*part);
    if (options_.file_bytes.has_value() && part->counted_bytes >= *options_.file_bytes) {
      part->file->Flush();
      Count(*part);
      part->file->Finish();
      parts_.erase(rows.folder);
    }
  }
  if (pending_bytes_ >= std::min(kPendingBytesMax, context_.buffer_bytes_max)) {
    for (auto& [folder, part] : parts_) {
      part.file->Flush();
      Count(part);
    }
  }
  PublishCounters();
  context_.counters.rows += static_cast<int64_t>(chunk.num_rows());
  return absl::OkStatus();
}

absl::Status FilesystemWriter::WriteRows(const data::Chunk& chunk,
                                         const Partitioner::Part& rows,
                                         Part& part) {
  if (rows.rows.size() == chunk.num_rows()) {
    return part.file->Write(chunk);
  }
  data::SelectionVector selection(rows.rows.size());
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    selection.set_index(i, rows.rows[i]);
  }
  return part.file->Write(chunk.Select(selection, rows.rows.size()));
}

void FilesystemWriter::Count(Part& part) {
  const int64_t num_bytes = part.file->num_bytes();
  const int64_t pending_bytes = part.file->pending_bytes();
  num_bytes_ += num_bytes - std::exchange(part.counted_bytes, num_bytes);
  pending_bytes_ += pending_bytes - std::exchange(part.counted_pending_bytes, pending_bytes);
}

template <class IsDue>
void FilesystemWriter::CompleteIf(IsDue is_due) {
  std::vector<Parts::iterator> due;
  std::vector<PartFile*> files;
  for (auto part = parts_.begin(); part != parts_.end(); ++part) {
    if (is_due(part->second)) {
      part->second.file->Flush();
      Count(part->second);
      due.push_back(part);
      files.push_back(part->second.file.get());
    }
  }
  if (!files.empty()) {
    PartFile::FinishAll(files, set_, *queue_);
  }
  for (const Parts::iterator part : due) {
    parts_.erase(part);
  }
  PublishCounters();
}

void FilesystemWriter::PublishCounters() {
  context_.counters.bytes = num_bytes_;
  context_.counters.buffered_bytes = pending_bytes_ + set_->bytes_buffered();
}

void FilesystemWriter::CompleteOldest() {
  std::vector<base::MonotonicTime> times;
  times.reserve(parts_.size());
  for (const auto& [folder, part] : parts_) {
    times.push_back(part.written);
  }
  const auto quarter = times.begin() + static_cast<ptrdiff_t>(times.size() / 4);
  std::ranges::nth_element(times, quarter);
  CompleteIf([&](const Part& part) { return part.written <= *quarter; });
}

std::optional<base::MonotonicTime> FilesystemWriter::DueTime(const Part& part) const {
  std::optional<base::MonotonicTime> due;
  if (options_.interval_nanos.has_value()) {
    due = base::MonotonicTime{part.opened.nanos + *options_.interval_nanos};
  }
  if (options_.inactivity_nanos.has_value()) {
    const base::MonotonicTime idle{part.written.nanos + *options_.inactivity_nanos};
    due = due.has_value() ? std::min(*due, idle) : idle;
  }
  return due;
}

absl::StatusOr<std::optional<base::MonotonicTime>> FilesystemWriter::Flush() {
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  PublishCounters();
  const base::MonotonicTime now = context_.clock.Now();
  if (!next_due_.has_value() || now < *next_due_) {
    return next_due_;
  }
  next_due_.reset();
  CompleteIf([&](const Part& part) {
    const std::optional<base::MonotonicTime> due = DueTime(part);
    if (due.has_value() && *due <= now) {
      return true;
    }
    if (due.has_value()) {
      next_due_ = next_due_.has_value() ? std::min(*next_due_, *due) : *due;
    }
    return false;
  });
  return next_due_;
}

absl::Status FilesystemWriter::AdvanceWatermark(data::EventTime time) {
  if (!options_.roll_by_watermark || time == data::EventTime::Max()) {
    return absl::OkStatus();
  }
  const std::string now_folder = partitioner_.TimeFolderOf(time);
  CompleteIf(
      [&](const Part& part) { return part.newest < time && part.time_folder != now_folder; });
  return absl::OkStatus();
}

void FilesystemWriter::Snapshot(data::Epoch /*epoch*/,
                                std::function<void(absl::StatusOr<SinkSnapshot>)> done) {
  auto answer = std::make_shared<SnapshotAnswer>(std::move(done));
  const formats::FormatFactory* format =
      formats::FormatRegistry::Global().Find(context_.table.format);
  if (format->needs_random_access()) {
    CompleteIf([](const Part&) { return true; });
  }
  std::vector<PartFile*> files;
  std::vector<OpenPart> open;
  for (auto& [folder, part] : parts_) {
    part.file->Flush();
    Count(part);
    files.push_back(part.file.get());
    open.push_back({.root = options_.path,
                    .folder = folder,
                    .time_folder = part.time_folder,
                    .newest_micros = part.newest.micros,
                    .path = "",
                    .final_path = "",
                    .bytes = 0,
                    .num_bytes = part.counted_bytes,
                    .kind = Kind()});
  }
  PublishCounters();
  PartFile::KeepAll(files, set_, *queue_,
                    [staged = staged_, open = std::move(open), answer = std::move(answer)](
                        absl::StatusOr<std::vector<PartFile::Durable>> durable) {
                      if (!durable.ok()) {
                        answer->Give(durable.status());
                        return;
                      }
                      std::vector<OpenPart> parts = open;
                      for (size_t i = 0; i < parts.size(); ++i) {
                        parts[i].path = (*durable)[i].path;
                        parts[i].final_path = (*durable)[i].final_path;
                        parts[i].bytes = (*durable)[i].bytes;
                      }
                      SinkSnapshot snapshot;
                      snapshot.state = parts.empty() ? "" : PartsToString(parts);
                      snapshot.commits = staged->TakeCommits();
                      answer->Give(std::move(snapshot));
                    });
}

absl::StatusOr<bool> FilesystemWriter::Finish() {
  if (!std::exchange(finishing_, true)) {
    CompleteIf([](const Part&) { return true; });
  }
  if (!queue_->Idle()) {
    return false;
  }
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  return true;
}

void FilesystemWriter::Close() {
  if (queue_ != nullptr) {
    queue_->Close();
    // Files that are not whole are removed with their parts.
    parts_.clear();
    set_.reset();
    queue_.reset();
  }
}

}  // namespace laminar::connectors::filesystem
