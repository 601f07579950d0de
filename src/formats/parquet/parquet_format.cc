#include "formats/parquet/parquet_format.h"

#include "formats/parquet/parquet_types.h"

namespace laminar::formats {
namespace {

absl::Status NeedsRandomAccess() {
  return base::InvalidArgument(
      "format 'parquet' needs files that can be read at any place: use it with the filesystem "
      "connector");
}

}  // namespace

std::string ParquetFormat::description() const {
  return "Parquet files; columns are matched by name. INTERVAL is written as text, 128-bit "
         "integers as DECIMAL(38,0).";
}

std::vector<data::OptionSpec> ParquetFormat::options() const {
  data::OptionSpec compression;
  compression.name = "parquet.compression";
  compression.type = data::OptionType::kEnum;
  compression.values = {"uncompressed", "snappy", "gzip", "zstd", "lz4", "lz4_raw"};
  compression.default_value = "zstd";
  compression.description = "Compression of the pages that a sink writes.";
  data::OptionSpec row_group_size;
  row_group_size.name = "parquet.row_group_size";
  row_group_size.type = data::OptionType::kSize;
  row_group_size.default_value = "128MB";
  row_group_size.minimum = 1024;
  row_group_size.description =
      "Bytes of rows in memory that a sink gathers before it writes them as a row group.";
  return {compression, row_group_size};
}

absl::Status ParquetFormat::Validate(const data::ConnectorTable& table) const {
  if (table.kind != data::ConnectorTable::Kind::kSink) {
    return absl::OkStatus();
  }
  for (size_t i = 0; i < table.schema.num_visible_columns(); ++i) {
    const data::Field& field = table.schema.fields[i];
    if (!ParquetTypeOf(field.type).has_value()) {
      return base::InvalidArgument("column '" + field.name + "' of type " + field.type.ToString() +
                                   " cannot be written as Parquet");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Decoder>> ParquetFormat::MakeDecoder(
    const data::ConnectorTable& table,
    const std::vector<size_t>& columns,
    BadRecordHandler& handler) const {
  return NeedsRandomAccess();
}

absl::StatusOr<std::unique_ptr<Encoder>> ParquetFormat::MakeEncoder(
    const data::ConnectorTable& table) const {
  return NeedsRandomAccess();
}

}  // namespace laminar::formats
