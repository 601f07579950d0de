// The status with which a sink says that nobody wants more rows: the reader of a pipe has gone, or
// a limit is reached. It ends a job early, but well: the command line exits with 0.
#ifndef LAMINAR_CONNECTORS_API_CONSUMER_LEFT_H_
#define LAMINAR_CONNECTORS_API_CONSUMER_LEFT_H_

#include <string_view>

#include "base/status.h"

namespace laminar::connectors {

absl::Status ConsumerLeft(std::string_view message);

/// True for ConsumerLeft and for what base::OutputFile says of a closed pipe.
bool IsConsumerLeft(const absl::Status& status);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_CONSUMER_LEFT_H_
