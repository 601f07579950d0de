// Errors on stderr: `error[LM0001]: message` with a hint, or one JSON object with `-o json`, so
// that stdout stays clean.
#ifndef LAMINAR_CLI_ERROR_REPORT_H_
#define LAMINAR_CLI_ERROR_REPORT_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/status.h"
#include "cli/global_options.h"

namespace laminar::cli {

/// Prints an error that has no place in a program's text.
void ReportError(const GlobalOptions& global,
                 std::string_view code,
                 std::string_view message,
                 std::string_view hint);

/// Prints diagnostics of `text`, which the user knows as `name`, and the line that counts them.
void ReportDiagnostics(const GlobalOptions& global,
                       std::string_view name,
                       std::string_view text,
                       const std::vector<base::Diagnostic>& diagnostics);

/// Text of a status for people: the message without the code's name.
std::string StatusText(const absl::Status& status);

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_ERROR_REPORT_H_
