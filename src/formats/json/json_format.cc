#include "formats/json/json_format.h"

#include "formats/framing.h"
#include "formats/json/infer_json_schema.h"
#include "formats/json/json_decoder.h"
#include "formats/json/json_encoder.h"
#include "formats/json/json_options.h"
#include "formats/record_fields.h"

namespace laminar::formats {
namespace {

absl::Status ValidateUnstructured(const data::ConnectorTable& table) {
  size_t num_columns = 0;
  bool fits = true;
  for (size_t i = 0; i < table.schema.num_visible_columns(); ++i) {
    const data::Field& field = table.schema.fields[i];
    if (!IsMetadataColumn(table, field.name)) {
      ++num_columns;
      fits = fits && field.name == "value" && field.type.IsJSONType();
    }
  }
  if (num_columns == 1 && fits) {
    return absl::OkStatus();
  }
  return base::InvalidArgument(
      "json.unstructured needs a table with exactly one column, 'value JSON', beside metadata "
      "columns; this one has: " +
      table.schema.ToString());
}

}  // namespace

std::string JsonFormat::description() const {
  return "JSON objects, one on each line; fields are matched with columns by name.";
}

std::vector<data::OptionSpec> JsonFormat::options() const { return JsonOptions::Specs(); }

absl::Status JsonFormat::Validate(const data::ConnectorTable& table) const {
  const JsonOptions options = JsonOptions::From(table.format_options);
  if (!options.unstructured) {
    return absl::OkStatus();
  }
  if (options.include_schema) {
    return base::InvalidArgument(
        "json.unstructured and json.include_schema exclude each other: records without columns "
        "have no schema");
  }
  return ValidateUnstructured(table);
}

absl::StatusOr<std::unique_ptr<Decoder>> JsonFormat::MakeDecoder(const data::ConnectorTable& table,
                                                                 const std::vector<size_t>& columns,
                                                                 BadRecordHandler& handler) const {
  LAMINAR_RETURN_IF_ERROR(Validate(table));
  const JsonOptions options = JsonOptions::From(table.format_options);
  JsonDecoderOptions decoder_options;
  decoder_options.cell = options.cell;
  decoder_options.record_bytes_max = RecordBytesMax(table.format_options);
  decoder_options.form = options.unstructured     ? JsonReader::RecordForm::kValue
                         : options.include_schema ? JsonReader::RecordForm::kEnvelope
                                                  : JsonReader::RecordForm::kObject;
  std::vector<data::Field> fields;
  fields.reserve(columns.size());
  for (const size_t column : columns) {
    fields.push_back(table.schema.fields[column]);
  }
  return std::make_unique<JsonDecoder>(fields, decoder_options, handler);
}

absl::StatusOr<std::unique_ptr<Encoder>> JsonFormat::MakeEncoder(
    const data::ConnectorTable& table) const {
  LAMINAR_RETURN_IF_ERROR(Validate(table));
  return std::make_unique<JsonEncoder>(table.schema, JsonOptions::From(table.format_options));
}

absl::StatusOr<data::Schema> JsonFormat::InferSchema(std::string_view sample,
                                                     bool at_end,
                                                     const data::Options& options) const {
  return InferJsonSchema(sample, at_end, JsonOptions::From(options));
}

}  // namespace laminar::formats
