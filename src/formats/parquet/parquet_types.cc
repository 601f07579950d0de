#include "formats/parquet/parquet_types.h"

#include "parquet_writer.hpp"

namespace laminar::formats {
namespace {

using data::LogicalType;
using data::LogicalTypeId;

std::optional<LogicalType> StructTypeOf(const LogicalType& type) {
  duckdb::child_list_t<LogicalType> fields;
  for (const auto& [name, child] : duckdb::StructType::GetChildTypes(type)) {
    std::optional<LogicalType> written = ParquetTypeOf(child);
    if (!written.has_value()) {
      return std::nullopt;
    }
    fields.emplace_back(name, *std::move(written));
  }
  return LogicalType::STRUCT(std::move(fields));
}

}  // namespace

std::optional<LogicalType> ParquetTypeOf(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UHUGEINT:
      return LogicalType::DECIMAL(38, 0);
    case LogicalTypeId::INTERVAL:
      return LogicalType::VARCHAR;
    case LogicalTypeId::STRUCT:
      return StructTypeOf(type);
    case LogicalTypeId::LIST: {
      const auto element = ParquetTypeOf(duckdb::ListType::GetChildType(type));
      return element.has_value() ? std::optional(LogicalType::LIST(*element)) : std::nullopt;
    }
    case LogicalTypeId::ARRAY: {
      const auto element = ParquetTypeOf(duckdb::ArrayType::GetChildType(type));
      return element.has_value()
                 ? std::optional(LogicalType::ARRAY(*element, duckdb::ArrayType::GetSize(type)))
                 : std::nullopt;
    }
    case LogicalTypeId::MAP: {
      const auto key = ParquetTypeOf(duckdb::MapType::KeyType(type));
      const auto value = ParquetTypeOf(duckdb::MapType::ValueType(type));
      return key.has_value() && value.has_value() ? std::optional(LogicalType::MAP(*key, *value))
                                                  : std::nullopt;
    }
    default:
      return duckdb::ParquetWriter::TryGetParquetType(type) ? std::optional(type) : std::nullopt;
  }
}

}  // namespace laminar::formats
