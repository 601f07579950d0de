#include "connectors/api/compression_option.h"

#include <utility>

namespace laminar::connectors {

void AddCompressionOption(std::string name, std::string_view how, OptionTable& table) {
  table
      .Add(std::move(name), data::OptionType::kEnum,
           "How the bytes are compressed: none, gzip or zstd; auto: " + std::string(how) + ".")
      .Values({"auto", "none", "gzip", "zstd"})
      .Default("auto");
}

std::optional<formats::Codec> CompressionOf(const data::Options& options, std::string_view name) {
  const std::string value = options.GetStringOr(name, "auto");
  return value == "auto" ? std::nullopt : formats::CodecFromName(value);
}

}  // namespace laminar::connectors
