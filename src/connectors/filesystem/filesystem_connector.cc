#include "connectors/filesystem/filesystem_connector.h"

#include <utility>

#include "base/file.h"
#include "connectors/api/byte_source.h"
#include "connectors/api/compression_option.h"
#include "connectors/api/file_source.h"
#include "connectors/api/option_table.h"
#include "connectors/filesystem/filesystem_writer.h"

namespace laminar::connectors {
namespace {

using data::OptionType;

constexpr char kPattern[] = "source.regex_pattern";
constexpr char kInOrder[] = "source.in_order";
constexpr char kCompression[] = "source.compression";

absl::StatusOr<std::vector<std::string>> FilesOf(const data::ConnectorTable& table) {
  LAMINAR_ASSIGN_OR_RETURN(const std::string path, LocalPath(table.options.GetString("path")));
  std::optional<std::string> pattern;
  if (table.options.Has(kPattern)) {
    pattern = table.options.GetString(kPattern);
  }
  return FindFiles(path, pattern);
}

}  // namespace

ConnectorTraits FilesystemConnector::traits() const {
  ConnectorTraits traits;
  traits.name = "filesystem";
  traits.description = "Reads local files to their end, or writes rolling, partitioned ones.";
  traits.source = true;
  traits.sink = true;
  traits.resumable_source = true;
  traits.exactly_once_sink = true;
  traits.has_format = true;
  traits.formats_random_access = true;
  traits.default_format = "json";
  traits.positional_option = "path";
  return traits;
}

std::vector<data::OptionSpec> FilesystemConnector::source_options() const {
  OptionTable table;
  table
      .Add("path", OptionType::kString,
           "A file, a folder (all files below it), or a glob such as 'logs/**/*.json'; names in it "
           "that begin with a dot or underscore are left out; a local path or file:// URL.")
      .Required();
  table.Add(
      kPattern, OptionType::kString,
      "Of these files, only those in whose path this regular expression (ECMAScript) is found.");
  table
      .Add(kInOrder, OptionType::kBoolean,
           "Rows of a file are never older than those of files whose names sort before it: windows "
           "close while files wait to be read. Otherwise they wait for the last file.")
      .Default("false");
  AddCompressionOption(kCompression, "by the name's end, .gz or .zst, then by the first bytes",
                       table);
  return table.Take();
}

std::vector<data::OptionSpec> FilesystemConnector::sink_options() const {
  OptionTable table;
  table
      .Add("path", OptionType::kString,
           "The folder, made where it is missing; a local path or file:// URL.")
      .Required();
  table.Add("compression", OptionType::kEnum, "How text formats are compressed.")
      .Values({"none", "gzip", "zstd"})
      .Default("none");
  table
      .Add("rolling_policy.file_size", OptionType::kSize,
           "Completes a file when about so much was written, before compression; unset: no bound.")
      .Minimum(1);
  table
      .Add("rolling_policy.interval", OptionType::kDuration,
           "Completes a file this long after its first row.")
      .Minimum(1)
      .Default("60 seconds");
  table
      .Add("rolling_policy.inactivity_interval", OptionType::kDuration,
           "Completes a file this long after its last row; unset: no bound.")
      .Minimum(1);
  table
      .Add("rolling_policy.watermark_expiration", OptionType::kBoolean,
           "Completes the files of a time folder when the watermark has left it.")
      .Default("false");
  table.Add("partitioning.time_pattern", OptionType::kString,
            "Puts rows into folders by their event time (UTC), named by this pattern of strftime, "
            "such as '%Y/%m/%d'.");
  table.Add("partitioning.fields", OptionType::kStringList,
            "Puts rows into folders name=value by these columns, as PARTITIONED BY does; below the "
            "time folders.");
  table.Add("filename.prefix", OptionType::kString, "Put before each name, with a dash.");
  table.Add("filename.suffix", OptionType::kString,
            "Put behind each name, with a dot; unset: the format's, such as json.gz.");
  table
      .Add("filename.strategy", OptionType::kEnum,
           "Names of files: a number and the subtask, a random or time-ordered UUID, or a ULID.")
      .Values({"serial", "uuid", "uuid_v7", "ulid"})
      .Default("uuid_v7");
  return table.Take();
}

std::vector<MetadataField> FilesystemConnector::metadata_fields() const {
  return FileMetadataFields();
}

absl::Status FilesystemConnector::Validate(const data::ConnectorTable& table) const {
  LAMINAR_RETURN_IF_ERROR(LocalPath(table.options.GetString("path")).status());
  if (table.kind == data::ConnectorTable::Kind::kSink) {
    return filesystem::WriterOptions::FromTable(table).status();
  }
  return table.options.Has(kPattern) ? CheckPattern(table.options.GetString(kPattern))
                                     : absl::OkStatus();
}

absl::StatusOr<data::Schema> FilesystemConnector::InferSchema(
    const data::ConnectorTable& table) const {
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOf(table));
  return InferFileSchema(table, files, CompressionOf(table.options, kCompression));
}

std::vector<std::string> FilesystemConnector::InputFiles(const data::ConnectorTable& table) const {
  const absl::StatusOr<std::string> path = LocalPath(table.options.GetString("path"));
  // A folder need not be listed, and so tells of files that are not there yet.
  if (path.ok() && base::IsFolder(*path) && !table.options.Has(kPattern)) {
    return {*path};
  }
  return FilesOf(table).value_or(std::vector<std::string>());
}

base::Outcome FilesystemConnector::Commit(const data::ConnectorTable& /*table*/,
                                          const std::string& commit) const {
  const auto files = filesystem::FilesCommit::Parse(commit);
  return files.ok() ? filesystem::Publish(*files) : base::Outcome::NotApplied(files.status());
}

absl::Status FilesystemConnector::RemoveLeftovers(
    const data::ConnectorTable& table,
    const SinkIdentity& identity,
    const std::vector<SinkSnapshot>& snapshots) const {
  LAMINAR_ASSIGN_OR_RETURN(const std::string path, LocalPath(table.options.GetString("path")));
  return filesystem::RemoveStaged(path, identity, snapshots);
}

absl::StatusOr<std::unique_ptr<SourceReader>> FilesystemConnector::MakeSource(
    SourceContext context) const {
  absl::StatusOr<std::vector<std::string>> files = FilesOf(context.table);
  if (absl::IsNotFound(files.status()) && context.restored.has_value() &&
      !context.restored->empty()) {
    // They may all have been read, and been removed since.
    files = std::vector<std::string>();
  }
  LAMINAR_RETURN_IF_ERROR(files.status());
  const auto codec = CompressionOf(context.table.options, kCompression);
  const bool in_order = context.table.options.GetBoolean(kInOrder);
  return MakeFileSource(std::move(context), *files, codec, in_order);
}

absl::StatusOr<std::unique_ptr<SinkWriter>> FilesystemConnector::MakeSink(
    SinkContext context) const {
  LAMINAR_ASSIGN_OR_RETURN(filesystem::WriterOptions options,
                           filesystem::WriterOptions::FromTable(context.table));
  LAMINAR_ASSIGN_OR_RETURN(options.path, LocalPath(options.path));
  return std::make_unique<filesystem::FilesystemWriter>(std::move(context), std::move(options));
}

}  // namespace laminar::connectors
