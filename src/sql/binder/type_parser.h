// Column types of the dialect: DuckDB's, and the spellings other streaming systems use, such as
// STRUCT<a INT>, ARRAY<T>, BIGINT UNSIGNED, BYTEA or TIMESTAMP(3).
#ifndef LAMINAR_SQL_BINDER_TYPE_PARSER_H_
#define LAMINAR_SQL_BINDER_TYPE_PARSER_H_

#include <string>
#include <vector>

#include "data/vector.h"
#include "sql/binder/token_reader.h"

namespace laminar::sql {

/// Takes one type. Throws DiagnosticError: LM1102 at an unknown type's name, LM1001 where the form
/// is wrong.
data::LogicalType ParseType(TokenReader& reader);

/// Type names to suggest from.
const std::vector<std::string>& TypeNames();

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_TYPE_PARSER_H_
