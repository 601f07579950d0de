#include "formats/json/connect_schema.h"

#include "formats/text/json_string.h"

namespace laminar::formats {
namespace {

using data::LogicalTypeId;

std::string Leaf(std::string_view type) { return R"("type":")" + std::string(type) + '"'; }

std::string Named(std::string_view type, std::string_view name) {
  return Leaf(type) + R"(,"name":")" + std::string(name) + R"(","version":1)";
}

std::string DecimalType(const data::LogicalType& type, const CellFormat& format) {
  if (format.decimal == DecimalEncoding::kString) {
    return Leaf("string");
  }
  if (format.decimal == DecimalEncoding::kNumber) {
    return Leaf("double");
  }
  uint8_t width = 0;
  uint8_t scale = 0;
  type.GetDecimalProperties(width, scale);
  return Named("bytes", "org.apache.kafka.connect.data.Decimal") + R"(,"parameters":{"scale":")" +
         std::to_string(scale) + R"("})";
}

std::string TimestampType(const CellFormat& format) {
  switch (format.timestamp) {
    case TimestampFormat::kRfc3339:
      return Leaf("string");
    case TimestampFormat::kUnixMillis:
      return Named("int64", "org.apache.kafka.connect.data.Timestamp");
    default:
      return Leaf("int64");
  }
}

std::string DescribeType(const data::LogicalType& type, const CellFormat& format);

std::string Element(const data::LogicalType& type, const CellFormat& format) {
  return "{" + DescribeType(type, format) + R"(,"optional":true})";
}

std::string FieldOf(const std::string& name,
                    const data::LogicalType& type,
                    bool nullable,
                    const CellFormat& format) {
  std::string json = "{" + DescribeType(type, format) + R"(,"optional":)" +
                     (nullable ? "true" : "false") + R"(,"field":)";
  AppendJsonString(name, json);
  return json + "}";
}

std::string StructFields(const data::LogicalType& type, const CellFormat& format) {
  std::string fields;
  for (const auto& [name, child] : duckdb::StructType::GetChildTypes(type)) {
    fields += (fields.empty() ? "" : ",") + FieldOf(name, child, /*nullable=*/true, format);
  }
  return Leaf("struct") + R"(,"fields":[)" + fields + "]";
}

std::string DescribeType(const data::LogicalType& type, const CellFormat& format) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return Leaf("boolean");
    case LogicalTypeId::TINYINT:
      return Leaf("int8");
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::UTINYINT:
      return Leaf("int16");
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::USMALLINT:
      return Leaf("int32");
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::UBIGINT:
      return Leaf("int64");
    case LogicalTypeId::FLOAT:
      return Leaf("float");
    case LogicalTypeId::DOUBLE:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UHUGEINT:
      return Leaf("double");
    case LogicalTypeId::DECIMAL:
      return DecimalType(type, format);
    case LogicalTypeId::BLOB:
      return Leaf("bytes");
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_TZ:
      return TimestampType(format);
    case LogicalTypeId::STRUCT:
      return StructFields(type, format);
    case LogicalTypeId::LIST:
      return Leaf("array") + R"(,"items":)" + Element(duckdb::ListType::GetChildType(type), format);
    case LogicalTypeId::ARRAY:
      return Leaf("array") + R"(,"items":)" +
             Element(duckdb::ArrayType::GetChildType(type), format);
    case LogicalTypeId::MAP:
      return Leaf("map") + R"(,"keys":{"type":"string","optional":false},"values":)" +
             Element(duckdb::MapType::ValueType(type), format);
    default:
      return Leaf("string");
  }
}

}  // namespace

std::string ConnectSchema(const data::Schema& schema, const CellFormat& format) {
  std::string fields;
  for (size_t i = 0; i < schema.num_visible_columns(); ++i) {
    const data::Field& field = schema.fields[i];
    fields += (fields.empty() ? "" : ",") + FieldOf(field.name, field.type, field.nullable, format);
  }
  return R"({"type":"struct","fields":[)" + fields + R"(],"optional":false})";
}

}  // namespace laminar::formats
