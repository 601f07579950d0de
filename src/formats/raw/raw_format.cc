#include "formats/raw/raw_format.h"

#include "formats/framing.h"
#include "formats/raw/raw_decoder.h"
#include "formats/raw/raw_encoder.h"
#include "formats/record_fields.h"

namespace laminar::formats {

data::LogicalType RawFormat::type() const {
  return kind_ == Kind::kString ? data::LogicalType::VARCHAR : data::LogicalType::BLOB;
}

std::string RawFormat::name() const { return kind_ == Kind::kString ? "raw_string" : "raw_bytes"; }

std::string RawFormat::description() const {
  return kind_ == Kind::kString
             ? "Each line is one text, in the only column, value TEXT."
             : "Each line is one value of bytes, in the only column, value BYTEA.";
}

std::vector<data::OptionSpec> RawFormat::options() const { return FramingOptions(); }

absl::Status RawFormat::Validate(const data::ConnectorTable& table) const {
  size_t num_columns = 0;
  bool fits = true;
  for (size_t i = 0; i < table.schema.num_visible_columns(); ++i) {
    const data::Field& field = table.schema.fields[i];
    if (!IsMetadataColumn(table, field.name)) {
      ++num_columns;
      fits = fits && field.name == "value" && field.type.id() == type().id();
    }
  }
  if (num_columns == 1 && fits) {
    return absl::OkStatus();
  }
  return base::InvalidArgument(
      "format '" + name() + "' needs a table with exactly one column, '" +
      (kind_ == Kind::kString ? "value TEXT" : "value BYTEA") +
      "', beside metadata columns; this one has: " + table.schema.ToString());
}

absl::StatusOr<std::unique_ptr<Decoder>> RawFormat::MakeDecoder(const data::ConnectorTable& table,
                                                                const std::vector<size_t>& columns,
                                                                BadRecordHandler& handler) const {
  LAMINAR_RETURN_IF_ERROR(Validate(table));
  return std::make_unique<RawDecoder>(
      LineDecoder::Options{.line_bytes_max = RecordBytesMax(table.format_options),
                           .is_text = kind_ == Kind::kString},
      /*is_wanted=*/!columns.empty(), handler);
}

absl::StatusOr<std::unique_ptr<Encoder>> RawFormat::MakeEncoder(
    const data::ConnectorTable& table) const {
  LAMINAR_RETURN_IF_ERROR(Validate(table));
  return std::make_unique<RawEncoder>();
}

absl::StatusOr<data::Schema> RawFormat::InferSchema(std::string_view sample,
                                                    bool at_end,
                                                    const data::Options& options) const {
  data::Schema schema;
  schema.fields.push_back({"value", type(), /*nullable=*/false});
  return schema;
}

}  // namespace laminar::formats
