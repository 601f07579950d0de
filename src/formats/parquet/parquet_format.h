// Format 'parquet'. It needs random access: connectors that have it use ParquetFileReader and
// ParquetFileWriter; there are no byte decoder and encoder.
#ifndef LAMINAR_FORMATS_PARQUET_PARQUET_FORMAT_H_
#define LAMINAR_FORMATS_PARQUET_PARQUET_FORMAT_H_

#include "formats/format_registry.h"

namespace laminar::formats {

class ParquetFormat final : public FormatFactory {
 public:
  std::string name() const override { return "parquet"; }
  std::string description() const override;
  std::vector<data::OptionSpec> options() const override;
  /// Refuses columns that Parquet cannot hold.
  absl::Status Validate(const data::ConnectorTable& table) const override;
  absl::StatusOr<std::unique_ptr<Decoder>> MakeDecoder(const data::ConnectorTable& table,
                                                       const std::vector<size_t>& columns,
                                                       BadRecordHandler& handler) const override;
  absl::StatusOr<std::unique_ptr<Encoder>> MakeEncoder(
      const data::ConnectorTable& table) const override;
  bool needs_random_access() const override { return true; }
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_PARQUET_PARQUET_FORMAT_H_
