#include "connectors/api/rate_option.h"

#include <fmt/format.h>

namespace laminar::connectors {
namespace {

// Beyond this, event times of successive events could not be told apart.
constexpr double kRateMax = 1e9;
constexpr double kRateMin = 1e-6;

}  // namespace

absl::StatusOr<double> ReadRateOption(const data::Options& options, std::string_view key) {
  const double rate = options.GetFloat(key);
  if (rate != 0 && !(rate >= kRateMin && rate <= kRateMax)) {
    return base::InvalidArgument(fmt::format(
        "option {} must be 0 (no limit) or between 0.000001 and 1000000000 events per second: {}",
        key, rate));
  }
  return rate;
}

absl::StatusOr<double> ReadEventRate(const data::Options& options) {
  if (options.Has("event_rate") && options.Has("rate")) {
    return base::InvalidArgument("option rate is another name of event_rate: give one of them");
  }
  for (const char* key : {"event_rate", "rate"}) {
    if (options.Has(key)) {
      return ReadRateOption(options, key);
    }
  }
  return 0.0;
}

}  // namespace laminar::connectors
