// The options of generated streams that name a rate: read in the same way and with the same words
// by every connector that has them. Any thread.
#ifndef LAMINAR_CONNECTORS_API_RATE_OPTION_H_
#define LAMINAR_CONNECTORS_API_RATE_OPTION_H_

#include <string_view>

#include "base/status.h"
#include "data/options.h"

namespace laminar::connectors {

/// Events per second; 0: no limit. InvalidArgument when it is out of range. REQUIRES: the option is
/// set.
absl::StatusOr<double> ReadRateOption(const data::Options& options, std::string_view key);

/// The option event_rate, or rate, its other name; 0 when neither is set. InvalidArgument also when
/// both are.
absl::StatusOr<double> ReadEventRate(const data::Options& options);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_RATE_OPTION_H_
