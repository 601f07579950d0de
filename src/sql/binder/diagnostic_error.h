// DiagnosticError: a diagnostic on its way up, inside this unit only; every statement's processing
// catches it.
#ifndef LAMINAR_SQL_BINDER_DIAGNOSTIC_ERROR_H_
#define LAMINAR_SQL_BINDER_DIAGNOSTIC_ERROR_H_

#include <exception>
#include <string>
#include <utility>

#include "base/diagnostic.h"

namespace laminar::sql {

class DiagnosticError final : public std::exception {
 public:
  explicit DiagnosticError(base::Diagnostic diagnostic) : diagnostic_(std::move(diagnostic)) {}
  DiagnosticError(const std::string& code,
                  base::SourceSpan span,
                  const std::string& message,
                  const std::string& hint = "")
      : diagnostic_{code, base::Severity::kError, span, message, hint} {}

  const base::Diagnostic& diagnostic() const { return diagnostic_; }
  const char* what() const noexcept override { return diagnostic_.message.c_str(); }

 private:
  base::Diagnostic diagnostic_;
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_DIAGNOSTIC_ERROR_H_
