#include "formats/json/json_options.h"

#include "formats/framing.h"

namespace laminar::formats {
namespace {

constexpr char kUnstructured[] = "json.unstructured";
constexpr char kIncludeSchema[] = "json.include_schema";
constexpr char kTimestampFormat[] = "json.timestamp_format";
constexpr char kDecimalEncoding[] = "json.decimal_encoding";
constexpr char kCompression[] = "json.compression";

data::OptionSpec Flag(const char* name, const char* description) {
  data::OptionSpec spec;
  spec.name = name;
  spec.type = data::OptionType::kBoolean;
  spec.default_value = "false";
  spec.description = description;
  return spec;
}

data::OptionSpec Choice(const char* name,
                        std::vector<std::string> values,
                        const char* description) {
  data::OptionSpec spec;
  spec.name = name;
  spec.type = data::OptionType::kEnum;
  spec.default_value = values.front();
  spec.values = std::move(values);
  spec.description = description;
  return spec;
}

bool IsSet(const data::Options& options, const char* name) {
  return options.Has(name) && options.GetBoolean(name);
}

}  // namespace

std::vector<data::OptionSpec> JsonOptions::Specs() {
  std::vector<data::OptionSpec> specs = {
      Flag(kUnstructured,
           "The table has exactly one column, value JSON, which holds each record whole."),
      Flag(kIncludeSchema,
           "Records are in an envelope {\"schema\": ..., \"payload\": {...}} that describes them."),
      Choice(kTimestampFormat,
             {"rfc3339", "unix_seconds", "unix_millis", "unix_micros", "unix_nanos"},
             "How timestamps are written: as RFC 3339 text, or as a number since 1970-01-01 UTC."),
      Choice(
          kDecimalEncoding, {"number", "string", "bytes"},
          "How DECIMAL values are written: as a number, as text, or as the Base64 of the unscaled "
          "number's 16 big-endian bytes."),
      Choice(kCompression, {"uncompressed", "gzip", "zstd"},
             "Compression of files that a filesystem sink writes."),
  };
  for (data::OptionSpec& spec : FramingOptions()) {
    specs.push_back(std::move(spec));
  }
  return specs;
}

JsonOptions JsonOptions::From(const data::Options& format_options) {
  JsonOptions options;
  options.unstructured = IsSet(format_options, kUnstructured);
  options.include_schema = IsSet(format_options, kIncludeSchema);
  options.cell.timestamp =
      TimestampFormatFromName(format_options.GetStringOr(kTimestampFormat, "rfc3339"))
          .value_or(TimestampFormat::kRfc3339);
  const std::string decimal = format_options.GetStringOr(kDecimalEncoding, "number");
  options.cell.decimal = decimal == "bytes"    ? DecimalEncoding::kBytes
                         : decimal == "string" ? DecimalEncoding::kString
                                               : DecimalEncoding::kNumber;
  return options;
}

}  // namespace laminar::formats
