#include "connectors/stdout/stdout_connector.h"

#include <utility>

#include "connectors/api/option_table.h"
#include "connectors/stdout/stdout_writer.h"
#include "formats/format_registry.h"

namespace laminar::connectors {
namespace {

using Layout = StdoutWriter::Layout;

Layout LayoutOf(const data::ConnectorTable& table) {
  const std::string name = table.options.GetStringOr("layout", "lines");
  if (name == "table") {
    return Layout::kTable;
  }
  return name == "array" ? Layout::kArray : Layout::kLines;
}

}  // namespace

ConnectorTraits StdoutConnector::traits() const {
  ConnectorTraits traits;
  traits.name = "stdout";
  traits.description = "Prints rows on standard output.";
  traits.sink = true;
  traits.has_format = true;
  traits.default_format = "json";
  traits.parallel_sink = false;
  traits.accepts_updates = true;
  return traits;
}

std::vector<data::OptionSpec> StdoutConnector::sink_options() const {
  using data::OptionType;
  OptionTable table;
  table
      .Add("layout", OptionType::kEnum,
           "lines: rows in the format, one behind the other; array: one JSON array of them; table: "
           "a drawn table, "
           "whatever the format.")
      .Values({"lines", "array", "table"})
      .Default("lines");
  table.Add("limit", OptionType::kInteger, "Ends the job after this many rows; unset: no limit.")
      .Minimum(1);
  return table.Take();
}

absl::Status StdoutConnector::Validate(const data::ConnectorTable& table) const {
  if (LayoutOf(table) == Layout::kArray && table.format != "json") {
    return base::InvalidArgument("option layout = 'array' needs format = 'json', not '" +
                                 table.format + "'");
  }
  const formats::FormatFactory* format = formats::FormatRegistry::Global().Find(table.format);
  if (LayoutOf(table) != Layout::kTable && format != nullptr && format->needs_random_access()) {
    return base::InvalidArgument("option format: " + table.format +
                                 " is not for pipes; write to a file instead");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<SinkWriter>> StdoutConnector::MakeSink(SinkContext context) const {
  StdoutWriter::Options options;
  options.layout = LayoutOf(context.table);
  if (context.table.options.Has("limit")) {
    options.rows_max = context.table.options.GetInteger("limit");
  }
  std::unique_ptr<formats::Encoder> encoder;
  if (options.layout != Layout::kTable) {
    const formats::FormatFactory* format =
        formats::FormatRegistry::Global().Find(context.table.format);
    if (format == nullptr) {
      return base::InvalidArgument("unknown format: " + context.table.format);
    }
    LAMINAR_ASSIGN_OR_RETURN(encoder, format->MakeEncoder(context.table));
  }
  return std::make_unique<StdoutWriter>(std::move(context), options, std::move(encoder),
                                        base::OutputFile::StandardOutput());
}

}  // namespace laminar::connectors
