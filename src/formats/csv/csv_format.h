// Format 'csv': one record per line, fields between delimiters; see csv_decoder.h and
// csv_encoder.h.
#ifndef LAMINAR_FORMATS_CSV_CSV_FORMAT_H_
#define LAMINAR_FORMATS_CSV_CSV_FORMAT_H_

#include "formats/format_registry.h"

namespace laminar::formats {

class CsvFormat final : public FormatFactory {
 public:
  std::string name() const override { return "csv"; }
  std::string description() const override;
  std::vector<data::OptionSpec> options() const override;
  absl::Status Validate(const data::ConnectorTable& table) const override;
  absl::StatusOr<std::unique_ptr<Decoder>> MakeDecoder(const data::ConnectorTable& table,
                                                       const std::vector<size_t>& columns,
                                                       BadRecordHandler& handler) const override;
  absl::StatusOr<std::unique_ptr<Encoder>> MakeEncoder(
      const data::ConnectorTable& table) const override;
  absl::StatusOr<data::Schema> InferSchema(std::string_view sample,
                                           bool at_end,
                                           const data::Options& options) const override;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_CSV_CSV_FORMAT_H_
