// Formats 'raw_string' and 'raw_bytes': each line is one value, as it is.
#ifndef LAMINAR_FORMATS_RAW_RAW_FORMAT_H_
#define LAMINAR_FORMATS_RAW_RAW_FORMAT_H_

#include "formats/format_registry.h"

namespace laminar::formats {

class RawFormat final : public FormatFactory {
 public:
  enum class Kind { kString, kBytes };
  explicit RawFormat(Kind kind) : kind_(kind) {}

  std::string name() const override;
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

 private:
  data::LogicalType type() const;
  const Kind kind_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_RAW_RAW_FORMAT_H_
