// Numbers that commands take as text: counts with a unit, and parallelism with a word for it.
// Called by commands while they read their options; main thread.
#ifndef LAMINAR_CLI_NUMBER_ARGUMENT_H_
#define LAMINAR_CLI_NUMBER_ARGUMENT_H_

#include <cstdint>
#include <string_view>

#include "base/status.h"

namespace laminar::cli {

/// A count such as 500, 20k or 10M. InvalidArgument when it is none, or less than 1.
absl::StatusOr<int64_t> ParseCount(std::string_view text);

/// Subtasks per operator: 1 to base::kParallelismMax, or auto, one per core. InvalidArgument when
/// it is neither.
absl::StatusOr<int> ParseParallelism(std::string_view text);

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_NUMBER_ARGUMENT_H_
