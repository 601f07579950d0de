// The option that says how an input or output is compressed, the same for every connector of files
// and pipes.
#ifndef LAMINAR_CONNECTORS_API_COMPRESSION_OPTION_H_
#define LAMINAR_CONNECTORS_API_COMPRESSION_OPTION_H_

#include <optional>
#include <string>
#include <string_view>

#include "connectors/api/option_table.h"
#include "data/options.h"
#include "formats/compression/codec.h"

namespace laminar::connectors {

/// Adds `name` = auto | none | gzip | zstd; `how` says what auto goes by.
void AddCompressionOption(std::string name, std::string_view how, OptionTable& table);

/// The codec that the option names; nullopt for auto.
std::optional<formats::Codec> CompressionOf(const data::Options& options, std::string_view name);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_COMPRESSION_OPTION_H_
