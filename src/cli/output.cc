#include "cli/output.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>

namespace laminar::cli {
namespace {

// The first error of standard output; 0: none. Commands run on one thread.
int output_error = 0;

void KeepError() {
  if (output_error == 0) {
    output_error = errno;
  }
}

}  // namespace

void WriteOutput(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size()) {
    KeepError();
  }
}

void WriteMessage(std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

absl::Status FlushOutput() {
  if (std::fflush(stdout) != 0) {
    KeepError();
  }
  if (output_error == 0 || output_error == EPIPE) {
    return absl::OkStatus();
  }
  return base::Internal(fmt::format("cannot write to standard output: {}",
                                    std::generic_category().message(output_error)));
}

}  // namespace laminar::cli
