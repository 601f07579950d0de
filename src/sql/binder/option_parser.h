// Options as written in WITH (key = value, ...) and their values.
#ifndef LAMINAR_SQL_BINDER_OPTION_PARSER_H_
#define LAMINAR_SQL_BINDER_OPTION_PARSER_H_

#include "data/options.h"
#include "sql/binder/token_reader.h"

namespace laminar::sql {

/// Takes `(key = value, ...)`. A key that is given twice is LM1111.
data::OptionMap ParseOptions(TokenReader& reader);

/// Takes one value: text, number, true, false, INTERVAL, a list in brackets, or a name.
data::OptionValue ParseOptionValue(TokenReader& reader);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_OPTION_PARSER_H_
