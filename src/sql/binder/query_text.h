// What must change in the text of a query before DuckDB's parser can read it: words that are
// keywords there but names in streaming SQL
// (`window`, `end`), table-valued window functions written with TABLE and DESCRIPTOR, UNSIGNED
// types.
#ifndef LAMINAR_SQL_BINDER_QUERY_TEXT_H_
#define LAMINAR_SQL_BINDER_QUERY_TEXT_H_

#include <vector>

#include "sql/binder/edited_text.h"
#include "sql/binder/program_text.h"

namespace laminar::sql {

/// Edits to ProgramText::TextOf(range), offsets from its first byte. Throws DiagnosticError LM1006
/// for clauses that are not supported.
std::vector<TextEdit> QueryEdits(const ProgramText& text, TokenRange range);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_QUERY_TEXT_H_
