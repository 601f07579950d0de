#include "connectors/single_file/single_file_connector.h"

#include <utility>

#include "base/file.h"
#include "connectors/api/byte_source.h"
#include "connectors/api/compression_option.h"
#include "connectors/api/file_source.h"
#include "connectors/api/option_table.h"
#include "connectors/single_file/commit_log.h"
#include "connectors/single_file/logged_file_writer.h"
#include "connectors/single_file/single_file_writer.h"
#include "formats/format_registry.h"

namespace laminar::connectors {
namespace {

using data::OptionType;

void AddPath(OptionTable& table) {
  table
      .Add("path", OptionType::kString, "The file: a local path or file:// URL; also a named pipe.")
      .Required();
  table
      .Add("wait_for_control", OptionType::kBoolean,
           "Has no effect; accepted so that programs of other systems run unchanged.")
      .Default("true");
}

absl::StatusOr<std::vector<std::string>> FileOf(const data::ConnectorTable& table) {
  LAMINAR_ASSIGN_OR_RETURN(std::string path, LocalPath(table.options.GetString("path")));
  return std::vector<std::string>{std::move(path)};
}

// Of a pipe or device, rows are gone once they are written.
bool IsStream(const std::string& path) {
  const absl::StatusOr<base::FileInfo> info = base::GetFileInfo(path);
  return info.ok() && info->kind == base::FileKind::kStream;
}

}  // namespace

ConnectorTraits SingleFileConnector::traits() const {
  ConnectorTraits traits;
  traits.name = "single_file";
  traits.description = "Reads one local file to its end, or writes one.";
  traits.source = true;
  traits.sink = true;
  traits.resumable_source = true;
  traits.exactly_once_sink = true;
  traits.has_format = true;
  traits.formats_random_access = true;
  traits.default_format = "json";
  traits.parallel_source = false;
  traits.parallel_sink = false;
  traits.positional_option = "path";
  return traits;
}

std::vector<data::OptionSpec> SingleFileConnector::source_options() const {
  OptionTable table;
  AddPath(table);
  AddCompressionOption("compression", "by the name's end, .gz or .zst, then by the first bytes",
                       table);
  return table.Take();
}

std::vector<data::OptionSpec> SingleFileConnector::sink_options() const {
  OptionTable table;
  AddPath(table);
  AddCompressionOption("compression", "by the name's end, .gz or .zst", table);
  return table.Take();
}

std::vector<MetadataField> SingleFileConnector::metadata_fields() const {
  return FileMetadataFields();
}

absl::Status SingleFileConnector::Validate(const data::ConnectorTable& table) const {
  return FileOf(table).status();
}

absl::StatusOr<data::Schema> SingleFileConnector::InferSchema(
    const data::ConnectorTable& table) const {
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string> files, FileOf(table));
  return InferFileSchema(table, files, CompressionOf(table.options, "compression"));
}

std::vector<std::string> SingleFileConnector::InputFiles(const data::ConnectorTable& table) const {
  return FileOf(table).value_or(std::vector<std::string>());
}

std::vector<std::string> SingleFileConnector::OutputFiles(const data::ConnectorTable& table) const {
  return FileOf(table).value_or(std::vector<std::string>());
}

base::Outcome SingleFileConnector::Commit(const data::ConnectorTable& /*table*/,
                                          const std::string& commit) const {
  const auto log = single_file::LogCommit::Parse(commit);
  return log.ok() ? single_file::Publish(*log) : base::Outcome::NotApplied(log.status());
}

absl::Status SingleFileConnector::RemoveLeftovers(
    const data::ConnectorTable& table,
    const SinkIdentity& identity,
    const std::vector<SinkSnapshot>& snapshots) const {
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string> files, FileOf(table));
  return single_file::RemoveLogs(base::RealPath(files[0]), identity, snapshots);
}

absl::StatusOr<std::unique_ptr<SourceReader>> SingleFileConnector::MakeSource(
    SourceContext context) const {
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string> files, FileOf(context.table));
  const auto codec = CompressionOf(context.table.options, "compression");
  return MakeFileSource(std::move(context), files, codec, /*in_order=*/true);
}

absl::StatusOr<std::unique_ptr<SinkWriter>> SingleFileConnector::MakeSink(
    SinkContext context) const {
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string> files, FileOf(context.table));
  const formats::Codec codec = CompressionOf(context.table.options, "compression")
                                   .value_or(formats::CodecFromPath(files[0]));
  if (!context.identity.has_value() || IsStream(files[0])) {
    return std::make_unique<SingleFileWriter>(std::move(context), files[0], codec);
  }
  const formats::FormatFactory* format =
      formats::FormatRegistry::Global().Find(context.table.format);
  if (format != nullptr && format->needs_random_access()) {
    return base::InvalidArgument(
        "connector single_file cannot write " + context.table.format +
        " in a job that takes checkpoints, since nothing can be added to such a file: write a "
        "folder with connector = 'filesystem', or run without a state");
  }
  return std::make_unique<single_file::LoggedFileWriter>(std::move(context), files[0], codec);
}

}  // namespace laminar::connectors
