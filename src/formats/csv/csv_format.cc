#include "formats/csv/csv_format.h"

#include <algorithm>

#include "formats/csv/csv_decoder.h"
#include "formats/csv/csv_encoder.h"
#include "formats/csv/infer_csv_schema.h"
#include "formats/framing.h"
#include "formats/record_fields.h"

namespace laminar::formats {

std::string CsvFormat::description() const {
  return "Comma-separated values, one record on each line; fields are matched with columns by the "
         "header's names, or by place.";
}

std::vector<data::OptionSpec> CsvFormat::options() const { return CsvDialect::Specs(); }

absl::Status CsvFormat::Validate(const data::ConnectorTable& table) const {
  const auto dialect = CsvDialect::From(table.format_options);
  if (!dialect.ok()) {
    return dialect.status();
  }
  if (table.kind == data::ConnectorTable::Kind::kSink && !dialect->quote.has_value()) {
    return base::InvalidArgument(
        "csv.quote may be empty for a source only: a sink must be able to quote");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Decoder>> CsvFormat::MakeDecoder(const data::ConnectorTable& table,
                                                                const std::vector<size_t>& columns,
                                                                BadRecordHandler& handler) const {
  CsvDecoderOptions options;
  LAMINAR_ASSIGN_OR_RETURN(options.dialect, CsvDialect::From(table.format_options));
  options.record_bytes_max = RecordBytesMax(table.format_options);
  RecordFields fields = RecordFieldsOf(table, columns);
  return std::make_unique<CsvDecoder>(std::move(fields.fields), fields.wanted, options, handler);
}

absl::StatusOr<std::unique_ptr<Encoder>> CsvFormat::MakeEncoder(
    const data::ConnectorTable& table) const {
  LAMINAR_ASSIGN_OR_RETURN(const CsvDialect dialect, CsvDialect::From(table.format_options));
  if (!dialect.quote.has_value()) {
    return base::InvalidArgument("csv.quote may be empty for a source only");
  }
  return std::make_unique<CsvEncoder>(table.schema, dialect);
}

absl::StatusOr<data::Schema> CsvFormat::InferSchema(std::string_view sample,
                                                    bool at_end,
                                                    const data::Options& options) const {
  LAMINAR_ASSIGN_OR_RETURN(const CsvDialect dialect, CsvDialect::From(options));
  return InferCsvSchema(sample, at_end, dialect);
}

}  // namespace laminar::formats
