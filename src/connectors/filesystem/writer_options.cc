#include "connectors/filesystem/writer_options.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "connectors/filesystem/partitioner.h"
#include "formats/format_registry.h"

namespace laminar::connectors::filesystem {
namespace {

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
  LAMINAR_RETURN_IF_ERROR(CheckTimePattern(options.time_pattern));
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
  names.suffix = given.GetStringOr("filename.suffix", FileSuffix(table, codec));
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

std::string FileSuffix(const data::ConnectorTable& table, formats::Codec codec) {
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

absl::StatusOr<WriterOptions> WriterOptions::FromTable(const data::ConnectorTable& table) {
  WriterOptions options;
  options.path = table.options.GetString("path");
  LAMINAR_ASSIGN_OR_RETURN(options.codec, CodecOf(table));
  LAMINAR_RETURN_IF_ERROR(ReadRolling(table.options, options));
  LAMINAR_ASSIGN_OR_RETURN(options.partition_columns, PartitionColumnsOf(table));
  LAMINAR_ASSIGN_OR_RETURN(options.names, NamesOf(table, options.codec));
  return options;
}

}  // namespace laminar::connectors::filesystem
