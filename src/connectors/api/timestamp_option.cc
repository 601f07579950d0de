#include "connectors/api/timestamp_option.h"

#include <fmt/format.h>

#include "data/vector.h"

namespace laminar::connectors {

absl::StatusOr<int64_t> ReadTimestampOption(const data::Options& options, std::string_view key) {
  const std::string& text = options.GetString(key);
  duckdb::timestamp_t result{};
  const auto outcome = duckdb::Timestamp::TryConvertTimestamp(text.c_str(), text.size(), result,
                                                              /*use_offset=*/true);
  if (outcome != duckdb::TimestampCastResult::SUCCESS || !duckdb::Timestamp::IsFinite(result)) {
    return base::InvalidArgument(
        fmt::format("option {} must be a timestamp such as '2026-01-31 12:00:00': {}", key, text));
  }
  return result.value;
}

}  // namespace laminar::connectors
