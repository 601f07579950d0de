// DuckDB's errors in our words: code, place, first line, hint with what was meant.
#ifndef LAMINAR_SQL_BINDER_DUCKDB_ERROR_H_
#define LAMINAR_SQL_BINDER_DUCKDB_ERROR_H_

#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "base/diagnostic.h"

namespace laminar::sql {

struct TranslatedError {
  base::Diagnostic diagnostic;  // without its span
  std::optional<int64_t>
      position;  // byte in the text that DuckDB was given, or place of the expression
  bool is_unknown_column = false;
  bool is_member = false;  // `word` is a field
  std::string word;        // what the message is about, to be looked for where there is no position
};

TranslatedError TranslateError(const std::exception& error);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_DUCKDB_ERROR_H_
