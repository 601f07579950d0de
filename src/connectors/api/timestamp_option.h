// Reads options that hold a timestamp as text.
#ifndef LAMINAR_CONNECTORS_API_TIMESTAMP_OPTION_H_
#define LAMINAR_CONNECTORS_API_TIMESTAMP_OPTION_H_

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "data/options.h"

namespace laminar::connectors {

/// Microseconds since 1970-01-01 UTC; InvalidArgument with an example when the text is no
/// timestamp. REQUIRES: options.Has(key).
absl::StatusOr<int64_t> ReadTimestampOption(const data::Options& options, std::string_view key);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_TIMESTAMP_OPTION_H_
