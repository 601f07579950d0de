#include "formats/clf/clf_format.h"

#include "formats/clf/clf_decoder.h"
#include "formats/framing.h"
#include "formats/record_fields.h"

namespace laminar::formats {
namespace {

data::LogicalType TypeOf(ClfField field) {
  switch (field) {
    case ClfField::kTimestamp:
      return data::LogicalType::TIMESTAMP;
    case ClfField::kStatus:
      return data::LogicalType::INTEGER;
    case ClfField::kBytes:
      return data::LogicalType::BIGINT;
    default:
      return data::LogicalType::VARCHAR;
  }
}

}  // namespace

std::string ClfFormat::description() const {
  return "Access logs of web servers in the Common Log Format, also the combined one: columns "
         "host, "
         "ident, user, timestamp, method, path, protocol, status, bytes, referer, user_agent.";
}

std::vector<data::OptionSpec> ClfFormat::options() const { return FramingOptions(); }

absl::Status ClfFormat::Validate(const data::ConnectorTable& table) const {
  if (table.kind == data::ConnectorTable::Kind::kSink) {
    return base::InvalidArgument("format 'clf' can be read, not written");
  }
  for (size_t i = 0; i < table.schema.num_visible_columns(); ++i) {
    const std::string& column = table.schema.fields[i].name;
    if (!IsMetadataColumn(table, column) && !FindClfField(column).has_value()) {
      return base::InvalidArgument(
          "format 'clf' has no field for column '" + column +
          "'; it has: host, ident, user, timestamp, method, path, protocol, status, bytes, "
          "referer, user_agent");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Decoder>> ClfFormat::MakeDecoder(const data::ConnectorTable& table,
                                                                const std::vector<size_t>& columns,
                                                                BadRecordHandler& handler) const {
  LAMINAR_RETURN_IF_ERROR(Validate(table));
  std::vector<data::Field> fields;
  fields.reserve(columns.size());
  for (const size_t column : columns) {
    fields.push_back(table.schema.fields[column]);
  }
  return std::make_unique<ClfDecoder>(
      fields,
      LineDecoder::Options{.line_bytes_max = RecordBytesMax(table.format_options),
                           .skip_blank_lines = true},
      handler);
}

absl::StatusOr<std::unique_ptr<Encoder>> ClfFormat::MakeEncoder(
    const data::ConnectorTable& table) const {
  return base::InvalidArgument("format 'clf' can be read, not written");
}

absl::StatusOr<data::Schema> ClfFormat::InferSchema(std::string_view sample,
                                                    bool at_end,
                                                    const data::Options& options) const {
  data::Schema schema;
  for (size_t i = 0; i < kClfFields; ++i) {
    const auto field = static_cast<ClfField>(i);
    const bool is_always_there = field == ClfField::kTimestamp;
    schema.fields.push_back(
        {std::string(ClfFieldName(field)), TypeOf(field), /*nullable=*/!is_always_there});
  }
  return schema;
}

}  // namespace laminar::formats
