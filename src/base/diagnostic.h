// A message about a program's text: code, severity, place, message, hint. Made by sql, rendered by
// the command line and the API. Owned by value; any thread.
#ifndef LAMINAR_BASE_DIAGNOSTIC_H_
#define LAMINAR_BASE_DIAGNOSTIC_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace laminar::base {

/// A range of bytes in a program's text. `length` 0 means a point.
struct SourceSpan {
  int64_t offset = -1;  // -1: the whole program
  int64_t length = 0;
};

enum class Severity { kError, kWarning, kNotice };

struct Diagnostic {
  std::string code;  // stable, for example "LM1203"
  Severity severity = Severity::kError;
  SourceSpan span;
  std::string message;  // in the user's words, no trailing period
  std::string hint;     // remedy, may be empty
};

/// Line and column, both from 1; the column counts characters (UTF-8), not bytes.
struct TextPosition {
  int64_t line = 1;
  int64_t column = 1;
};
TextPosition FindPosition(std::string_view text, int64_t offset);

/// Renders as `NAME:LINE:COLUMN: error[CODE]: message`, then the line with the span underlined,
/// then the hint. Tabs and control characters in the line are made visible as spaces; a long line
/// is cut around the span.
std::string RenderDiagnostic(std::string_view name,
                             std::string_view text,
                             const Diagnostic& diagnostic);

/// Returns the candidate nearest to `word` by edit distance, or empty when none is near enough to
/// be meant.
std::string FindNearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace laminar::base

#endif  // LAMINAR_BASE_DIAGNOSTIC_H_
