#include "cli/error_report.h"

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/output.h"

namespace laminar::cli {
namespace {

const char* SeverityName(base::Severity severity) {
  switch (severity) {
    case base::Severity::kError:
      return "error";
    case base::Severity::kWarning:
      return "warning";
    case base::Severity::kNotice:
      return "notice";
  }
  return "error";
}

std::string Plural(int64_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

}  // namespace

void ReportError(const GlobalOptions& global,
                 std::string_view code,
                 std::string_view message,
                 std::string_view hint) {
  if (global.output == "json") {
    nlohmann::ordered_json error = {{"code", code}, {"message", message}};
    if (!hint.empty()) {
      error["hint"] = hint;
    }
    error["docs"] = fmt::format("docs/errors.md#{}", code);
    const nlohmann::ordered_json object = {{"error", error}};
    WriteMessage(
        fmt::format("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
    return;
  }
  WriteMessage(fmt::format("error[{}]: {}\n", code, message));
  if (!hint.empty()) {
    WriteMessage(fmt::format("  hint: {}\n", hint));
  }
}

void ReportDiagnostics(const GlobalOptions& global,
                       std::string_view name,
                       std::string_view text,
                       const std::vector<base::Diagnostic>& diagnostics) {
  int64_t num_errors = 0;
  int64_t num_warnings = 0;
  for (const base::Diagnostic& diagnostic : diagnostics) {
    num_errors += diagnostic.severity == base::Severity::kError ? 1 : 0;
    num_warnings += diagnostic.severity == base::Severity::kWarning ? 1 : 0;
    if (global.quiet && diagnostic.severity == base::Severity::kWarning) {
      continue;
    }
    if (global.output == "json") {
      const base::TextPosition position = base::FindPosition(text, diagnostic.span.offset);
      nlohmann::ordered_json error = {{"code", diagnostic.code},
                                      {"severity", SeverityName(diagnostic.severity)},
                                      {"message", diagnostic.message},
                                      {"hint", diagnostic.hint},
                                      {"span",
                                       {{"file", name},
                                        {"line", position.line},
                                        {"column", position.column},
                                        {"offset", diagnostic.span.offset},
                                        {"length", diagnostic.span.length}}},
                                      {"docs", fmt::format("docs/errors.md#{}", diagnostic.code)}};
      const nlohmann::ordered_json object = {{SeverityName(diagnostic.severity), error}};
      WriteMessage(fmt::format(
          "{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
    } else {
      WriteMessage(fmt::format("{}", base::RenderDiagnostic(name, text, diagnostic)));
    }
  }
  if (global.output != "json" && num_errors + (global.quiet ? 0 : num_warnings) > 0) {
    WriteMessage(
        fmt::format("{}, {}\n", Plural(num_errors, "error"), Plural(num_warnings, "warning")));
  }
}

std::string StatusText(const absl::Status& status) {
  return std::string(base::FromAbsl(status.message()));
}

}  // namespace laminar::cli
