#include "connectors/filesystem/filesystem_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "formats/format_registry.h"

namespace laminar::connectors::filesystem {
namespace {

constexpr int64_t kQueueBytesMax = 32 << 20;
// Files that one subtask writes at a time: below the usual limit of open files, shared by some
// subtasks.
constexpr size_t kPartsMax = 200;
// Encoded bytes that wait in all parts together before all are handed over.
constexpr int64_t kPendingBytesMax = 16 << 20;

NameStrategy StrategyOf(const std::string& name) {
  if (name == "serial") {
    return NameStrategy::kSerial;
  }
  if (name == "uuid") {
    return NameStrategy::kUuid;
  }
  if (name == "ulid") {
    return NameStrategy::kUlid;
  }
  return NameStrategy::kUuidV7;
}

absl::Status CheckNamePart(const std::string& option, const std::string& text) {
  if (text.find('/') != std::string::npos) {
    return base::InvalidArgument(
        fmt::format("option {} must not contain a slash: {}", option, text));
  }
  return absl::OkStatus();
}

absl::Status AddPartitionColumn(const data::Schema& schema,
                                const std::string& name,
                                std::vector<size_t>& columns) {
  const std::optional<size_t> column = schema.Find(name);
  if (!column.has_value() || *column >= schema.num_visible_columns()) {
    return base::InvalidArgument(
        fmt::format("partition column {} is not a column of the table; its columns are {}", name,
                    fmt::join(schema.Names(), ", ")));
  }
  if (schema.fields[*column].type.IsNested()) {
    return base::InvalidArgument(
        fmt::format("partition column {} must not be nested: it is of type {}", name,
                    schema.fields[*column].type.ToString()));
  }
  if (std::ranges::find(columns, *column) == columns.end()) {
    columns.push_back(*column);
  }
  return absl::OkStatus();
}

std::string SuffixOf(const data::ConnectorTable& table, formats::Codec codec) {
  std::string suffix = table.format;
  if (suffix == "raw_string" || suffix == "raw_bytes") {
    suffix = suffix == "raw_string" ? "txt" : "bin";
  }
  if (codec == formats::Codec::kGzip) {
    suffix += ".gz";
  } else if (codec == formats::Codec::kZstd) {
    suffix += ".zst";
  }
  return suffix;
}

absl::StatusOr<formats::Codec> CodecOf(const data::ConnectorTable& table) {
  std::string codec = table.options.GetStringOr("compression", "none");
  const std::string json_codec =
      table.format_options.GetStringOr("json.compression", "uncompressed");
  if (json_codec != "uncompressed") {
    if (codec != "none" && codec != json_codec) {
      return base::InvalidArgument(fmt::format(
          "option compression = '{}' contradicts json.compression = '{}'", codec, json_codec));
    }
    codec = json_codec;
  }
  const formats::Codec result = formats::CodecFromName(codec).value_or(formats::Codec::kNone);
  const formats::FormatFactory* format = formats::FormatRegistry::Global().Find(table.format);
  if (format != nullptr && format->needs_random_access() && result != formats::Codec::kNone) {
    return base::InvalidArgument(
        "option compression is for text formats; Parquet has parquet.compression");
  }
  return result;
}

std::optional<int64_t> NanosOf(const data::Options& given, const char* key) {
  return given.Has(key) ? std::optional(given.GetDuration(key).micros * 1000) : std::nullopt;
}

absl::Status ReadRolling(const data::Options& given, WriterOptions& options) {
  if (given.Has("rolling_policy.file_size")) {
    options.file_bytes = given.GetInteger("rolling_policy.file_size");
  }
  options.interval_nanos = NanosOf(given, "rolling_policy.interval");
  options.inactivity_nanos = NanosOf(given, "rolling_policy.inactivity_interval");
  options.time_pattern = given.GetStringOr("partitioning.time_pattern", "");
  options.roll_by_watermark = given.Has("rolling_policy.watermark_expiration") &&
                              given.GetBoolean("rolling_policy.watermark_expiration");
  if (options.roll_by_watermark && options.time_pattern.empty()) {
    return base::InvalidArgument(
        "option rolling_policy.watermark_expiration needs partitioning.time_pattern");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<size_t>> PartitionColumnsOf(const data::ConnectorTable& table) {
  std::vector<std::string> names;
  if (table.options.Has("partitioning.fields")) {
    names = table.options.GetStringList("partitioning.fields");
  }
  names.insert(names.end(), table.partitioned_by.begin(), table.partitioned_by.end());
  std::vector<size_t> columns;
  for (const std::string& name : names) {
    LAMINAR_RETURN_IF_ERROR(AddPartitionColumn(table.schema, name, columns));
  }
  return columns;
}

absl::StatusOr<NameOptions> NamesOf(const data::ConnectorTable& table, formats::Codec codec) {
  const data::Options& given = table.options;
  NameOptions names;
  names.strategy = StrategyOf(given.GetStringOr("filename.strategy", "uuid_v7"));
  names.prefix = given.GetStringOr("filename.prefix", "");
  names.suffix = given.GetStringOr("filename.suffix", SuffixOf(table, codec));
  LAMINAR_RETURN_IF_ERROR(CheckNamePart("filename.prefix", names.prefix));
  LAMINAR_RETURN_IF_ERROR(CheckNamePart("filename.suffix", names.suffix));
  if (names.prefix.starts_with('.') || names.prefix.starts_with('_')) {
    return base::InvalidArgument(
        "option filename.prefix must not begin with a dot or underscore: readers would leave the "
        "files out");
  }
  return names;
}

}  // namespace

absl::StatusOr<WriterOptions> WriterOptions::FromTable(const data::ConnectorTable& table) {
  WriterOptions options;
  options.path = table.options.GetString("path");
  LAMINAR_ASSIGN_OR_RETURN(options.codec, CodecOf(table));
  LAMINAR_RETURN_IF_ERROR(ReadRolling(table.options, options));
  LAMINAR_ASSIGN_OR_RETURN(options.partition_columns, PartitionColumnsOf(table));
  LAMINAR_ASSIGN_OR_RETURN(options.names, NamesOf(table, options.codec));
  return options;
}

FilesystemWriter::FilesystemWriter(SinkContext context, WriterOptions options)
    : context_(std::move(context)),
      options_(std::move(options)),
      partitioner_(context_.table.schema, options_.partition_columns, options_.time_pattern),
      hidden_names_(NameOptions(), context_.clock, UniqueSeed()) {
  NameOptions names = options_.names;
  names.subtask = context_.subtask;
  final_names_ = std::make_shared<FileNames>(std::move(names), context_.clock, UniqueSeed());
}

FilesystemWriter::~FilesystemWriter() = default;

absl::Status FilesystemWriter::Open() {
  queue_ = std::make_unique<IoQueue>("files", kQueueBytesMax, context_.wake);
  // A folder that cannot be made fails before the first row.
  queue_->Push(0, [path = options_.path] { return base::MakeFolders(path); });
  return absl::OkStatus();
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
  const std::string folder = base::JoinPath(options_.path, rows.folder);
  PartFileOptions file;
  file.path = base::JoinPath(folder, hidden_names_.NextHidden());
  file.final_path = [folder, names = final_names_] {
    return base::JoinPath(folder, names->Next());
  };
  file.codec = options_.codec;
  Part part;
  LAMINAR_ASSIGN_OR_RETURN(part.file, PartFile::Make(context_.table, std::move(file), *queue_));
  part.time_folder = rows.time_folder;
  part.opened = now;
  return &parts_.emplace(rows.folder, std::move(part)).first->second;
}

absl::Status FilesystemWriter::Write(const data::Chunk& chunk) {
  LAMINAR_RETURN_IF_ERROR(queue_->status());
  const base::MonotonicTime now = context_.clock.Now();
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<Partitioner::Part> split, partitioner_.Split(chunk));
  for (const Partitioner::Part& rows : split) {
    LAMINAR_ASSIGN_OR_RETURN(Part* const part, PartOf(rows, now));
    if (split.size() == 1) {
      LAMINAR_RETURN_IF_ERROR(part->file->Write(chunk));
    } else {
      data::SelectionVector selection(rows.rows.size());
      for (size_t i = 0; i < rows.rows.size(); ++i) {
        selection.set_index(i, rows.rows[i]);
      }
      LAMINAR_RETURN_IF_ERROR(part->file->Write(chunk.Select(selection, rows.rows.size())));
    }
    part->written = now;
    part->newest = std::max(part->newest, rows.newest);
    if (options_.file_bytes.has_value() && part->file->num_bytes() >= *options_.file_bytes) {
      Complete(parts_.find(rows.folder));
    }
  }
  FlushIfMuch();
  context_.counters.rows += static_cast<int64_t>(chunk.num_rows());
  return absl::OkStatus();
}

void FilesystemWriter::FlushIfMuch() {
  int64_t pending = 0;
  int64_t bytes = completed_bytes_;
  for (const auto& [folder, part] : parts_) {
    pending += part.file->pending_bytes();
    bytes += part.file->num_bytes();
  }
  context_.counters.bytes = bytes;
  if (pending >= kPendingBytesMax) {
    for (const auto& [folder, part] : parts_) {
      part.file->Flush();
    }
  }
}

std::map<std::string, FilesystemWriter::Part>::iterator FilesystemWriter::Complete(
    std::map<std::string, Part>::iterator part) {
  completed_bytes_ += part->second.file->num_bytes();
  part->second.file->Finish();
  return parts_.erase(part);
}

void FilesystemWriter::CompleteOldest() {
  const auto oldest = std::ranges::min_element(
      parts_, [](const auto& a, const auto& b) { return a.second.written < b.second.written; });
  Complete(oldest);
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
  const base::MonotonicTime now = context_.clock.Now();
  std::optional<base::MonotonicTime> next;
  for (auto part = parts_.begin(); part != parts_.end();) {
    const std::optional<base::MonotonicTime> due = DueTime(part->second);
    if (due.has_value() && *due <= now) {
      part = Complete(part);
      continue;
    }
    if (due.has_value()) {
      next = next.has_value() ? std::min(*next, *due) : *due;
    }
    ++part;
  }
  return next;
}

absl::Status FilesystemWriter::AdvanceWatermark(data::EventTime time) {
  if (!options_.roll_by_watermark || time == data::EventTime::Max()) {
    return absl::OkStatus();
  }
  const std::string now_folder = partitioner_.TimeFolderOf(time);
  for (auto part = parts_.begin(); part != parts_.end();) {
    const bool has_passed = part->second.newest < time && part->second.time_folder != now_folder;
    part = has_passed ? Complete(part) : std::next(part);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> FilesystemWriter::Finish() {
  if (!std::exchange(finishing_, true)) {
    while (!parts_.empty()) {
      Complete(parts_.begin());
    }
    context_.counters.bytes = completed_bytes_;
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
    queue_.reset();
  }
}

}  // namespace laminar::connectors::filesystem
