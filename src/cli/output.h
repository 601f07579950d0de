// Text on standard output and standard error, for every command but the rows of a run. A reader
// that leaves early ends no command; a full disk is a failure that FlushOutput tells.
#ifndef LAMINAR_CLI_OUTPUT_H_
#define LAMINAR_CLI_OUTPUT_H_

#include <string_view>

#include "base/status.h"

namespace laminar::cli {

/// Writes to standard output; a failure is kept for FlushOutput.
void WriteOutput(std::string_view text);

/// Writes to standard error; what cannot be written there is lost.
void WriteMessage(std::string_view text);

/// Writes what is buffered. Ok when everything was written, or when the reader has gone; Internal
/// with the system's text otherwise.
absl::Status FlushOutput();

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_OUTPUT_H_
